"""The program as it is called: by hand, by a timer without a home, from the checkout and installed."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from load_report import FILES, ROOT, made, matrix, run, without_privilege


def test_D05_its_version_is_that_of_the_project():
    version = re.search(r"project\(chat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"chat-report {version}\n", "")


def test_D05_help():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("--database FILE", "--output DIR", "--version", "load.png", "traffic.csv"):
        assert word in done.stdout


@pytest.mark.parametrize("home", ["missing", "not writable", "unset"])
def test_D05_no_home_is_needed(two, tmp_path, home):
    temporary, place = tmp_path / "temporary", tmp_path / "home"
    temporary.mkdir()
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "LANG": "C"}
    if home != "unset":
        environment["HOME"] = str(place)
    if home == "not writable":
        place.mkdir(mode=0o555)
    made(two.close(), tmp_path / "report", env=environment, prefix=without_privilege())
    assert os.listdir(temporary) == []
    assert not place.exists() or os.listdir(place) == []


def test_D05_the_cache_of_the_service_manager_is_used(two, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    made(two.close(), tmp_path / "report", env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "CACHE_DIRECTORY": str(cache)})
    assert [path.name for path in cache.iterdir() if path.name.startswith("fontlist")]


def test_D05_nothing_around_changes_the_pictures(two, tmp_path):
    """Neither a matplotlibrc beside the caller, nor its locale, nor when it runs."""
    one = made(two.close(), tmp_path / "one")
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\nbackend: tkagg\nsavefig.dpi: 30\n", encoding="utf-8")
    other = made(two.path, tmp_path / "other", cwd=tmp_path, env={**os.environ, "LC_ALL": "C", "TZ": "Asia/Tokyo", "MPLBACKEND": "tkagg", "DISPLAY": ""})
    for name in ("load.png", "traffic.png", "traffic.csv"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o077, 0o600), (0o027, 0o640)])
def test_D05_the_umask_says_who_may_read_the_report(two, tmp_path, mask, mode):
    output = made(two.close(), tmp_path / "new" / "report", umask=mask)
    assert {stat.S_IMODE((output / name).stat().st_mode) for name in FILES} == {mode}


def test_D05_the_installed_program_is_the_same(two, tmp_path):
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
    assert matrix(tmp_path / "report")[1][2] == "7"
    installed = {str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir()}
    package = {f"usr/share/chat-report/chat_report/{path.name}" for path in Path(ROOT, "analysis", "chat_report").glob("*.py")}
    assert installed == package | {"usr/bin/chat-report", "usr/share/chat-report/chat-report"}
