"""What is stated in several places is the same in each: commands, settings, events, manual pages."""
import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest
import tables

ROOT = Path(__file__).resolve().parents[2]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


COMMANDS = [(row["name"], row["usage"], row["meaning"]) for row in tables.of_server()["commands"]]
SETTINGS = {row["key"]: row for row in tables.of_server()["settings"]}
EVENTS = {row["name"]: row["id"] for row in tables.of_server()["events"]}
DOCUMENTS = runpy.run_path(str(ROOT / "tools" / "documents"))
CONFFILE = text("packaging/systemd/chat.toml")
MANUAL = text("docs/man/chat.toml.5")


def test_there_is_something_to_look_at():
    assert len(COMMANDS) >= 12 and len(SETTINGS) >= 17 and len(EVENTS) >= 18 and sum(row["waits"] for row in SETTINGS.values()) >= 3


def test_documents_are_what_is_written_into_them():
    """The tables of docs/protocol.md and the manual pages have exactly the existing commands and errors, with usage and
    meaning. (`./dev documents` writes them.)"""
    assert DOCUMENTS["problems"](tables.of_server()) == []


@pytest.mark.parametrize("name", ["docs/protocol.md", "docs/man/chat-client.1"])
def test_a_change_of_a_table_is_seen_in_each_document(name):
    command = {"name": "/zeal", "usage": "ID|NAME", "meaning": "praises one client"}
    known = {**tables.of_server(), "commands": tables.of_server()["commands"] + [command]}
    written = DOCUMENTS["DOCUMENTS"][name](text(name), known)
    assert written != text(name) and "raises one client" in written
    if name == "docs/protocol.md":
        assert DOCUMENTS["lacking"](name, written) == [f"{name}: the row of /zeal lacks a text"]


def test_a_change_of_a_setting_is_seen_in_its_manual():
    settings = [{**row, "least": 7, "most": 77_777} if row["key"] == "limits.burst" else row for row in SETTINGS.values()]
    assert "From 7 to 77777, default 200." in DOCUMENTS["settings_manual"](MANUAL, {"settings": settings})


def test_every_command_is_on_the_page_of_commands():
    """docs/use/commands.md has each command of the server and no other, grouped and in words of its own."""
    assert set(re.findall(r"`(/[a-z]+)", DOCUMENTS["part"](text("docs/use/commands.md"), "commands"))) == {name for name, *_ in COMMANDS}


def test_every_row_of_help_fits_a_line():
    """As chat-client shows it on a screen of 80 columns; the client has its own /sendfile."""
    width = tables.of_client()["help_width"]
    for name, usage, meaning in COMMANDS:
        assert name == "/sendfile" or len(f"  {name} {usage}".ljust(width) + f" — {meaning}") < 80, name


def test_conffile_shows_every_setting_with_its_default():
    shown = tomllib.loads(re.sub(r"^#(?=\w+ = )", "", CONFFILE, flags=re.MULTILINE))
    assert {f"{section}.{key}": value for section, keys in shown.items() for key, value in keys.items()} == {key: row["default"] for key, row in SETTINGS.items()}


@pytest.mark.parametrize("key", SETTINGS)
def test_conffile_and_manual_explain_a_setting(key):
    default, least, most = (SETTINGS[key][name] for name in ("default", "least", "most"))
    comment = re.search(rf"((?:^# .*\n)+)^#{key.split('.')[1]} = ", CONFFILE, re.MULTILINE)
    assert comment, f"no comment above {key} in chat.toml"
    entry = re.search(rf"^\.B {re.escape(key)}\n((?:(?!\.TP|\.SH).*\n)+)", MANUAL, re.MULTILINE)
    assert entry, f"{key} is not in chat.toml(5)"
    if most:
        assert f"({least} to {most})" in comment.group(1)
        assert re.search(rf"From {least} to {most}, default {re.escape(json.dumps(default))}[.;]", entry.group(1))
    else:
        assert f"Default {json.dumps(default)}." in entry.group(1)
    assert ("(start)" in comment.group(1)) == (".I start" in entry.group(1)) == SETTINGS[key]["waits"]


def test_manual_has_no_other_setting():
    assert set(re.findall(r"^\.B ([a-z]+\.[a-z_]+)$", MANUAL, re.MULTILINE)) == set(SETTINGS)


def test_every_event_is_in_the_catalog():
    """journalctl -x explains each event. (A new event: a row in journal.h, without which it cannot be logged, and an entry in chat.catalog.)"""
    catalog = re.findall(r"^-- ([0-9a-f]{32})\nSubject: (.+)\nDefined-By: chat\nDocumentation: man:(\S+)\n\n(.+)", text("packaging/systemd/chat.catalog"), re.MULTILINE)
    assert sorted(number for number, *_ in catalog) == sorted(EVENTS.values()) and len(set(EVENTS.values())) == len(EVENTS)
    for *_, page, _ in catalog:
        name, section = re.fullmatch(r"([a-z.-]+)\((\d)\)", page).groups()
        assert (ROOT / "docs" / "man" / f"{name}.{section}").is_file()
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "services").rglob("*.[hc]*")) if path.suffix in (".h", ".cpp"))
    logged = set(re.findall(r'\b(?:journal(?:_about)?\(|push_back\(\{)\s*Priority::\w+,\s*"([a-z-]+)"', sources))
    logged |= set(re.findall(r'\b(?:journal_client|journal_ban|report|block|explain)\(\s*"([a-z-]+)"', sources))
    assert EVENTS.keys() - logged == set(), "never logged"


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "packaging" / "systemd").glob("chat*.service.in")))
def test_units_name_manual_pages_that_are_there(unit):
    pages = re.findall(r"man:([a-z.-]+)\((\d)\)", text(f"packaging/systemd/{unit}"))
    assert [f"{name}.{section}" for name, section in pages if not (ROOT / "docs" / "man" / f"{name}.{section}").is_file()] == []


def test_the_clients_settings_are_in_its_manual():
    keys = set(tables.of_client()["settings"])
    manual = text("docs/man/chat-client.1").split(".SH FILES")[1].split(".SH ENVIRONMENT")[0]
    assert len(keys) >= 11 and set(re.findall(r"^\.B ([a-z_]+)$", manual, re.MULTILINE)) == keys


def test_a_release_is_one_version():
    """The one in CMakeLists.txt. (chat-report and the programs have their own tests for the version that they
    print.)"""
    version = re.search(r"project\(chat VERSION (\S+)", text("CMakeLists.txt")).group(1)
    assert re.match(r"chat \(([^)]+)\)", text("packaging/deb/changelog")).group(1) == version
    assert re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE).group(1) == version


def test_a_page_that_an_installed_file_names_is_installed():
    packaging = ROOT / "packaging"
    installed = {line for path in (packaging / "deb").glob("*.docs") for line in path.read_text(encoding="utf-8").split()}
    files = [path for folder in ("fail2ban", "monitoring", "standby", "systemd", "tls") for path in (packaging / folder).rglob("*") if path.is_file()]
    named = {page for path in files for page in re.findall(r"\bdocs/[a-z/-]+\.md\b", path.read_text(encoding="utf-8"))}
    assert named and named <= installed, named - installed
