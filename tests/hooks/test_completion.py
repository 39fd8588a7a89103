"""bash completes chat-hook's options."""
import re
from pathlib import Path

from bash_completion import complete

ROOT = Path(__file__).resolve().parents[2]


def test_every_option_is_offered():
    offered = lambda line: complete(ROOT / "hooks" / "completion" / "chat-hook", "_chat_hook", f"chat-hook {line}")  # noqa: E731
    options = set(re.findall(r'add_argument\("(--[a-z-]+)"', (ROOT / "hooks" / "chat_hook" / "main.py").read_text()))
    assert len(options) >= 5 and set(offered("--")) == options | {"--help"}
    assert offered("--config ") == ["option default"] and offered("--listen ") == []
