"""An earlier release of the daemons, built once from the history of this repository: what upgrades start from.

Every test process that needs it asks for it; the first one builds, the others wait for it."""
import fcntl
import os
import platform
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMITS = {"0.1.0": "db5fbb3bc51fbc9aedc4487ff6029a3b1fc2ffa6"}
DAEMONS = ("acceptor", "delivery")
QUICKLY = ["-DCHAT_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DCMAKE_UNITY_BUILD=ON",
           "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0"]
# All files of a library are compiled as one, which is far less work, except those whose names clash with others.
APART = {"0.1.0": {
    "services/shared": ["text_rules.cpp"],
    "services/chat-acceptor": ["commands.cpp", "recovery.cpp", "transfers.cpp"],
}}
SUITE = platform.freedesktop_os_release().get("VERSION_CODENAME")
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
    """The release; skips the test if the repository does not have its history."""
    release = Release(version)
    release.place.mkdir(parents=True, exist_ok=True)
    finished = release.place / f"built-{COMMITS[version]}"
    with locked(release.place / "lock"):
        if not finished.exists():
            unpack(release, release.source)
            exclude_from_unity_build(version, release.source)
            configure(release)
            build(release, *(f"chat-{daemon}" for daemon in DAEMONS))
            finished.touch()
    return release


@contextmanager
def locked(path):
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack(release, place):
    """The files of its commit, which may be out of reach: in a shallow clone, or an archive of the sources."""
    commit = COMMITS[release.version]
    if not shutil.which("git"):
        pytest.skip("git is not installed, so that no earlier release can be had")
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT)]
    there = subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True, check=False)
    if there.returncode != 0:
        pytest.skip(f"release {release.version} ({commit[:7]}) is not in the history here; try `git fetch --unshallow`")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    archive = subprocess.run([*git, "archive", commit], capture_output=True, check=True, timeout=60).stdout
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive, check=True, timeout=60)


def exclude_from_unity_build(version, source):
    with open(source / "CMakeLists.txt", "a", encoding="utf-8") as description:
        for directory, names in APART[version].items():
            files = " ".join(f"{directory}/{name}" for name in names)
            description.write(f"set_source_files_properties({files} DIRECTORY {directory}\n"
                              "                            PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)\n")
        description.write("set_target_properties(chat_client PROPERTIES UNITY_BUILD OFF)\n")


def configure(release):
    """Without optimisation and debugging information, as only its behaviour matters. Installed like its packages."""
    command = ["cmake", "-S", release.source, "-B", release.build, "-G", "Ninja", *QUICKLY,
               "-DCMAKE_INSTALL_PREFIX=/usr",
               "-DCMAKE_INSTALL_LIBEXECDIR=libexec", "-DCMAKE_INSTALL_SYSCONFDIR=/etc",
               f"-DCHAT_SYSTEMD_UNIT_DIR={unit_directory()}"]
    run(*command, *(["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []))


def unit_directory():
    """Debian 12 keeps units in /lib, Debian 13 in /usr/lib."""
    return "/lib/systemd/system" if SUITE == "bookworm" else "/usr/lib/systemd/system"


def build(release, *targets):
    run("cmake", "--build", release.build, *(part for target in targets for part in ("--target", target)))


def run(*command, **options):
    environment = {name: value for name, value in os.environ.items() if name not in ("CXXFLAGS", "MAKEFLAGS")}
    environment.update(options.pop("environment", {}))
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, text=True, timeout=LONGEST_BUILD, env=environment,
                          **options)
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout[-5000:]}"


# ── packages ──
# Instead of compiling again: what was built above, without chat-client, is put where the rules expect it.
RULES = """
override_dh_auto_configure override_dh_auto_build override_dh_auto_test:

override_dh_auto_install:
	for part in services/chat-acceptor services/chat-delivery control analysis packaging; do \\
	    DESTDIR=$(CURDIR)/debian/tmp cmake -P {build}/$$part/cmake_install.cmake || exit; \\
	done
"""


def older_packages(suite, version="0.1.0"):
    """The directory with its packages chat-server and chat-report for a release of Debian; built once, and kept."""
    result = ROOT / "build" / f"deb-{version}" / suite
    result.mkdir(parents=True, exist_ok=True)
    finished = result / f"built-{COMMITS[version]}"
    with locked(result / "lock"):
        if not finished.exists():
            source = result / "source"
            if suite == SUITE:
                release = older_release(version)
                unpack(release, source)
                pack(release, source)
            else:
                unpack(Release(version), source)
                build_in_clean_root(version, source, suite, result)
            shutil.rmtree(source)
            finished.touch()
    return result


def pack(release, source):
    """debhelper leaves the packages next to the source."""
    configure(release)      # links and unit files, if they were not needed before
    build(release, "chatctl")
    shutil.copytree(source / "packaging" / "deb", source / "debian")
    with open(source / "debian" / "rules", "a", encoding="utf-8") as rules:
        rules.write(RULES.format(build=release.build))
    run("make", "-f", "debian/rules", "binary", cwd=source,
        environment={"DH_OPTIONS": "-Nchat-client", "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"})


def build_in_clean_root(version, source, suite, result):
    """Builds in a root of that Debian release. It is not that of later releases, whose clean-build would replace it."""
    roots, made = ROOT / "build" / "deb" / f"clean-{version}", source / "build" / "deb"
    roots.mkdir(parents=True, exist_ok=True)
    made.mkdir(parents=True)
    (made / "clean").symlink_to(roots)
    exclude_from_unity_build(version, source)
    rules = source / "packaging" / "deb" / "rules"
    text = rules.read_text(encoding="utf-8")
    options = "-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCHAT_TESTS=OFF"
    assert text.count(options) == 1
    rules.write_text(text.replace(options, " ".join(QUICKLY)), encoding="utf-8")
    run(source / "packaging" / "deb" / "clean-build", suite)
    for package in (made / suite).glob("chat-[rs]*.deb"):
        shutil.move(package, result / package.name)
