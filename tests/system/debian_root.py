"""Makes the file system that the tests boot: a small Debian of the same release as this one (or of CHAT_SUITE), with
systemd and the dependencies of our packages. It is made once, kept in build/system/, and never written to
afterwards."""
import hashlib
import os
import platform
import re
import subprocess

BASE = ["systemd", "systemd-sysv", "dbus", "python3"]
# Packages of which the root has only the .deb files, by the directory in which they are, in /var/cache/packages.
AS_FILES = {"again": ["haproxy"],       # which is also installed
            "ldap": ["slapd", "ldap-utils", "nslcd", "libpam-ldapd", "libnss-ldapd"],
            "prometheus": ["prometheus"],
            "standby": ["keepalived", "rsync", "openssh-client", "openssh-server"]}
FILES = "/var/cache/packages"
MINUTES = 60


def dependencies(packages):
    """The Debian packages that the .deb files in `packages` depend on, except those files themselves; the first of
    alternatives."""
    depends, ours = set(), set()
    for package in packages:
        ours.add(_field(package, "Package"))
        for field in ("Pre-Depends", "Depends"):
            depends.update(re.findall(r"(?:^|,)\s*([a-z0-9][a-z0-9.+-]*)", _field(package, field)))
    return sorted(depends - ours)


def _field(package, field):
    return subprocess.run(["dpkg-deb", "-f", package, field], check=True, capture_output=True, text=True).stdout.strip()


def _download(name):
    """The command that fetches packages: those that are installed as they are, others with what they depend on."""
    if name == "again":
        return f"cd {FILES}/{name} && apt-get download"
    return f"apt-get install --download-only --yes --no-install-recommends --option Dir::Cache::archives={FILES}/{name}"


def debian_root(directory, packages):
    """The root in `directory` with the dependencies of `packages`. Takes a minute the first time."""
    suite = os.environ.get("CHAT_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
    include = ",".join(sorted({*BASE, *dependencies(packages)}))
    files = "; ".join(f"mkdir -p {FILES}/{name}/partial && {_download(name)} {' '.join(names)}" for name, names in AS_FILES.items())
    root = directory / f"{suite}-{hashlib.sha256((include + files).encode()).hexdigest()[:12]}"
    if root.is_dir():
        return root
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob(f"{suite}-*"):
        # Whatever an interrupted run has left mounted in it, such as this system's /dev/shm, is not to be emptied.
        subprocess.run(["rm", "-rf", "--one-file-system", old], check=True)
    unfinished = directory / f"{suite}-unfinished"
    made = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={include}",
                           f"--customize-hook=chroot \"$1\" sh -c '{files}'", suite, unfinished],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=15 * MINUTES)
    assert made.returncode == 0, f"mmdebstrap failed:\n{made.stderr}"
    unfinished.rename(root)
    return root
