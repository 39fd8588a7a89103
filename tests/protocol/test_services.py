"""/help, /echo, /date, /time: the built-in services."""
import time

import pytest
from deadline import seconds_since

pytestmark = pytest.mark.shares_server

COMMANDS = ["/login", "/whoami", "/active", "/send", "/broadcast", "/help", "/echo", "/date", "/time", "/quit", "/exit"]


@pytest.mark.requirement("R42")
@pytest.mark.parametrize("text", ["hello", " two  spaces ", "žluťoučký 日本 👋", "/quit", ":x", "a=b", "\tx"])
def test_echo(server, text):
    client = server.connect("Batman")
    client.send(f"/echo {text}")
    assert client.read().raw == f"echo :{text}\n".encode()
    assert client.ask(f"/echo {text}").text == text


@pytest.mark.requirement("R36")
def test_date(server):
    client = server.connect("Batman")
    begin = time.time()
    client.send("/date")
    line = client.expect("date", tag=None)
    assert line.raw.startswith(b"date value=")
    assert {line["value"], client.ask("/date")["value"]} <= {time.strftime("%Y-%m-%d", at) for at in seconds_since(begin)}


@pytest.mark.requirement("R37")
def test_time(server):
    client = server.connect("Batman")
    begin = time.time()
    client.send("/time")
    line = client.expect("time", tag=None)
    assert line["value"] in {time.strftime("%H:%M:%S", at) for at in seconds_since(begin)}


@pytest.mark.requirement("R36", "R37")
def test_local_time_follows_the_time_zone(start_server):
    server = start_server(environment={"TZ": "XYZ-13:30"})      # 13 h 30 min ahead of UTC
    client = server.connect("Batman")
    begin = time.time()
    told = client.ask("/time")["value"]
    assert told in {time.strftime("%H:%M:%S", at) for at in seconds_since(begin, lambda second: time.gmtime(second + 13.5 * 3600))}


def test_help_lists_every_command(server):
    client = server.connect("Batman")
    lines, end = client.listing("/help")
    assert (end["of"], end["count"]) == ("help", str(len(lines)))
    listed = [line["command"] for line in lines]
    assert len(listed) == len(set(listed)) and set(COMMANDS) - {"/exit"} <= set(listed)
    for line in lines:
        assert line.kind == "help" and line.text.startswith(line["command"]) and " — " in line.text


def test_help_says_how_to_send(server):
    client = server.connect("Batman")
    lines, _ = client.listing("/help")
    assert next(line for line in lines if line["command"] == "/send").text.startswith("/send ID|NAME TEXT — ")


@pytest.mark.parametrize("argument", ["send", "/send", "SEND", "/Send"])
def test_help_of_one_command(server, argument):
    client = server.connect("Batman")
    lines, end = client.listing(f"/help {argument}")
    assert [line["command"] for line in lines] == ["/send"] and end["count"] == "1"


def test_every_command_that_help_lists_is_known(server):
    client = server.connect("Batman")
    lines, _ = client.listing("/help")
    for command in [line["command"] for line in lines if line["command"] not in ("/quit", "/exit")]:
        client.send(command)
        assert not any(line.get("code") == "unknown-command" for line in client.drain()), command
