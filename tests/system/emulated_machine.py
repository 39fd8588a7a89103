"""Runs a script in an emulated machine of another architecture, which boots the packages of a repository. Its root is the
initial file system of its kernel, all in memory; the packages are unpacked in it, but no script of theirs has run."""
import shutil
import subprocess

from debian_root import MINUTES

PROCESSORS = {"arm64": ("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72")}
CONSOLE = {"arm64": "ttyAMA0"}
MEMORY_MIB = 1536
# What the machine does without, because nobody reads in it and it has no devices; and what it needs to boot.
LEFT_OUT = ["usr/lib/modules", "usr/share/doc", "usr/share/locale", "usr/share/man", "var/cache", "var/lib/apt"]
EARLY = "usr/lib/systemd/system/sysinit.target.wants"
EARLY_KEPT = {"systemd-journald.service", "systemd-sysusers.service", "systemd-tmpfiles-setup.service", "systemd-tmpfiles-setup-dev.service"}
MERGED = 'mkdir -p "$1"/usr && for name in bin lib sbin; do mkdir "$1"/usr/$name && ln -s usr/$name "$1"/$name; done'   # in Debian 12 no package has these
UNFINISHED = 'cp "$1"/usr/share/base-passwd/passwd.master "$1"/etc/passwd && cp "$1"/usr/share/base-passwd/group.master "$1"/etc/group'


def why_not(architecture):
    """Why no machine of this architecture can be emulated here; None if one can."""
    missing = [tool for tool in (PROCESSORS[architecture][0], "cpio", "mmdebstrap") if not shutil.which(tool)]
    return f"not installed: {', '.join(missing)}" if missing else None


class EmulatedMachine:
    def __init__(self, architecture, directory):
        """Uses the directory for its files."""
        self.architecture, self.directory, self.root = architecture, directory, directory / "root"

    def install(self, suite, repository, packages):
        """Unpacks these packages of the repository, with what they depend on and with Debian's kernel. Returns the reason why
        Debian's packages cannot be had; None if they could."""
        sources = f"deb [signed-by={repository}/chat.asc] copy://{repository} {suite} main"
        include = ",".join([f"linux-image-cloud-{self.architecture}", "systemd-sysv", "dbus", *packages])
        made = subprocess.run(["mmdebstrap", "--quiet", "--variant=extract", f"--architectures={self.architecture}", "--include=?essential", f"--include={include}",
                               "--aptopt=APT::Sandbox::User \"root\"", f"--setup-hook=echo '{sources}' >\"$1\"/etc/apt/sources.list.d/chat.list",
                               f"--setup-hook={MERGED}", f"--customize-hook={UNFINISHED}", suite, self.root],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=15 * MINUTES)
        if made.returncode and "deb.debian.org" in made.stderr:
            return f"no packages from Debian: {made.stderr.splitlines()[-1]}"
        assert made.returncode == 0, f"mmdebstrap failed:\n{made.stderr}"
        for name in LEFT_OUT:
            shutil.rmtree(self.root / name)
        for unit in (self.root / EARLY).iterdir():
            if unit.name not in EARLY_KEPT:
                unit.unlink()
        (kernel,) = (self.root / "boot").glob("vmlinuz-*")
        kernel.rename(self.directory / "kernel")
        return None

    def run(self, unit, seconds):
        """Boots to this unit of the root, and waits until the machine has powered itself off. Returns what it wrote on its
        console."""
        with open(self.directory / "initrd", "wb") as archive:
            names = subprocess.run(["find", ".", "-print0"], cwd=self.root, check=True, capture_output=True, timeout=5 * MINUTES).stdout
            subprocess.run(["cpio", "--quiet", "--null", "--create", "--format=newc"], cwd=self.root, input=names, stdout=archive, check=True, timeout=5 * MINUTES)
        parameters = f"console={CONSOLE[self.architecture]} quiet rdinit=/sbin/init systemd.unit={unit} systemd.show_status=false panic=-1"
        emulator = [*PROCESSORS[self.architecture], "-accel", "tcg,thread=multi", "-smp", "2", "-m", str(MEMORY_MIB), "-nodefaults", "-nographic", "-no-reboot",
                    "-serial", "stdio", "-kernel", self.directory / "kernel", "-initrd", self.directory / "initrd", "-append", parameters]
        with open(self.directory / "console", "wb") as console:
            subprocess.run(emulator, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, check=False, timeout=seconds)
        return (self.directory / "console").read_text(errors="replace")
