"""What a release consists of: a repository that apt accepts, and an image in which the server runs."""
import json
import os
import platform
import shutil
import subprocess

import pytest
from conftest import ROOT
from deadline import wait_until

SUITE = os.environ.get("CHAT_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
SOURCE = f"deb [signed-by=/packages/apt/chat.asc] file:/packages/apt {SUITE} main\n"
MISSING = [tool for tool in ("apt-ftparchive", "gpg") if not shutil.which(tool)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def repository(packages, tmp_path_factory):
    """A signed repository of the packages, in their directory."""
    home = tmp_path_factory.mktemp("key")
    home.chmod(0o700)
    environment = os.environ | {"GNUPGHOME": str(home), "CHAT_PACKAGES": str(packages), "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign", "never"],
                   env=environment, check=True, timeout=60)
    directory = packages / "apt"
    subprocess.run([ROOT / "packaging" / "release" / "apt-repository", directory, "test@example.org", SUITE], env=environment, check=True, timeout=120)
    yield directory
    subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, timeout=60)
    shutil.rmtree(directory)


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
    subprocess.run([ROOT / "packaging" / "release" / "image", file, repository, SUITE], env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}, check=True,
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
