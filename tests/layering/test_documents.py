"""What is said in more than one place is the same in each: commands, settings, events, manual pages."""
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


COMMANDS = re.findall(r'Command\{"(/\w+)",\s*Shape::\w+,\s*[\w<>]+,\s*"([^"]*)",\s*"([^"]*)"', text("services/chat-acceptor/dialects/line/command_table.cpp"))
SETTINGS = {}
for key, member, least, most in re.findall(r'Setting\{"([a-z_.]+)",\s*&Config::(\w+),\s*([\w\']+),\s*([\w\']+)', text("services/shared/config.cpp")):
    default = re.search(rf"(?:int64_t|bool|std::vector<std::string>) {member}(?: = (\w+))?;", text("services/shared/config.h")).group(1)
    numbers = [int(number.replace("'", "").replace("million", "1000000")) for number in (least, most)]
    SETTINGS[key] = (json.loads(default or "[]"), *numbers)
WAITING = [row.split('"')[0] for row in text("services/shared/config.cpp").split('Setting{"')[1:] if re.search(r",\s*true\},", row)]
EVENTS = dict(re.findall(r'KnownEvent\{"([a-z-]+)", "([0-9a-f]{32})"\}', text("services/shared/journal.cpp")))
CONFFILE = text("packaging/systemd/chat.toml")
MANUAL = text("docs/man/chat.toml.5")


def test_there_is_something_to_look_at():
    assert len(COMMANDS) >= 12 and len(SETTINGS) >= 17 and len(EVENTS) >= 18 and len(WAITING) >= 3


def test_every_command_is_documented():
    """docs/protocol.md has each row of the table, with its usage and meaning, and no other. (A new command: add its row there, in order.)"""
    table = re.search(r"<!-- commands: begin -->\n(.*?)<!-- commands: end -->", text("docs/protocol.md"), re.DOTALL).group(1)
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)] for line in table.splitlines()]
    documented = [(row[1].strip("`").replace("\\|", "|"), row[2]) for row in rows]
    assert documented == sorted((f"{name} {usage}".strip(), meaning) for name, usage, meaning in COMMANDS)


def test_every_command_is_in_the_readme():
    """Its table has each command of the server and no other, without what a person does not type."""
    table = re.search(r"\| command \| what it does \|\n(.*?)\n\n", text("README.md"), re.DOTALL).group(1)
    assert set(re.findall(r"`(/[a-z]+)", table)) == {name for name, *_ in COMMANDS}


def test_every_row_of_help_fits_a_line():
    """As chat-client shows it, on a screen of 80 columns; the client has its own /sendfile."""
    width = int(re.search(r"std::size_t width = (\d+);", text("client/talk/view.cpp")).group(1))
    for name, usage, meaning in COMMANDS:
        assert name == "/sendfile" or len(f"  {name} {usage}".ljust(width) + f" — {meaning}") < 80, name


def test_conffile_shows_every_setting_with_its_default():
    shown = tomllib.loads(re.sub(r"^#(?=\w+ = )", "", CONFFILE, flags=re.MULTILINE))
    assert {f"{section}.{key}": value for section, keys in shown.items() for key, value in keys.items()} == {key: row[0] for key, row in SETTINGS.items()}


@pytest.mark.parametrize("key", SETTINGS)
def test_conffile_and_manual_explain_a_setting(key):
    default, least, most = SETTINGS[key]
    comment = re.search(rf"((?:^# .*\n)+)^#{key.split('.')[1]} = ", CONFFILE, re.MULTILINE)
    assert comment, f"no comment above {key} in chat.toml"
    entry = re.search(rf"^\.B {re.escape(key)}\n((?:(?!\.TP|\.SH).*\n)+)", MANUAL, re.MULTILINE)
    assert entry, f"{key} is not in chat.toml(5)"
    if most:
        assert f"({least} to {most})" in comment.group(1)
        assert re.search(rf"From {least} to {most}, default {default}[.;]", entry.group(1))
    else:
        assert f"Default {json.dumps(default)}." in entry.group(1)
    assert ("(start)" in comment.group(1)) == (".I start" in entry.group(1)) == (key in WAITING)


def test_manual_has_no_other_setting():
    assert set(re.findall(r"^\.B ([a-z]+\.[a-z_]+)$", MANUAL, re.MULTILINE)) == set(SETTINGS)


def test_every_event_is_in_the_catalog():
    """journalctl -x explains each event; each event that the daemons log has its number. (A new event: a row in journal.cpp and an entry in chat.catalog.)"""
    catalog = re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)\nDefined-By: chat\nDocumentation: man:(\S+)\n\n(.+)", text("packaging/systemd/chat.catalog"), re.MULTILINE)
    assert sorted(number for number, *_ in catalog) == sorted(EVENTS.values()) and len(set(EVENTS.values())) == len(EVENTS)
    for *_, page, _ in catalog:
        name, section = re.fullmatch(r"([a-z.-]+)\((\d)\)", page).groups()
        assert (ROOT / "docs" / "man" / f"{name}.{section}").is_file()
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "services").rglob("*.[hc]*")) if path.suffix in (".h", ".cpp"))
    logged = set(re.findall(r'\bjournal\(\s*Priority::\w+,\s*"([a-z-]+)"', sources)) | set(re.findall(r'\b(?:journal_client|complain|block)\(\s*"([a-z-]+)"', sources))
    assert logged == set(EVENTS), f"without a number: {logged - EVENTS.keys()}; never logged: {EVENTS.keys() - logged}"


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "packaging" / "systemd").glob("chat*.service.in")))
def test_units_name_manual_pages_that_are_there(unit):
    pages = re.findall(r"man:([a-z.-]+)\((\d)\)", text(f"packaging/systemd/{unit}"))
    assert [f"{name}.{section}" for name, section in pages if not (ROOT / "docs" / "man" / f"{name}.{section}").is_file()] == []


def test_the_clients_settings_are_in_its_manual():
    keys = set(re.findall(r'Key\{"([a-z_]+)"', text("client/configuration.cpp")))
    manual = text("docs/man/chat-client.1").split(".SH FILES")[1].split(".SH ENVIRONMENT")[0]
    assert len(keys) >= 11 and set(re.findall(r"^\.B ([a-z_]+)$", manual, re.MULTILINE)) == keys


def test_the_clients_options_are_in_its_manual_and_in_its_completion():
    options = set(re.findall(r'"(?:-\w,)?(--[a-z]+)"', text("client/arguments.cpp")))
    manual, completion = text("docs/man/chat-client.1").replace("\\-", "-"), text("client/completion/chat-client")
    assert len(options) >= 12
    for option in options:
        assert option in manual and option in completion, option
    for subcommand in re.findall(r'add_subcommand\("(\w+)"', text("client/arguments.cpp")):
        assert re.search(rf"^\.BR? {subcommand}\b", manual, re.MULTILINE) and re.search(rf"\b{subcommand}\b", completion), subcommand


def test_a_release_is_one_version():
    """The one in CMakeLists.txt. (chat-report and the programs have tests of their own for what they tell.)"""
    version = re.search(r"project\(chat VERSION (\S+)", text("CMakeLists.txt")).group(1)
    assert re.match(r"chat \(([^)]+)\)", text("packaging/deb/changelog")).group(1) == version
    assert re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE).group(1) == version
