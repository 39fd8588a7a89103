"""The machine that a benchmark ran on, its limits, and percentiles of what it measured."""
import os
import pathlib
import platform
import resource


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    release = next((line.partition("=")[2].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines() if line.startswith("PRETTY_NAME")), "")
    return f"{model}, {os.cpu_count()} processors; Linux {platform.release()}; {release}"


def percentile(values, share):
    """`values` are sorted."""
    return values[min(len(values) - 1, int(len(values) * share))]


def allow_descriptors(wanted):
    """Raises the limit of open descriptors, which servers started from here inherit; returns the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(wanted, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return soft
