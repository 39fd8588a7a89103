"""The program as it is called: by hand, by a timer without a home directory, from the checkout and installed."""

import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from load_report import FILES, ROOT, called, made, rows_of, run, without_privilege


@pytest.mark.requirement("D05")
def test_its_version_is_that_of_the_project():
    version = re.search(r"project\(chat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"chat-report {version}\n", "")


@pytest.mark.requirement("D05")
def test_help():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("--database FILE", "--output DIR", "--since TIME", "--client ID|NAME", "--room ROOM|GID", "--rebuild", "--version", "show"):
        assert word in done.stdout


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("home", ["missing", "not writable"])
def test_no_home_is_needed(two, tmp_path, home):
    temporary, place = tmp_path / "temporary", tmp_path / "home"
    temporary.mkdir()
    if home == "not writable":
        place.mkdir(mode=0o555)
    made(two.close(), tmp_path / "report", env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "LANG": "C", "HOME": str(place)}, prefix=without_privilege())
    assert os.listdir(temporary) == []
    assert not place.exists() or os.listdir(place) == []


@pytest.mark.requirement("D05")
def test_the_cache_of_the_service_manager_is_used(two, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    made(two.close(), tmp_path / "report", env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "CACHE_DIRECTORY": str(cache)})
    assert [path.name for path in cache.iterdir() if path.name.startswith("fontlist")]


@pytest.mark.requirement("D05")
def test_nothing_around_changes_the_pictures(two, tmp_path):
    """Neither a matplotlibrc in the current directory, nor the locale, nor the time of the run."""
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\nbackend: tkagg\nsavefig.dpi: 30\n", encoding="utf-8")
    here = made(two.close(), tmp_path / "here", "--until", "2026-11-20T13:00")
    other = made(two.path, tmp_path / "other", "--until", "2026-11-20T13:00", cwd=tmp_path, env={**os.environ, "LC_ALL": "C", "MPLBACKEND": "tkagg", "DISPLAY": ""})
    for name in FILES:
        if name not in ("index.html", "report.json"):
            assert (here / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.requirement("D05")
@pytest.mark.usefixtures("quick_pictures")
@pytest.mark.parametrize("mask, mode", [(0o077, 0o600), (0o027, 0o640)])
def test_the_umask_says_who_may_read_the_report(two, tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        output = made(two.close(), tmp_path / "new" / "report")
    finally:
        os.umask(before)
    assert {stat.S_IMODE((output / name).stat().st_mode) for name in FILES} == {mode}
    assert stat.S_IMODE((tmp_path / "chat.db.rollup").stat().st_mode) == mode


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("log_mode, mask, mode", [(0o600, 0o022, 0o600), (0o600, 0o000, 0o600), (0o600, 0o002, 0o600), (0o640, 0o022, 0o640), (0o644, 0o022, 0o644), (0o644, 0o077, 0o600),
                                                  (0o600, 0o077, 0o600), (0o600, 0o027, 0o640), (0o400, 0o022, 0o600)])
def test_who_may_not_read_the_log_may_not_read_the_totals(two, tmp_path, log_mode, mask, mode):
    """The totals have the log's mode; only a umask that lets the group read and nobody else adds the group."""
    two.close().chmod(log_mode)
    before = os.umask(mask)
    try:
        assert called("show", "--database", two.path)[0] == 0
        assert called("show", "--database", two.path, "--rollup", tmp_path / "kept")[0] == 0
    finally:
        os.umask(before)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("chat.db.rollup", "kept")} == {mode}


@pytest.mark.requirement("D05")
def test_totals_of_an_earlier_version_are_closed_to_others(two, tmp_path):
    two.close().chmod(0o600)
    totals = tmp_path / "chat.db.rollup"
    assert called("show", "--database", two.path)[0] == 0
    for before, after in ((0o644, 0o640), (0o640, 0o640), (0o666, 0o660)):
        totals.chmod(before)
        assert called("show", "--database", two.path)[0] == 0
        assert stat.S_IMODE(totals.stat().st_mode) == after


@pytest.mark.requirement("D05")
def test_the_installed_program_is_the_same(two, tmp_path):
    if not shutil.which("cmake") or not shutil.which("ninja"):
        pytest.skip("needs cmake and ninja")
    source = tmp_path / "source"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(report LANGUAGES NONE)\nset(CMAKE_INSTALL_LIBDIR lib)\n"
        f'include(GNUInstallDirs)\nadd_subdirectory("{ROOT}/analysis" analysis)\n',
        encoding="utf-8",
    )
    build, stage = tmp_path / "build", tmp_path / "stage"
    subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", build, "-DCMAKE_INSTALL_PREFIX=/usr"], check=True, capture_output=True)
    subprocess.run(["cmake", "--install", build], check=True, capture_output=True, env={**os.environ, "DESTDIR": str(stage)})
    program = stage / "usr/bin/chat-report"
    assert subprocess.run([program, "--database", two.close(), "--output", tmp_path / "report"], check=False).returncode == 0
    assert rows_of(tmp_path / "report" / "traffic.csv")[1][2] == "7"
    installed = {str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir()}
    package = {f"usr/share/chat-report/chat_report/{path.name}" for path in Path(ROOT, "analysis", "chat_report").glob("*.py")}
    completions = {"usr/share/bash-completion/completions/chat-report", "usr/share/zsh/site-functions/_chat-report", "usr/share/fish/vendor_completions.d/chat-report.fish"}
    assert installed == package | completions | {"usr/bin/chat-report", "usr/share/chat-report/chat-report"}


@pytest.mark.requirement("N04")
def test_the_report_comes_with_the_server():
    """Installing the server also installs the report, on its schedule."""
    control = (ROOT / "packaging" / "deb" / "control").read_text(encoding="utf-8")
    server = re.search(r"Package: chat-server\n((?:.+\n)+)", control).group(1)
    assert re.search(r"^Recommends:.*chat-report", server, re.MULTILINE)
    installed = (ROOT / "packaging" / "deb" / "chat-report.install").read_text(encoding="utf-8").split()
    assert {"usr/bin/chat-report", "usr/share/man/man1/chat-report.1"} < set(installed) and any(name.endswith("/chat-report.timer") for name in installed)
    timer = (ROOT / "packaging" / "systemd" / "chat-report.timer").read_text(encoding="utf-8")
    assert "OnCalendar=*:0/5" in timer and "WantedBy=timers.target" in timer


@pytest.mark.requirement("D05")
def test_show_prints_the_main_tables(report_of_a_week):
    status, out, err = called("show", "--database", report_of_a_week.parent / "chat.db")
    assert (status, err) == (0, "")
    for words in ("200 messages with ", "Messages by kind", "user1 (10001)", "room lobby", "group 4711", "Slow receivers", "user3", "How sessions ended", "connections refused: 3", "longest log lag: 50 ms"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 110


@pytest.mark.requirement("D05")
def test_show_says_the_same_to_programs(report_of_a_week):
    status, out, err = called("show", "--json", "--database", report_of_a_week.parent / "chat.db")
    shown, written = json.loads(out), json.loads((report_of_a_week / "report.json").read_text(encoding="utf-8"))
    for report in (shown, written):
        for moment in ("made_at", "log_read_at"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", report.pop(moment))
    assert (status, err) == (0, "") and shown == written
    assert (shown["messages"], shown["clients"], shown["refused"], shown["sessions"]["slow"]) == (200, 8, 3, {"user3": 1})


@pytest.mark.requirement("D05")
def test_show_of_an_empty_log(log):
    assert called("show", "--database", log.close())[1].startswith("0 messages with 0 characters from 0 clients")


@pytest.mark.requirement("D05")
def test_a_reader_of_the_tables_may_stop(report_of_a_week):
    program = run.__globals__["PROGRAM"]
    with subprocess.Popen([program, "show", "--database", str(report_of_a_week.parent / "chat.db")], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(timeout=60) in (0, 141)
        assert process.stderr.read() == b""


@pytest.mark.requirement("D05")
def test_members_of_the_group_see_the_sums_without_the_log(two, tmp_path):
    """People who may not read the texts in the log may read the sums, as of the timer's last run."""
    assert called("show", "--database", two.path)[0] == 0
    two.message("direct", 1, 100, receiver=2)
    two.close().chmod(0)
    before = (tmp_path / "chat.db.rollup").read_bytes()
    (tmp_path / "chat.db.rollup").chmod(0o444)
    done = run("show", "--database", two.path, prefix=without_privilege())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 messages with 7 characters")
    assert (tmp_path / "chat.db.rollup").read_bytes() == before
