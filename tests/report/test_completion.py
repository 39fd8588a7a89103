"""bash completes chat-report's options, and the values of some of them."""
import re
from pathlib import Path

import pytest
from bash_completion import complete

ROOT = Path(__file__).resolve().parents[2]


def offered(line):
    return complete(ROOT / "analysis" / "completion" / "chat-report", "_chat_report", f"chat-report {line}")


@pytest.mark.requirement("D05")
def test_every_option_is_offered_and_in_the_manual():
    options = set(re.findall(r'add_argument\("(--[a-z-]+)"', (ROOT / "analysis" / "chat_report" / "main.py").read_text()))
    assert len(options) >= 11 and set(offered("--")) == options | {"--help"}
    manual = (ROOT / "docs" / "man" / "chat-report.1").read_text().replace("\\-", "-")
    assert [option for option in options if option not in manual] == []


@pytest.mark.requirement("D05")
def test_files_and_times_are_offered():
    assert offered("") == offered("sh") == ["show"]
    assert offered("show --since t") == ["today"]
    assert offered("--output ") == offered("show --database ") == ["option default"]
    assert offered("--client ") == []
