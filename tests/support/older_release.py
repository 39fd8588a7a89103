"""An earlier release of the daemons, built once from the history of this repository: what upgrades start from.

Every test process that needs it asks for it; the first one builds, the others wait for it."""
import fcntl
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMITS = {"0.1.0": "db5fbb3bc51fbc9aedc4487ff6029a3b1fc2ffa6"}
DAEMONS = ("acceptor", "delivery")
LONGEST_BUILD = 1500    # seconds, on a busy machine


class Release:
    def __init__(self, version):
        self.version = version
        self.place = ROOT / "build" / f"release-{version}"
        self.source = self.place / "source"
        self.build = self.place / "build"
        self.standalone = self.source / "packaging" / "standalone" / "chat-standalone"

    def program(self, daemon):
        return program_in(self.build, daemon)


def program_in(build, daemon):
    """Where a build has a daemon's program."""
    return Path(build) / "services" / f"chat-{daemon}" / f"chat-{daemon}"


def older_release(version="0.1.0"):
    """The release; skips the test where the repository does not have its history."""
    release = Release(version)
    release.place.mkdir(parents=True, exist_ok=True)
    finished = release.place / f"built-{COMMITS[version]}"
    with open(release.place / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            unpack(release)
            compile_daemons(release)
            finished.touch()
    return release


def unpack(release):
    """The files of its commit, which may be out of reach: in a shallow clone, or an archive of the sources."""
    commit = COMMITS[release.version]
    if not shutil.which("git"):
        pytest.skip("git is not installed, so that no earlier release can be had")
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT)]
    if subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"release {release.version} (commit {commit[:7]}) is not in the history here; `git fetch --unshallow` gets it")
    shutil.rmtree(release.source, ignore_errors=True)
    release.source.mkdir()
    archive = subprocess.run([*git, "archive", commit], capture_output=True, check=True, timeout=60).stdout
    subprocess.run(["tar", "-x", "-C", str(release.source)], input=archive, check=True, timeout=60)


def compile_daemons(release):
    """Without optimisation: what it does is what matters, and it takes a third of the time."""
    configure = ["cmake", "-S", str(release.source), "-B", str(release.build), "-G", "Ninja", "-DCHAT_TESTS=OFF",
                 "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0"]
    if shutil.which("ccache"):
        configure.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    targets = [part for daemon in DAEMONS for part in ("--target", f"chat-{daemon}")]
    for command in (configure, ["cmake", "--build", str(release.build), *targets]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=LONGEST_BUILD,
                              env={name: value for name, value in os.environ.items() if name not in ("CXXFLAGS", "MAKEFLAGS")})
        assert done.returncode == 0, f"release {release.version} cannot be built:\n{done.stdout[-5000:]}"


def older_packages(suite, version="0.1.0"):
    """The directory with its packages for a release of Debian: built as that release was built, and kept."""
    release = Release(version)
    result = ROOT / "build" / f"deb-{version}" / suite
    result.mkdir(parents=True, exist_ok=True)
    finished = result / f"built-{COMMITS[version]}"
    with open(result / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            release.source = result / "source"
            unpack(release)
            build_packages(release, suite, result)
            finished.touch()
    return result


def build_packages(release, suite, result):
    """On this system for this release of Debian, in a clean root, which other builds share, for another one."""
    deb = release.source / "packaging" / "deb"
    if suite == platform.freedesktop_os_release()["VERSION_CODENAME"]:
        command, made = [deb / "build"], release.source / "build" / "deb"
    else:
        command, made = [deb / "clean-build", suite], release.source / "build" / "deb" / suite
        roots = ROOT / "build" / "deb" / "clean"
        roots.mkdir(parents=True, exist_ok=True)
        made.parent.mkdir(parents=True, exist_ok=True)
        (made.parent / "clean").symlink_to(roots)
    path = f"/usr/lib/ccache:{os.environ['PATH']}"      # where it is installed
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=LONGEST_BUILD, env={**os.environ, "PATH": path})
    assert done.returncode == 0, f"the packages of {release.version} cannot be built:\n{done.stdout[-5000:]}"
    for package in made.glob("*.deb"):
        shutil.move(package, result / package.name)
    shutil.rmtree(release.source)
