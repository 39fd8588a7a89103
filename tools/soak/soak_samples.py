"""What `soak` samples while it runs, and when it reports that something grows."""
import dataclasses
import json
import os
import pathlib
import subprocess

from servers import BUILD

MIB = 1024.0        # in KiB


@dataclasses.dataclass
class Figure:
    kind: str               # figures of one kind share a panel of the plot
    unit: str
    title: str
    when: str = None        # window to judge: "second half", "lull" (no kills, so leaks can show); None: only shown
    allowed: float = 0.0    # growth over that time
    share: float = 0.0      # … plus this share of the mean

    def panel(self):
        return f"{self.kind}, {self.unit}" if self.unit else self.kind


FIGURES = {
    "memory": Figure("memory", "MiB", "all, shared and private", "second half", 3.0, 0.06),
    "pss acceptor": Figure("memory", "MiB", "Pss of the acceptor"),
    "pss delivery": Figure("memory", "MiB", "Pss of delivery"),
    "private acceptor": Figure("private memory", "MiB", "acceptor", "lull", 1.0, 0.05),
    "private delivery": Figure("private memory", "MiB", "delivery", "lull", 1.0, 0.05),
    # Idle clients release their pages all at once and take them again later, so a line through these samples is not
    # quite level.
    "shared": Figure("shared memory", "MiB", "the segment", "second half", 2.0, 0.06),
    "descriptors acceptor": Figure("descriptors other than the clients'", "", "acceptor", "second half", 8),
    "descriptors delivery": Figure("descriptors other than the clients'", "", "delivery", "second half", 8),
    "delay": Figure("log lag", "ms", "of the oldest message that is not in it", "second half", 250),
    "unlogged": Figure("queue", "KiB", "not in the log", "second half", 1024),
    "undelivered": Figure("queue", "KiB", "not delivered", "second half", 256),
    "row": Figure("database", "bytes a message", "with its journal", "second half", 2, 0.02),
}


def memory_of(pid):
    """{kind: MiB} of smaps_rollup."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / MIB for line in lines if line.startswith("Pss")}


def status_of(server):
    answer = subprocess.run([BUILD / "control" / "chatctl", "--socket", server.directory / "state" / "admin.sock", "--json", "status"], capture_output=True, timeout=10)
    return json.loads(answer.stdout)


def sample(server, segment, messages):
    """{figure: value}; None if a daemon was not running at that moment."""
    try:
        status = status_of(server)
        pids = dict(zip(("acceptor", "delivery"), server.find_pids()))
        values = {}
        for name, pid in pids.items():
            memory = memory_of(pid)
            values[f"pss {name}"] = memory["Pss"]
            values[f"private {name}"] = memory["Pss_Anon"]
            values[f"descriptors {name}"] = len(os.listdir(f"/proc/{pid}/fd")) - status["clients"]
        values["shared"] = os.stat(segment).st_blocks / 2 / MIB
        values["memory"] = values["shared"] + values["private acceptor"] + values["private delivery"]
        queue = status["queue"]
        values |= {"delay": queue["log_delay"], "unlogged": queue["unlogged_messages"] / 1024, "undelivered": queue["undelivered"] / 1024}
        written = sum(path.stat().st_size for path in (server.directory / "state").glob("chat.db*") if not path.name.endswith("-shm"))
        values["row"] = written / max(messages, 1)
        return values
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        return None


def growth(points):
    """The rise of the fitted line through [(time, value)] from the first to the last."""
    if len(points) < 3:
        return 0.0
    middle = sum(at for at, _ in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    return sum((at - middle) * value for at, value in points) / spread * (points[-1][0] - points[0][0])


@dataclasses.dataclass
class Verdict:
    figure: Figure
    first: float            # mean of the first half
    second: float           # and of the second
    grown: float            # over the window in which it is judged
    allowed: float          # None: anything

    def complaint(self):
        if self.allowed is None or self.grown <= self.allowed:
            return None
        return f"{self.figure.panel()} ({self.figure.title}): {self.grown:+.1f} over the {self.figure.when}, {self.allowed:.1f} is allowed"

    def row(self):
        allowed = "–" if self.allowed is None else f"{self.allowed:.1f} over the {self.figure.when}"
        return f"| {self.figure.panel()}: {self.figure.title} | {self.first:.1f} | {self.second:.1f} | {self.grown:+.1f} | {allowed} |"


def mean(values):
    return sum(values) / len(values) if values else 0.0


def judge(samples, windows):
    """`samples`: [(time, values)]; `windows`: {when: (begin, end)}. Returns a Verdict for each figure."""
    verdicts = []
    middle = windows["second half"][0]
    for name, figure in FIGURES.items():
        points = [(at, values[name]) for at, values in samples]
        first, second = (mean([value for at, value in points if (at >= middle) == late]) for late in (False, True))
        begin, end = windows[figure.when or "second half"]
        grown = growth([(at, value) for at, value in points if begin <= at <= end])
        verdicts.append(Verdict(figure, first, second, grown, figure.allowed + figure.share * second if figure.when else None))
    return verdicts


def table(verdicts):
    return "\n".join(["| figure | first half | second half | growth | allowed |", "|---|---:|---:|---:|---|", *(verdict.row() for verdict in verdicts)])
