"""index.html: what a person opens. It stands alone, says when it was made, and believes no name."""

import base64
import os
import re
from datetime import datetime, timezone
from html.parser import HTMLParser

import pytest
from load_report import made


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    VOID = {"meta", "img", "br"}

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

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def page(database, output, **environment):
    made(database, output, env={**os.environ, **environment})
    return Page((output / "index.html").read_text(encoding="utf-8"))


def test_R19_the_page_stands_alone(two, tmp_path):
    found = page(two.close(), tmp_path / "report")
    pictures = [base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True) for image in found.all("img")]
    assert pictures == [(tmp_path / "report" / name).read_bytes() for name in ("load.png", "traffic.png")]
    assert all(image["alt"] for image in found.all("img"))
    assert [link["href"] for link in found.all("a")] == ["load.png", "traffic.csv", "traffic.png"]
    assert found.all("script") == found.all("link") == []
    assert "http:" not in found.source and "https:" not in found.source


def test_R19_the_page_is_well_made(two, tmp_path):
    found = page(two.close(), tmp_path / "report")
    assert found.source.startswith("<!DOCTYPE html>\n")
    assert found.all("html") == [{"lang": "en"}]
    assert "<title>Chat load report</title>" in found.source
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in found.all("meta")
    assert "prefers-color-scheme: dark" in found.source and "color-scheme: light dark" in found.source
    assert len(found.all("h1")) == 1


def test_R19_the_page_has_the_numbers_behind_the_pictures(two, tmp_path):
    two.message("room", 2, 12345)
    found = page(two.close(), tmp_path / "report")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", found.source)
    for row in (["Voldemort (51990)", "1", "12,345"], ["Batman (48213)", "1", "7"], ["Batman (48213)", "Voldemort (51990)", "7"], ["room", "1", "12,345", "0"]):
        assert row in [cells[at : at + len(row)] for at in range(len(cells))]


def test_D05_the_page_says_when_it_was_made_and_what_it_covers(two, tmp_path):
    before = datetime.now(timezone.utc).replace(microsecond=0)
    found = page(two.close(), tmp_path / "report", TZ="Asia/Kolkata")
    times = [datetime.strptime(time["datetime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc) for time in found.all("time")]
    assert before <= times[0] <= datetime.now(timezone.utc)
    # From the coming of the first client to its last sign.
    assert "2026-11-20 12:00:01 UTC (2026-11-20 17:30:01 IST)" in found.text
    assert "2026-11-20 12:00:02 UTC (2026-11-20 17:30:02 IST)" in found.text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>", "\"><b>", "&lt;i&gt;", "{style}", "'--><svg/onload=1>"])
def test_R19_a_name_cannot_become_part_of_the_page(log, tmp_path, name):
    for session in (1, 2):
        log.session(session, 48212 + session, name)
    log.message("direct", 1, 7, receiver=2)
    hostile = page(log.close(), tmp_path / "hostile")
    assert hostile.text.count(name[:31]) == 4  # twice for the load, twice for the pair
    assert {tag for tag, _ in hostile.tags} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "dl", "dt", "dd", "time", "span", "br", "p", "a", "figure", "img",
        "details", "summary", "table", "thead", "tbody", "tr", "th", "td",
    }
    assert len(hostile.all("img")) == 2


@pytest.mark.parametrize("clients", [0, 3])
def test_R19_an_empty_log_gives_a_page_that_says_so(log, tmp_path, clients):
    for session in range(1, clients + 1):
        log.session(session, 10000 + session, f"user{session}")
    found = page(log.close(), tmp_path / "report")
    assert "The log is empty: no messages yet." in found.text
    assert len(found.all("img")) == 2


def test_R19_a_log_with_messages_is_not_called_empty(two, tmp_path):
    assert "empty" not in page(two.close(), tmp_path / "report").text


def test_R19_a_time_out_of_range_does_no_harm(log, tmp_path):
    log.session(1, 48213, "Batman", connected_at=2**62)
    assert "a time out of range" in page(log.close(), tmp_path / "report").text
