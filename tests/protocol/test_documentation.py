"""docs/protocol.md matches the server: it documents exactly the commands that /help lists, with the same usage, and
exactly the existing errors."""
import re
from pathlib import Path

import pytest
from wire import ERROR_CODES, REQUIRED

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(part):
    """The first two cells of each row of a marked table."""
    table = re.search(rf"<!-- {part}: begin.*? -->\n(.*?)<!-- {part}: end -->", PAGE, re.DOTALL).group(1)
    found = []
    for line in table.splitlines()[2:]:
        cells = re.split(r"(?<!\\)\|", line)
        found.append((cells[1].strip().strip("`").replace("\\|", "|"), cells[2].strip()))
    return found


def test_commands_are_those_of_help(server):
    client = server.connect()
    lines, _ = client.listing("/help")
    listed = {line["command"]: tuple(line.text.split(" — ")) for line in lines}
    documented = {usage.split(" ")[0]: (usage, meaning) for usage, meaning in rows("commands")}
    assert sorted(documented) == sorted(listed), f"only in docs/protocol.md: {documented.keys() - listed.keys()}; only in /help: {listed.keys() - documented.keys()}"
    assert documented == listed
    assert [usage for usage, _ in rows("commands")] == sorted(usage for usage, _ in rows("commands"))


def test_errors_are_those_of_the_protocol():
    codes = [code for code, _ in rows("errors")]
    assert set(codes) == ERROR_CODES and len(codes) == len(ERROR_CODES)


@pytest.mark.parametrize("kind", sorted(REQUIRED))
def test_every_kind_of_line_is_documented(kind):
    assert re.search(rf"`{kind}\b", PAGE), f"docs/protocol.md does not tell what `{kind}` is"
