"""index.html: the page that people open. It is self-contained, says when it was made, and trusts no name."""

import os
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from load_report import PICTURES, made


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    VOID = {"meta", "br"}

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
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


OF_A_PAGE = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "dl", "dt", "dd", "time", "span", "br", "p", "a", "strong", "ul", "li", "b", "div", "section",
             "figure", "figcaption", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
OF_A_PICTURE = {"svg", "g", "path", "defs", "use", "text", "tspan", "clippath", "rect", "style"}


def read(output):
    return Page((output / "index.html").read_text(encoding="utf-8"))


@pytest.mark.requirement("R19")
def test_the_page_is_self_contained(report_of_a_week):
    found = read(report_of_a_week)
    assert [picture["aria-label"] for picture in found.all("svg")] == [heading for heading in re.findall("<h2>([^<]*)</h2>", found.source)]
    assert len(found.all("svg")) == len(PICTURES)
    links = [link["href"] for link in found.all("a")]
    assert {f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")} | {"traffic.csv", "load.csv", "hours.csv", "pairs.csv", "channels.csv"} == set(links)
    assert all((report_of_a_week / link).is_file() for link in links)
    assert not [tag for tag in ("script", "link", "img", "image", "iframe") if found.all(tag)]
    without_names = re.sub(r'xmlns(:xlink)?="[^"]*"', "", found.source)
    assert "http:" not in without_names and "https:" not in without_names and "url(" not in re.sub(r"url\(#[a-z]+-", "", without_names)
    assert {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"} in found.all("meta")


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
        pictures = {picture: style.as_svg(draw.draw(picture, found)) if picture in ("load", "traffic") else "<svg></svg>" for picture in PICTURES}
    hostile = Page(room.page(found, pictures, room.Occasion(datetime.now().astimezone(), None)))
    assert hostile.text.count(name[:31]) == 4 + 6  # in the tables twice for the load, twice for the pair; two in one picture, four in the other
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


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.requirement("D05")
@pytest.mark.skipif(not BROWSER, reason="needs chromium (Debian: chromium)")
@pytest.mark.parametrize("width", [400, 1400])
def test_in_a_browser_nothing_is_wider_than_the_window(report_of_a_week, tmp_path, width):
    """A page around the report queries the browser; the report itself allows no scripts."""
    (tmp_path / "around.html").write_text(f"""<!DOCTYPE html><title>waiting</title><body style="margin:0"><iframe id=f style="border:0;width:{width}px;height:900px"></iframe><script>
        const f = document.getElementById('f');
        f.onload = () => {{ const d = f.contentDocument; if (!d || !d.querySelector('h1')) return;
          d.querySelectorAll('details').forEach(one => one.open = true);
          const e = d.documentElement; document.title = ['found', e.scrollWidth, e.clientWidth, d.querySelectorAll('svg').length].join(' '); }};
        f.src = {str((report_of_a_week / "index.html").as_uri())!r};</script>""", encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--disable-web-security", f"--user-data-dir={tmp_path}/profile", "--enable-logging=stderr", "--v=0"]
    done = subprocess.run([BROWSER, *options, "--window-size=1600,1000", "--virtual-time-budget=4000", "--dump-dom", (tmp_path / "around.html").as_uri()],
                          capture_output=True, text=True, timeout=100, check=False)
    title = re.search("<title>(.*?)</title>", done.stdout)
    assert title and title[1].startswith("found "), done.stderr[-2000:]
    scrolled, shown, pictures = map(int, title[1].split()[1:])
    assert scrolled <= shown <= width and pictures == len(PICTURES)
    assert not [line for line in done.stderr.splitlines() if "CONSOLE" in line], done.stderr
