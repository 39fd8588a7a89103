"""What a release consists of: a repository that apt accepts, and an image in which the server runs."""
import os
import platform
import shutil
import subprocess

import pytest
from conftest import ROOT

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


def test_apt_finds_the_packages_in_the_repository(apt):
    apt("update")
    planned = apt("install", "--reinstall", "--simulate", "chat-server", "chat-client").stdout
    assert "Inst chat-server" in planned and "Inst chat-client" in planned
    apt("install", "--reinstall", "--yes", "--download-only", "chat-client")


def test_apt_refuses_a_repository_that_was_changed(apt, repository):
    release = repository / "dists" / SUITE / "InRelease"
    signed = release.read_text()
    try:
        release.write_text(signed.replace("Origin: chat", "Origin: Chat"))
        refused = apt("update", "-o", "APT::Update::Error-Mode=any", check=False)
        assert refused.returncode != 0 and "signature" in refused.stderr.lower() + refused.stdout.lower(), refused
    finally:
        release.write_text(signed)
