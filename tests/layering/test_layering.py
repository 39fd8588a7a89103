"""The layers and their boundaries: which files may include which, and rules for the names and sizes of files."""
import functools
import re
import runpy
from pathlib import Path

import tables

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')

# folder: the folders whose headers its files may include besides its own. A new folder needs a new row here.
FLOORS = {
    "shared/text": "",
    "shared/system": "shared/text shared/memory shared/records",
    "shared/memory": "shared/text shared/system",
    "shared/records": "shared/text shared/system shared/memory",
    "shared/log": "shared/text shared/system shared/memory",
    "chat-acceptor": "SHARED chat-acceptor/acts chat-acceptor/admin chat-acceptor/clients chat-acceptor/desks chat-acceptor/dialects chat-acceptor/questions"
                     " chat-acceptor/startup chat-acceptor/state",
    "chat-acceptor/acts": "SHARED chat-acceptor/questions chat-acceptor/state",
    "chat-acceptor/admin": "SHARED chat-acceptor chat-acceptor/state",
    "chat-acceptor/clients": "SHARED chat-acceptor/questions chat-acceptor/state",
    "chat-acceptor/desks": "SHARED chat-acceptor chat-acceptor/acts chat-acceptor/clients chat-acceptor/dialects chat-acceptor/questions chat-acceptor/state",
    "chat-acceptor/dialects": "SHARED chat-acceptor/acts chat-acceptor/dialects/irc chat-acceptor/dialects/line",
    "chat-acceptor/dialects/irc": "SHARED chat-acceptor/acts chat-acceptor/dialects chat-acceptor/state",
    "chat-acceptor/dialects/line": "SHARED chat-acceptor/acts chat-acceptor/dialects",
    "chat-acceptor/questions": "SHARED",
    "chat-acceptor/startup": "SHARED",
    "chat-acceptor/state": "SHARED",
    "chat-auth": "SHARED",
    "chat-auth-pam": "SHARED",
    "chat-delivery": "SHARED chat-delivery/dialects chat-delivery/files chat-delivery/log",
    "chat-delivery/dialects": "SHARED chat-delivery/dialects/irc chat-delivery/dialects/line",
    "chat-delivery/dialects/irc": "SHARED chat-delivery/dialects",
    "chat-delivery/dialects/line": "SHARED chat-delivery/dialects",
    "chat-delivery/files": "SHARED",
    "chat-delivery/log": "SHARED chat-delivery",
    "client": "FOR_PEOPLE client/files client/net client/scripts client/talk client/terminal",
    "client/files": "FOR_PEOPLE client client/net client/talk",
    "client/net": "FOR_PEOPLE client",
    "client/scripts": "FOR_PEOPLE client client/files client/net client/talk client/terminal",
    "client/talk": "FOR_PEOPLE client client/net client/terminal",
    "client/terminal": "FOR_PEOPLE client client/net",
    "control": "FOR_PEOPLE",
}
GROUPS = {
    "SHARED": {"shared/text", "shared/system", "shared/memory", "shared/records", "shared/log"},
    "FOR_PEOPLE": {"shared/text", "shared/system/unique_fd", "shared/system/sha256", "shared/system/standard_descriptors", "shared/system/varlink"},      # for programs that people start
}
FENCES = {      # what only these rooms may use
    r"systemd/sd-event\.h": {"shared/system/event_loop"},
    r"systemd/sd-daemon\.h": {"shared/system/inherited_sockets", "shared/system/daemon"},
    r"sqlite3\.h": {"shared/log/database", "shared/log/row_source", "chat-auth/auth_database", "control/log_reader.cpp", "control/log_reader.h", "control/backup.cpp"},
    r"crypt\.h": {"chat-auth/verifier"},
    r"security/.*": {"chat-auth-pam/pam_check"},
    r"openssl/.*": {"shared/system/sha256", "client/net/certificate.cpp", "client/net/own_certificate.cpp", "client/net/tls_handshake.cpp", "client/net/tls_stream.cpp"},
    r"toml\+\+/.*": {"shared/system/config", "client/configuration.cpp"},
    r"semaphore(\.h)?": {"shared/memory/doorbell"},
    r"nlohmann/.*": {"shared/text/json"},
    r"CLI/.*": {"shared/text/options"},
    r"spdlog/.*": {"shared/system/journal"},
}
DESCRIPTORS = re.compile(r"\bSCM_RIGHTS\b")
CONTROL_MESSAGES = re.compile(r"\b(cmsghdr|CMSG_\w+)\b")
CONTROL_MESSAGE_ROOMS = {"shared/system/link", "chat-acceptor/clients/datagram"}
SOCKET_FREE = {"byte_ring", "queue", "record", "client_table", "row_copies", "segment", "shared_memory", "doorbell", "text_rules", "line", "config", "calculator"}
SOCKET_HEADERS = re.compile(r"(sys/(socket|un|epoll)|netinet/.*|arpa/.*)(\.h)?")
# Only the families of records know what the fields of an encoded record mean.
RECORD_NAME = re.compile(r"\bRecord\s*[&*]?\s+(\w+)\b|\b(\w+)\s*=\s*[^;]*\bdecode\(")
RECORD_FIELDS = "value|number|scope|target|target_id|target_session|text|flags|has"
RECORD_ROOMS = {"shared/records/record", "chat-acceptor/acts/draft"}       # a draft keeps the strings that a record views
VAGUE = re.compile(r"(Manager|Helper|Util|Utils|Impl|Base)(?![a-z])")
VAGUE_FILE = re.compile(r"(^|_)(manager|helper|helpers|util|utils|impl|base|common|misc)(_|\.|$)")


def listed(*patterns):
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file() and "__pycache__" not in path.parts})


SOURCES = listed(*(f"{directory}/**/*.{kind}" for directory in ("services", "client", "control") for kind in ("h", "cpp")))
EVERY_SOURCE = SOURCES + listed("tests/**/*.h", "tests/**/*.cpp", "tests/**/*.py", "packaging/standalone/*", "analysis/**/*.py", "hooks/**/*.py", "examples/*", "services/**/*.sql", "dev")
EVERY_SOURCE += [path for path in listed("tools/**/*") if path.suffix in ("", ".h", ".cpp", ".py")]


def name_of(path):
    return str(path.relative_to(ROOT))


def room_of(path):
    """A .h and its .cpp are one room: shared/memory/queue."""
    return str(path.relative_to(ROOT / "services").with_suffix("")) if path.is_relative_to(ROOT / "services") else name_of(path)


@functools.cache
def includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


@functools.cache
def code_of(path):
    return STRING.sub('""', COMMENT.sub("", path.read_text(encoding="utf-8")))


def assert_of_each(paths, problem):
    """`problem` returns what is wrong with a file, or nothing; the failure names every bad file."""
    assert not (wrong := [f"{name_of(path)}: {found}" for path in paths if (found := problem(path))]), "\n".join(wrong)


def folder_of(path):
    """The folder as FLOORS names it."""
    return name_of(path.parent).removeprefix("services/")


def allowed_in(folder):
    """The folders, and single rooms, that may be included there."""
    return {folder}.union(*(GROUPS.get(word, {word}) for word in FLOORS[folder].split()))


def test_each_folder_is_known():
    assert len(SOURCES) > 20 and {folder_of(path) for path in SOURCES} == set(FLOORS)
    assert {word for folder in FLOORS for word in allowed_in(folder)} - {"shared/system/unique_fd", "shared/system/sha256", "shared/system/standard_descriptors", "shared/system/varlink"} == set(FLOORS)


def test_includes_only_its_own_floor_and_those_below():
    generated = {"shared/log/schema_sql.h", "chat-acceptor/admin_interface.h", "chat-auth/auth_interface.h"}

    def problem(path):
        allowed = allowed_in(folder_of(path))
        own = {included for quote, included in includes(path) if quote == '"'} - generated
        wrong = {included for included in own if not {str(Path(included).parent), included.removesuffix(".h")} & allowed}
        missing = {included for included in own if not any((ROOT / base / included).is_file() for base in ("services", "."))}
        return "; ".join(f"{what} {which}" for what, which in (("must not include", wrong), ("includes what is not there:", missing)) if which)
    assert_of_each(SOURCES, problem)


def test_keeps_to_the_boundaries():
    def problem(path):
        for _, included in includes(path):
            for pattern, rooms in FENCES.items():
                if re.fullmatch(pattern, included) and room_of(path) not in rooms:
                    return f"{included} belongs to {rooms}"
        if DESCRIPTORS.search(code_of(path)) and room_of(path) != "shared/system/link":
            return "descriptors cross the border in the link's room"
        if CONTROL_MESSAGES.search(code_of(path)) and room_of(path) not in CONTROL_MESSAGE_ROOMS:
            return f"control messages belong to {CONTROL_MESSAGE_ROOMS}"
        return ""
    assert_of_each(SOURCES, problem)


def includes_of(path, unwanted):
    return [included for _, included in includes(path) if unwanted(included)]


def test_only_the_rooms_of_operators_and_accounts_speak_json():
    speakers = {"chat-auth/auth_socket", "chat-auth/calls", "chat-acceptor/questions/auth_client"}
    others = [path for path in SOURCES if path.is_relative_to(ROOT / "services") and path.stem != "varlink" and not path.stem.startswith("admin")
              and room_of(path) not in speakers]
    assert_of_each(others, lambda path: includes_of(path, lambda included: included == "shared/system/varlink.h"))


def test_memory_and_text_know_no_socket():
    free = [path for path in SOURCES if path.is_relative_to(ROOT / "services/shared") and path.stem in SOCKET_FREE]
    assert {path.stem for path in free} == SOCKET_FREE
    assert_of_each(free, lambda path: includes_of(path, SOCKET_HEADERS.fullmatch))


def test_shared_code_does_not_log():
    silent = [path for path in SOURCES if path.is_relative_to(ROOT / "services/shared") and path.stem not in ("daemon", "journal", "journal_queue")]
    assert_of_each(silent, lambda path: includes_of(path, lambda included: included == "shared/system/journal.h" or included.startswith("spdlog/")))


def test_fields_of_records_have_names_elsewhere():
    others = [path for path in SOURCES if path.is_relative_to(ROOT / "services") and path.parent.name != "records" and room_of(path) not in RECORD_ROOMS]

    def problem(path):
        code = code_of(path)
        names = {name for found in RECORD_NAME.findall(code) for name in found if name} | {"record"}
        fields = re.findall(rf"\b(?:{'|'.join(names)})(?:\.|->)(?:{RECORD_FIELDS})\b", code)
        return fields + re.findall(r"\brecord_flag::\w+", code)
    assert_of_each(others, problem)


def test_pragma_once_in_headers():
    assert_of_each([path for path in SOURCES if path.suffix == ".h"], lambda path: "#pragma once" not in path.read_text(encoding="utf-8"))


def test_is_not_too_long():
    """A room (header and source together) of the programs, and a file of everything else."""
    largest_rooms = runpy.run_path(str(ROOT / "tools" / "largest_rooms"))
    most = largest_rooms["MOST_LINES"]
    rooms = largest_rooms["rooms"]()
    assert {room for _, room in rooms} == {name_of(path.with_suffix("")) for path in SOURCES}
    assert [f"{room}: {lines} lines" for lines, room in rooms if lines > most] == []

    def problem(path):
        return f"{lines} lines" if (lines := len(path.read_text(encoding="utf-8").splitlines())) > most else ""
    assert_of_each(EVERY_SOURCE, problem)


def test_opens_with_what_it_is_for():
    def problem(path):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")]
        plain = lines and lines[0].startswith(("//", "/*", "#", '"""', "--")) and not lines[0].startswith(("#include", "#pragma"))
        return "" if plain else f"the first line is {lines[:1]}"
    assert_of_each(EVERY_SOURCE, problem)


def test_has_a_plain_name():
    assert_of_each(EVERY_SOURCE, lambda path: VAGUE_FILE.search(path.name))


def test_names_its_types_plainly():
    def problem(path):
        types = re.findall(r"\b(?:class|struct|enum(?:\s+class)?|concept|using)\s+(\w+)", code_of(path))
        return [name for name in types if VAGUE.search(name)]
    assert_of_each(SOURCES, problem)


def test_commands_are_found_by_one_search():
    """Every command's word occurs in one place of the server: its row in the table."""
    # shared/text/line also produces this one, for the bare words
    for command in {row["name"] for row in tables.of_server()["commands"]} - {"/quit"}:
        files = [name_of(path) for path in SOURCES if path.is_relative_to(ROOT / "services") for _ in re.findall(re.escape(f'"{command}"'), path.read_text(encoding="utf-8"))]
        assert len(files) == 1, f"{command}: {files}"
