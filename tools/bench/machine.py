"""What a benchmark ran on, and how far this machine lets it go."""
import os
import pathlib
import platform
import resource


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    release = next((line.partition("=")[2].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines() if line.startswith("PRETTY_NAME")), "")
    return f"{model}, {os.cpu_count()} processors; Linux {platform.release()}; {release}"


def allow_descriptors(wanted):
    """Raises the limit of open descriptors, which servers started from here inherit; returns what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(wanted, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return soft
