"""index.html: the page that people open. It is self-contained, says when it was made, and trusts no name."""

import os
import re
import shutil
import subprocess
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from load_report import PICTURES, made


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    VOID = {"meta", "br", "input"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


OF_A_PAGE = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "dl", "dt", "dd", "time", "span", "br", "p", "a", "strong", "ul", "li", "b", "div", "section",
             "figure", "figcaption", "details", "summary", "table", "thead", "tbody", "tfoot", "caption", "tr", "th", "td",
             "input", "label", "script"}
OF_A_PICTURE = {"svg", "g", "path", "defs", "use", "text", "tspan", "clippath", "rect", "style", "title"}


def read(output):
    return Page((output / "index.html").read_text(encoding="utf-8"))


@pytest.mark.requirement("R19")
def test_the_page_is_self_contained(report_of_a_week):
    found = read(report_of_a_week)
    assert len(found.all("svg")) == len(PICTURES)
    links = [link["href"] for link in found.all("a")]
    assert {f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")} | {"traffic.csv", "people.csv", "load.csv", "hours.csv", "pairs.csv", "channels.csv", "report.json"} == set(links)
    assert all((report_of_a_week / link).is_file() for link in links)
    assert not [tag for tag in ("link", "img", "image", "iframe") if found.all(tag)]
    scripts = re.findall("<script>(.*?)</script>", found.source, re.DOTALL)
    assert len(scripts) == len(found.all("script")) == 1
    without_names = re.sub(r'xmlns(:xlink)?="[^"]*"', "", found.source)
    assert "http:" not in without_names and "https:" not in without_names and "url(" not in re.sub(r"url\(#[a-z]+-", "", without_names)
    allowed = b64encode(sha256(scripts[0].encode("utf-8")).digest()).decode("ascii")
    assert {"http-equiv": "Content-Security-Policy", "content": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"} in found.all("meta")


@pytest.mark.requirement("R19")
def test_the_page_is_well_made(report_of_two):
    found = read(report_of_two)
    assert found.source.startswith("<!DOCTYPE html>\n")
    assert found.all("html") == [{"lang": "en"}]
    assert "<title>Chat load report</title>" in found.source
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in found.all("meta")
    assert "prefers-color-scheme: dark" in found.source and "color-scheme: light dark" in found.source
    assert len(found.all("h1")) == 1
    assert "empty" not in found.text
    ids = [attributes["id"] for _tag, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.requirement("R19")
def test_the_page_has_the_numbers_behind_the_pictures(report_of_a_week):
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", read(report_of_a_week).source)
    for row in (["user4 (10004)", "25", "860"], ["broadcast", "50"], ["slow", "1"], ["user3", "1"], ["2026-11-20 12:00", "50"]):
        assert row in [cells[at : at + len(row)] for at in range(len(cells))], row


@pytest.mark.requirement("D05")
def test_the_page_says_when_it_was_made_and_what_it_covers(two, tmp_path):
    before = datetime.now(timezone.utc).replace(microsecond=0)
    made(two.close(), tmp_path / "report", env={**os.environ, "TZ": "Asia/Kolkata"})
    found = read(tmp_path / "report")
    times = [datetime.strptime(time["datetime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc) for time in found.all("time")]
    assert before <= times[0] <= datetime.now(timezone.utc)
    # From the arrival of the first client to the last sign of it.
    assert "2026-11-20 12:00:01 UTC (2026-11-20 17:30:01 IST)" in found.text
    assert "2026-11-20 12:00:02 UTC (2026-11-20 17:30:02 IST)" in found.text
    assert "local time, IST (UTC+0530)" in found.text
    assert "not on a schedule" in found.text and "refresh" not in found.source


@pytest.mark.requirement("D05")
def test_the_page_says_when_the_next_is_due_and_reloads_automatically(report_of_a_week, monkeypatch, tmp_path):
    made_at = datetime(2026, 11, 20, 12, 0, 2, tzinfo=timezone.utc)
    from chat_report import page as room
    from chat_report.summarise import summarise
    from load_report import sums

    with sums(report_of_a_week.parent / "chat.db") as rollup:
        summary = summarise(rollup)
    for due, seconds in ((298, 343), (2, 60), (10**6, 86_400)):
        text = room.page(summary, dict.fromkeys(PICTURES, "<svg></svg>"), room.Occasion(made_at, made_at + timedelta(seconds=due)))
        assert f'<meta http-equiv="refresh" content="{seconds}">' in text
        assert f"{made_at + timedelta(seconds=due):%Y-%m-%d %H:%M:%S} UTC" in text


@pytest.mark.requirement("D05")
def test_the_next_run_is_found_in_the_timers_own_files(monkeypatch):
    from chat_report import schedule

    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    now = datetime(2026, 11, 20, 12, 1, 0, 5, tzinfo=timezone.utc)
    said = schedule._said
    for lines, expected in (
        ("[Timer]\nOnCalendar=*:0/5\n", (12, 5)),
        ("[Timer]\nOnCalendar=*:0/5\n# a drop-in\n[Timer]\nOnCalendar=\nOnCalendar=*:0/30\n", (12, 30)),
        ("[Timer]\nOnCalendar=13:00 UTC\nOnCalendar = *:0/20 \n", (12, 20)),
        ("[Timer]\nOnUnitActiveSec=5min\n", None), ("[Timer]\nOnCalendar=nonsense\n", None), ("", None),
    ):
        monkeypatch.setattr(schedule, "_said", lambda *words, lines=lines: lines if words[0] == "cat-config" else said(*words))
        found = schedule.next_due("chat-report.timer", now)
        assert (found.astimezone(timezone.utc) if found else None) == (datetime(2026, 11, 20, *expected, tzinfo=timezone.utc) if expected else None), lines


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "</td></table></svg><img src=x onerror=alert(1)>", "\"><b>", "&lt;i&gt;", "{style}", "'--><svg/onload=1>"])
def test_a_name_cannot_become_part_of_the_page(log, name, monkeypatch):
    from chat_report import draw, page as room, style
    from load_report import summary

    for session in (1, 2):
        log.session(session, 48212 + session, name)
    log.message("direct", 1, 7, receiver=2)
    found = summary(log.close())
    with style.style():
        pictures = {picture: style.as_svg(draw.draw(picture, found)) if picture.startswith(("load", "traffic")) else "<svg></svg>" for picture in PICTURES}
    hostile = Page(room.page(found, pictures, room.Occasion(datetime.now().astimezone(), None)))
    assert hostile.text.count(name[:31]) > 15  # in the tables, and in the pictures as label and for the pointer
    assert {tag for tag, _ in hostile.tags} <= OF_A_PAGE | OF_A_PICTURE
    assert len(hostile.all("svg")) == len(PICTURES)
    assert not [attributes for _tag, attributes in hostile.tags if [key for key in attributes if key.startswith("on")]]


@pytest.mark.requirement("R19")
def test_an_empty_log_gives_a_page_that_says_so(log, tmp_path):
    for session in range(1, 4):
        log.session(session, 10000 + session, f"user{session}")
    found = read(made(log.close(), tmp_path / "report"))
    assert "The log is empty: no messages yet." in found.text
    assert len(found.all("svg")) == len(PICTURES)


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("quick_pictures")
def test_a_time_out_of_range_does_no_harm(log, tmp_path):
    log.session(1, 48213, "Batman", connected_at=2**62)
    assert "a time out of range" in read(made(log.close(), tmp_path / "report")).text


@pytest.mark.requirement("D05")
def test_every_part_of_a_picture_says_what_it_is(report_of_a_week):
    """For the pointer: a title in each bar, column and cell, in the page and in the separate file."""
    found = read(report_of_a_week)
    for title in ("user4: 860 characters in 25 messages", "user4 (10004): 860 characters in 25 messages", "room lobby: ", "killed: 5 messages", "11:00, 20 Nov: ", "20 Nov, 2026: "):
        assert f"<title>{title}" in found.source, title
    cells = re.findall("<title>([^<]* to [^<]*): [0-9,]+ characters?</title>", found.source)
    assert len(cells) == 2 * 2 * 6 * 6     # six have traffic; by person and by session, the square and its number
    for name in PICTURES:
        assert "<title>" in (report_of_a_week / f"{name}.svg").read_text(encoding="utf-8"), name


@pytest.mark.requirement("D05")
def test_pictures_and_tables_are_described(report_of_a_week):
    found = read(report_of_a_week)
    said = [picture["aria-label"] for picture in found.all("svg")]
    assert len(set(said)) == len(PICTURES) and all(picture["role"] == "img" for picture in found.all("svg"))
    assert any("The most: user4 with 860 of 6,500." in words for words in said), said
    assert all(re.search("[0-9]", words) for words in said), said
    assert len(re.findall("<table><caption>[^<]+</caption>", found.source)) == len(found.all("table")) > 10
    standing_alone = (report_of_a_week / "load.svg").read_text(encoding="utf-8")
    assert "The most: user4 with 860 of 6,500." in standing_alone


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def in_browser(page, place, script, width=1400):
    """Opens the page in a frame of that width, runs the script with its document as `d`, and returns what it puts into the
    list `found`."""
    (place / "around.html").write_text(f"""<!DOCTYPE html><title>waiting</title><body style="margin:0"><iframe id=f style="border:0;width:{width}px;height:900px"></iframe><script>
        const f = document.getElementById('f');
        f.onload = () => {{ const d = f.contentDocument, found = ['found']; if (!d || !d.querySelector('h1')) return;
          {script}
          document.title = found.join('|'); }};
        f.src = {str(page.as_uri())!r};</script>""", encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--disable-web-security", f"--user-data-dir={place}/profile", "--enable-logging=stderr", "--v=0"]
    done = subprocess.run([BROWSER, *options, "--window-size=1600,1000", "--virtual-time-budget=4000", "--dump-dom", (place / "around.html").as_uri()],
                          capture_output=True, text=True, timeout=100, check=False)
    title = re.search("<title>(.*?)</title>", done.stdout)
    assert title and title[1].startswith("found|"), done.stderr[-2000:]
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line], done.stderr
    return title[1].split("|")[1:]


with_a_browser = pytest.mark.skipif(not BROWSER, reason="needs chromium (Debian: chromium)")


@pytest.mark.requirement("D05")
@with_a_browser
@pytest.mark.parametrize("width", [400, 1400])
def test_in_a_browser_nothing_is_wider_than_the_window(report_of_a_week, tmp_path, width):
    """A page around the report queries the browser. The heatmap scrolls within its frame; its numbers are large enough
    to read on a phone, too."""
    scrolled, shown, pictures, smallest = in_browser(report_of_a_week / "index.html", tmp_path, """
          d.querySelectorAll('details').forEach(one => one.open = true);
          const e = d.documentElement, texts = [...d.querySelectorAll('#traffic .by-person svg text')];
          found.push(e.scrollWidth, e.clientWidth, d.querySelectorAll('svg').length, Math.min(...texts.map(one => one.getBoundingClientRect().height)));""", width)
    assert int(scrolled) <= int(shown) <= width and int(pictures) == len(PICTURES)
    assert float(smallest) >= 8


@pytest.mark.requirement("D05")
@with_a_browser
def test_in_a_browser_tables_are_sorted_and_sessions_shown_instead_of_people(report_of_a_week, tmp_path):
    found = in_browser(report_of_a_week / "index.html", tmp_path, """
          const all = name => [...d.querySelectorAll(name)], table = all('#load .by-person table')[0];
          const first = () => [...table.tBodies[0].rows].map(row => row.cells[0].textContent).join(' ');
          const press = n => { table.tHead.rows[0].cells[n].querySelector('button').click(); found.push(first(), table.tHead.rows[0].cells[n].getAttribute('aria-sort')); };
          const visible = () => ['by-person', 'by-session'].map(kind => all('#load .' + kind)[0].getClientRects().length).join(' ');
          all('details').forEach(one => one.open = true);
          found.push(first()); press(0); press(0); press(3); press(3);
          found.push(visible()); d.getElementById('by-session').click(); found.push(visible());""")
    names = [f"user{n}" for n in range(1, 9)]
    by_characters = found[0]
    assert found == [by_characters, " ".join(names), "ascending", " ".join(reversed(names)), "descending", by_characters, "descending",
                     " ".join(reversed(by_characters.split())), "ascending", "1 0", "0 1"]
