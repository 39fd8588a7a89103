"""What operators see: a line for each request, without its text and without tokens. Requests cannot flood the journal."""

import json
import os
import sys
import time
from datetime import datetime, timezone

from chat_hook.lines import one_line

BURST, PER_SECOND = 50, 10  # entries that requests cause
ERROR, WARNING, INFO = 3, 4, 6  # as syslog(3) numbers them


class Journal:
    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.is_journal = "JOURNAL_STREAM" in os.environ
        self.tokens, self.at, self.left_out = float(BURST), time.monotonic(), 0

    def about_request(self, priority: int, text: str, **facts: object) -> None:
        """An entry that somebody outside causes. What is left out is counted in the next one."""
        now = time.monotonic()
        self.tokens, self.at = min(float(BURST), self.tokens + (now - self.at) * PER_SECOND), now
        if self.tokens < 1:
            self.left_out += 1
            return
        self.tokens -= 1
        if self.left_out:
            self.write(WARNING, f"{self.left_out} entries about requests are left out", left_out=self.left_out)
            self.left_out = 0
        self.write(priority, text, **facts)

    def write(self, priority: int, text: str, **facts: object) -> None:
        """On standard error, for the journal with its priority; as JSON on standard output."""
        try:
            if self.as_json:
                entry = {"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"), "priority": priority, "text": one_line(text), **facts}
                print(json.dumps(entry), flush=True)
            else:
                print(f"{f'<{priority}>' if self.is_journal else 'chat-hook: '}{one_line(text)}", file=sys.stderr, flush=True)
        except OSError:
            pass  # nobody reads it: serving requests matters more
