"""Errors of commands: never silent, always with a code and a text, and tagged if the command was."""
import pytest

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]

TAGS = ["a", "7", "A.b_c-9", "t" * 32, "-", "."]


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("command", ["/nonsense", "/", "/ ", "/sendx 1 2", "/send-", "/Ünknown", "/login/x", "/whoami\tx", "/123"])
def test_unknown_command(server, command):
    a, b = server.people("Batman", "Robin")
    a.send(command)
    line = a.expect("error", code="unknown-command", tag=None)
    assert line.raw.startswith(b"error code=unknown-command :")
    assert a.ask(command)["code"] == "unknown-command"
    b.expect_nothing()


@pytest.mark.parametrize("tag", TAGS)
def test_tag_comes_back_as_it_was(server, tag):
    client = server.connect("Batman")
    client.tags.add(tag)
    client.send(f"@{tag} /nonsense")
    client.expect("error", code="unknown-command", tag=tag)
    client.send(f"@{tag} /echo x")
    client.expect("echo", "x", tag=tag)
    client.send(f"@{tag} /broadcast x")
    assert "id" in client.expect("ok", tag=tag).fields


def test_tagged_error_byte_for_byte(server):
    client = server.connect("Batman")
    client.send("@q /login")
    client.tags.add("q")
    assert client.read().raw == b"error code=empty-name tag=q :Username can't be empty\n"


def test_error_does_not_end_the_connection(server):
    client = server.connect("Batman")
    for _ in range(50):
        client.send("/nonsense")
    for _ in range(50):
        client.expect("error", code="unknown-command")
    assert client.ask("/whoami")["name"] == "Batman"


def test_answers_come_in_the_order_of_the_commands(server):
    client = server.connect("Batman")
    client.tags |= {"1", "2", "3", "4", "5"}
    client.raw(b"@1 /nonsense\n@2 /echo two\n@3 /broadcast x\n@4 /login\n@5 /whoami\n")
    kinds = [(client.read()) for _ in range(5)]
    assert [(line.kind, line.tag) for line in kinds] == [("error", "1"), ("echo", "2"), ("ok", "3"), ("error", "4"), ("client", "5")]
