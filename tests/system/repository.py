"""Makes a signed repository of packages, as a release does."""
import contextlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "packaging" / "release"
SUITE = os.environ.get("CHAT_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
MISSING = [tool for tool in ("apt-ftparchive", "gpg") if not shutil.which(tool)]


@contextlib.contextmanager
def signed_repository(key_directory, packages, directory):
    """Makes the repository of the .deb files in `packages` in `directory`, with a key of its own."""
    key_directory.mkdir(mode=0o700)
    environment = os.environ | {"GNUPGHOME": str(key_directory), "CHAT_PACKAGES": str(packages), "SOURCE_DATE_EPOCH": "1700000000"}
    try:
        subprocess.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign", "never"],
                       env=environment, check=True, timeout=60)
        subprocess.run([RELEASE / "apt-repository", directory, "test@example.org", SUITE], env=environment, check=True, timeout=120)
        yield directory
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=False, timeout=60)
        shutil.rmtree(directory, ignore_errors=True)
