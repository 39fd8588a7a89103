"""Parts of chat-hook alone, without the program: what no request is known to cause, and what depends on the time."""
import asyncio
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from running_hook import TOKEN, Response

sys.path.append(str(Path(__file__).resolve().parents[2] / "hooks"))

from chat_hook import journal, payload  # noqa: E402 (is not installed)
from chat_hook.configuration import read_configuration  # noqa: E402
from chat_hook.lines import clean  # noqa: E402
from chat_hook.service import Service  # noqa: E402


@pytest.fixture
def service(tmp_path):
    """A service with the hook ops, for a chat server that is not there."""
    (tmp_path / "hook.toml").write_text('server = "127.0.0.1:1"\n[hooks.ops]\nroom = "ops"\n', encoding="utf-8")
    (tmp_path / "hook.secrets").mkdir()
    (tmp_path / "hook.secrets" / "ops").write_text(TOKEN)
    (tmp_path / "hook.secrets" / "ops").chmod(0o600)
    return Service(read_configuration(tmp_path / "hook.toml"), journal.Journal(as_json=True))


def responses(service, requests):
    """What the service answers to these bytes, each in a connection of its own."""
    async def exchange():
        server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
        found = []
        for request in requests:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(request)
            found.append(Response(await reader.read()))
            writer.close()
        server.close()
        return found
    return asyncio.run(asyncio.wait_for(exchange(), 60))


def test_a_fault_of_its_own_is_an_answer_and_one_entry_without_the_text(service, monkeypatch, capsys):
    def fail(*_):
        raise KeyError("a secret text")
    monkeypatch.setattr(payload, "lines_from", fail)
    request = f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nContent-Length: 13\r\n\r\na secret text".encode()
    for response in responses(service, [request, request]):
        assert (response.status, response.error) == (500, "internal")
    output, errors = capsys.readouterr()
    entries = [json.loads(line) for line in output.splitlines()]
    assert [(entry["priority"], entry["hook"], entry["status"]) for entry in entries] == [(journal.ERROR, "ops", 500)] * 2
    assert "KeyError" in entries[0]["text"] and "secret" not in output and errors == ""
    assert service.requests == set()


def test_entries_about_requests_have_a_burst_and_a_rate(monkeypatch, capsys):
    """Those that are left out are counted in the next one."""
    clock = [1000.0]
    monkeypatch.setattr(journal.time, "monotonic", lambda: clock[0])
    log = journal.Journal(as_json=True)

    def written(seconds, count):
        clock[0] += seconds
        for number in range(count):
            log.about_request(journal.INFO, f"{number}")
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [entry["text"] for entry in written(0, 200)] == [f"{number}" for number in range(50)]
    assert [entry.get("left_out", entry["text"]) for entry in written(0.25, 10)] == [150, "0", "1"]
    assert [entry.get("left_out", entry["text"]) for entry in written(3600, 60)] == [8, *(f"{number}" for number in range(50))]


def test_every_character_that_the_server_refuses_is_replaced():
    """Compared with Unicode's own categories: controls and separators of lines, but not the tab."""
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    for c in everything:
        cleaned = clean(f"a{c}b")
        if c != "\t" and unicodedata.category(c) in ("Cc", "Zl", "Zp"):
            assert cleaned == "a b", hex(ord(c))
        else:
            assert cleaned in (f"a{c}b", "ab", "a\ufffdb"), hex(ord(c))
