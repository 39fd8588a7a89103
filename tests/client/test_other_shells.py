"""zsh and fish complete the same as bash, with the explanations of --help."""
import pytest
from other_shells import in_zsh, of_fish

pytestmark = pytest.mark.shares_server


@pytest.mark.parametrize("line, candidate, explanation", [
    ("chat-client ", "sendfile", "Send files; the exit status reports the outcome"), ("chat-client tail --", "--count", "Exit after N lines"), ("chat-client --", "--server", "The server (default 127.0.0.1:5000)"),
    ("chatctl ", "kick", "Disconnect a client"), ("chatctl ban --", "--for", "How long, such as 90min or 7d (default: until lifted)"),
    ("chat-report ", "show", ""), ("chat-report --", "--output", "where to write the report; replaces an older one"), ("chat-hook --", "--check", "check the configuration and the tokens, and exit"),
])
def test_fish_offers_subcommands_and_options_with_explanations(line, candidate, explanation):
    assert of_fish(line)[candidate] == explanation


@pytest.mark.parametrize("line, completed", [("chat-client sendf", "chat-client sendfile "), ("chat-client --serv", "chat-client --server "), ("chatctl ki", "chatctl kick "), ("chatctl ban --f", "chatctl ban --for "),
                                             ("chat-report sh", "chat-report show "), ("chat-hook --che", "chat-hook --check ")])
def test_zsh_completes_subcommands_and_options(line, completed):
    assert in_zsh(line)[0] == completed


def test_zsh_lists_several_with_explanations():
    line, shown = in_zsh("chat-client send")
    assert line == "chat-client send" and "sendfile  -- Send files; the exit status reports the outcome" in shown and "send      -- Send a message" in shown


def test_names_of_clients_and_rooms_are_offered(server):
    server.people("Batman", "Robin")
    where = f"--server 127.0.0.1:{server.port}"
    assert set(of_fish(f"chat-client {where} send ")) == {"Batman", "Robin", "all", "room:lobby"}
    assert set(of_fish(f"chat-client {where} send room:lo")) == {"room:lobby"}
    assert in_zsh(f"chat-client {where} send Ro")[0] == f"chat-client {where} send Robin "
    assert in_zsh(f"chat-client {where} send room:lo")[0] == f"chat-client {where} send room:lobby "
    operator = {"CHAT_ADMIN_SOCKET": str(server.state / "admin.sock")}
    assert set(of_fish("chatctl kick ", **operator)) == {"Batman", "Robin"}
    assert in_zsh("chatctl kick Bat", **operator)[0] == "chatctl kick Batman "


def test_files_are_offered(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "settings with a space.toml").touch()
    assert list(of_fish("chat-client --config ", directory=tmp_path / "here")) == ["settings with a space.toml"]
    assert in_zsh("chat-client --config sett", directory=tmp_path / "here")[0] == "chat-client --config settings\\ with\\ a\\ space.toml "
    assert in_zsh("chat-report --output he", directory=tmp_path)[0] == "chat-report --output here/"


def test_without_a_server_nothing_is_offered(tmp_path):
    assert of_fish("chatctl kick ", CHAT_ADMIN_SOCKET=str(tmp_path / "none")) == {}
    assert in_zsh("chatctl kick B", CHAT_ADMIN_SOCKET=str(tmp_path / "none"))[0] == "chatctl kick B"
