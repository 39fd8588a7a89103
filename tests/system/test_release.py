"""What a release consists of: a repository that apt accepts, and an image in which the server runs. Made again from the
same source, each file is the same."""
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from deadline import wait_until
from repository import MISSING, RELEASE, ROOT, SUITE, signed_repository

SOURCE = f"deb [signed-by=/packages/apt/chat.asc] file:/packages/apt {SUITE} main\n"
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def repository(packages, tmp_path_factory):
    """A signed repository of the packages, in their directory."""
    with signed_repository(tmp_path_factory.mktemp("key") / "key", packages, packages / "apt") as directory:
        yield directory


@pytest.fixture
def apt(machine, repository):
    """A function that runs apt-get with this repository alone."""
    options = ["-o", "Dir::Etc::SourceList=/tmp/chat.list", "-o", "Dir::Etc::SourceParts=/nowhere", "-o", "Dir::State::Lists=/tmp/lists", "-o", "APT::Sandbox::User=root"]
    machine.run("sh", "-c", f"mkdir -p /tmp/lists && echo '{SOURCE.strip()}' >/tmp/chat.list")
    return lambda *arguments, check=True: machine.run("apt-get", *options, *arguments, check=check)


@pytest.mark.requirement("N20")
def test_apt_finds_the_packages_in_the_repository(apt):
    apt("update")
    planned = apt("install", "--reinstall", "--simulate", "chat-server", "chat-client").stdout
    assert "Inst chat-server" in planned and "Inst chat-client" in planned
    apt("install", "--reinstall", "--yes", "--download-only", "chat-client")


@pytest.mark.requirement("N20")
def test_apt_refuses_a_repository_that_was_changed(apt, repository):
    release = repository / "dists" / SUITE / "InRelease"
    signed = release.read_text()
    try:
        release.write_text(signed.replace("Origin: chat", "Origin: Chat"))
        refused = apt("update", "-o", "APT::Update::Error-Mode=any", check=False)
        assert refused.returncode != 0 and "signature" in refused.stderr.lower() + refused.stdout.lower(), refused
    finally:
        release.write_text(signed)


@pytest.fixture
def image(repository, tmp_path):
    """The unpacked image: (its root, what it runs). Made only for `./dev test --all`: it takes a minute or two."""
    if "CHAT_SUITE" not in os.environ or not shutil.which("umoci"):
        pytest.skip("only with --all, and with umoci installed")
    file, layout, bundle = tmp_path / "image.tar", tmp_path / "layout", tmp_path / "bundle"
    subprocess.run([RELEASE / "image", file, repository, SUITE], env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}, check=True,
                   stdin=subprocess.DEVNULL, timeout=15 * 60)
    layout.mkdir()
    subprocess.run(["tar", "-C", layout, "-xf", file], check=True, timeout=60)
    (tag,) = subprocess.run(["umoci", "ls", "--layout", layout], check=True, capture_output=True, text=True, timeout=60).stdout.split()
    subprocess.run(["umoci", "unpack", "--image", f"{layout}:{tag}", bundle], check=True, timeout=300)
    process = json.loads((bundle / "config.json").read_text())["process"]
    assert process["user"]["uid"] == process["user"]["gid"] == 900
    return bundle / "rootfs", process


@pytest.mark.requirement("N20")
def test_the_server_runs_in_the_image(image, tmp_path):
    """As process 1, as an ordinary user, on a root that it cannot write to."""
    root, process = image
    volume = tmp_path / "volume"
    volume.mkdir()
    os.chown(volume, 900, 900)
    keep_unit = [] if os.path.isdir("/run/systemd/system") else ["--keep-unit"]
    with open(tmp_path / "output", "wb") as output:
        container = subprocess.Popen(["systemd-nspawn", "--quiet", "-D", root, "--read-only", f"--bind={volume}:/var/lib/chat", "--user=_chat", "--private-network",
                                      "--register=no", *keep_unit, "--console=pipe", "--no-new-privileges=yes", *process["args"]],
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def inside(*command):
        leader = subprocess.run(["pgrep", "-P", str(container.pid)], capture_output=True, text=True, timeout=20).stdout.strip()
        return subprocess.run(["nsenter", "-t", leader or "0", "-a", "-S", "900", "-G", "900", "env", *process["env"], *command], capture_output=True, text=True, timeout=60)

    try:
        wait_until(lambda: inside("chatctl", "status").returncode == 0, "it serves", 60)
        first = json.loads(inside("chatctl", "--json", "status").stdout)["pid"]
        assert inside("chat-client", "who").returncode == 0
        assert inside("sh", "-c", f"kill -KILL {first}").returncode == 0
        wait_until(lambda: inside("chatctl", "status").returncode == 0 and json.loads(inside("chatctl", "--json", "status").stdout)["pid"] != first, "it serves again", 60)
        inside("sh", "-c", "kill -TERM 1")
        assert container.wait(60) == 0
    finally:
        container.kill()
        container.wait()


# ── the same files again ──
@pytest.fixture
def source(tmp_path):
    """A small source with the script that lists what belongs to it, in git."""
    place = tmp_path / "source"
    (place / "packaging" / "release").mkdir(parents=True)
    shutil.copy(RELEASE / "source", place / "packaging" / "release")
    shutil.copy(ROOT / ".gitignore", place)
    for name in ("kept", "deleted", "caf\u00e9 with space"):
        (place / name).write_text(name)
    git(place, "init", "--quiet")
    git(place, "add", "--all")
    return place


def git(place, *arguments):
    subprocess.run(["git", "-C", place, *arguments], check=True, timeout=60)


def files_of(source):
    archive = subprocess.run([source / "packaging" / "release" / "source"], check=True, capture_output=True, timeout=60).stdout
    listed = subprocess.run(["tar", "--quoting-style=literal", "-t"], input=archive, check=True, capture_output=True, timeout=60).stdout
    return listed.decode().splitlines()


@pytest.mark.skipif(not shutil.which("git"), reason="not installed: git")
def test_the_source_is_what_git_has_without_what_tests_and_builds_leave(source):
    for left in ("build/dev/program", "tests/__pycache__/test.pyc", ".pytest_cache/README.md"):
        (source / left).parent.mkdir(parents=True, exist_ok=True)
        (source / left).write_text("left by a test or a build")
    (source / "deleted").unlink()
    (source / "added").write_text("not committed yet")
    expected = [".gitignore", "added", "caf\u00e9 with space", "kept", "packaging/release/source"]
    assert files_of(source) == expected
    shutil.rmtree(source / ".git")
    assert files_of(source) == expected


def test_no_package_says_where_it_was_built(packages, tmp_path):
    """So that a build in another directory makes the same files."""
    for package in packages.glob("*_*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, tmp_path / package.name], check=True, timeout=60)
    places = ["-e", ROOT, "-e", "/build/chat"]
    found = subprocess.run(["grep", "-rlF", *places, tmp_path], capture_output=True, text=True, timeout=60)
    assert list(tmp_path.iterdir()) and (found.returncode, found.stdout) == (1, "")


def sums(directory, pattern):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.glob(pattern)}


@pytest.mark.timeout(75 * 60)
def test_a_second_release_from_another_directory_has_the_same_files(packages, repository, tmp_path):
    """By someone whose files nobody else may read. Only for `./dev test --all`: it takes some minutes."""
    first = ROOT / "build" / "deb" / SUITE
    if "CHAT_SUITE" not in os.environ or Path(os.environ["CHAT_PACKAGES"]).resolve() != first or not shutil.which("umoci"):
        pytest.skip("only with --all, and with umoci installed")
    roots, environment = first.parent / "clean", os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
    there = tmp_path / "another" / "directory"
    (there / "build" / "deb").mkdir(parents=True)
    (there / "build" / "deb" / "clean").symlink_to(roots)
    archive = subprocess.run([RELEASE / "source"], check=True, capture_output=True, timeout=60).stdout
    subprocess.run(["tar", "-C", there, "--no-same-permissions", "-x"], input=archive, check=True, timeout=60, umask=0o077)

    def run(*command):
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, timeout=30 * 60, umask=0o077)

    run(there / "packaging" / "deb" / "clean-build", SUITE)
    assert sums(there / "build" / "deb" / SUITE, "*.deb") == sums(packages, "*_*.deb")
    if cross_built := os.environ.get("CHAT_PACKAGES_ARM64"):
        run(there / "packaging" / "deb" / "clean-build", f"{SUITE}-arm64")
        assert sums(there / "build" / "deb" / f"{SUITE}-arm64", "*.deb") == sums(Path(cross_built), "*.deb")
    for place, image in ((ROOT, "first.tar"), (there, "second.tar")):
        run(place / "packaging" / "release" / "image", tmp_path / image, repository, SUITE)
    images = sums(tmp_path, "*.tar")
    assert images["first.tar"] == images["second.tar"]
