"""The course pages stay true: what they quote is in the code, what they link to exists, and each requirement names
tests that carry its id."""
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = ["course/tcp-and-udp.md", "course/on-the-wire.md", "course/stateless-and-stateful.md", "course/requirements.md", "operate/privacy.md"]
EVERY_PAGE = sorted(str(page.relative_to(ROOT)) for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
REQUIREMENTS = runpy.run_path(str(DOCS / "course" / "requirements"))
QUOTE = re.compile(r"^```\w*\n(?://|#) ((?:services|client|packaging|analysis)/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTES = [(page, file, text) for page in PAGES for file, text in QUOTE.findall((DOCS / page).read_text(encoding="utf-8"))]


def text(page):
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.requirement("R42")
def test_there_are_lines_of_our_code_on_the_page():
    assert len([quote for quote in QUOTES if quote[0] == "course/tcp-and-udp.md"]) >= 7


@pytest.mark.parametrize("page, file, quoted", QUOTES, ids=[f"{page}-{file}" for page, file, _ in QUOTES])
def test_what_a_page_quotes_is_in_the_file_in_that_order(page, file, quoted):
    code = [line.strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    at = 0
    for line in filter(None, map(str.strip, quoted.splitlines())):
        assert line in code[at:], f"{page} quotes a line that {file} does not have there: {line}"
        at = code.index(line, at) + 1


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_what_a_page_links_to_is_there(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8")):
        assert re.match(r"https?://", target) or ((ROOT / page).parent / target).exists(), target


@pytest.mark.requirement("R42")
def test_the_page_says_how_the_two_differ_in_steps_and_behaviour():
    for words in ("`bind`", "`listen`", "`accept`", "`connect`", "`recvfrom`", "`sendto`", "`close`", "nobody listens", "a packet is lost", "## With two machines"):
        assert words in text("course/tcp-and-udp.md"), words


@pytest.mark.requirement("R49")
def test_the_page_answers_for_each_service_and_both_protocols():
    rows = {cells[1].strip(): [cell.strip() for cell in cells[2:-1]] for line in text("course/stateless-and-stateful.md").splitlines() if line.startswith("| ") for cells in [line.split("|")]}
    for service, answer in {"date and time, echo by UDP": "stateless", "calculator (`/calc`, `chat-client calc`)": "each line is stateless", "chat": "stateful", "file transfer": "stateful", "UDP": "stateless", "TCP": "stateful"}.items():
        assert rows[service][0].startswith(answer)
        assert len(rows[service]) == 5 and all(rows[service]), "which state, where, how long, and what a restart does"
    assert "## Why it is so" in text("course/stateless-and-stateful.md")


def test_each_requirement_names_tests_that_carry_its_id():
    """docs/course/requirements generates the page; `docs/course/requirements --check` also says which rows could name
    more."""
    there = REQUIREMENTS["carriers"]()
    rows = re.findall(r"^\| ([RDN]\d\d) \| .*? \| ([^|]*) \|$", text("course/requirements.md"), re.MULTILINE)
    assert len(rows) == len({one for one, _ in rows}) == 115
    assert set(there) <= {one for one, _ in rows}
    for one, proof in rows:
        carrying = {(file.removeprefix("tests/"), name.replace("|", "/")) for file, name, _ in there.get(one, [])}
        named = re.findall(r"`([^`]+)`: (.*?)(?:; (?=`|and \d+ more)|$)", proof)
        assert named or proof == "none yet", one
        assert set(named) <= carrying, f"{one}: run docs/course/requirements"


def test_no_test_has_a_requirement_in_its_name():
    """Requirement ids belong into a marker or a tag, where docs/course/requirements looks for them."""
    named = [f"{file}: {name}" for file, name, _ in REQUIREMENTS["every_test"]() if REQUIREMENTS["ID"].search(name.replace("_", " "))]
    assert not named, "\n".join(named)


def test_each_marker_names_requirements_of_the_page_above_a_test():
    known = set(re.findall(r"^\| ([RDN]\d\d) \|", text("course/requirements.md"), re.MULTILINE))
    carried = [(file, name, ids) for file, name, ids in REQUIREMENTS["every_test"]() if file.endswith(".py") and ids]
    unknown = [f"{file}: {name} has {one}" for file, name, ids in carried for one in ids if one not in known]
    assert len(carried) > 500 and not unknown, "\n".join(unknown)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        markers = len(re.findall(r"^[^\"'#\n]*mark\.requirement\b", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert markers == len([file for file, *_ in carried if file == str(path.relative_to(ROOT))]), f"{path}: a marker that is not right above a test, or an empty one"
