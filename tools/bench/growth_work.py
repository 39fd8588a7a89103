"""What `growth` measures at one size: each function starts our server, loads it, and returns {figure: value}."""
import os
import pathlib
import re
import select
import signal
import socket
import sqlite3
import time

from servers import ChatWithLog, Load, cpu_seconds

PATIENCE = 60.0         # seconds for anything
REST = 21.0             # seconds after which an idle client has released its pages
MOST_ROOMS = 1000       # per client, besides the lobby; anything beyond is groups
TEXT = "x" * 64


class Sized(ChatWithLog):
    """Our server, sized for `clients` clients, with further settings."""

    def __init__(self, directory, clients, **settings):
        super().__init__(directory, clients + 20)
        self.settings = {f"limits.{key}": value for key, value in settings.items()}

    def command(self):
        return super().command() + [part for key, value in self.settings.items() for part in ("--set", f"{key}={value}")]

    def used_kib(self):
        """The daemons' share of all memory, without the programs' files, which others map as well."""
        lines = [line for pid in self.pids for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


class Person:
    """One client, for probes and for what the load generator does not do."""

    def __init__(self, server, name=None):
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.id = re.search(rb" id=(\d+) ", self.line())[1].decode()
        if name:
            self.write(f"@0 /login {name}")
            self.until(b"renamed ")

    def write(self, *lines):
        self.socket.sendall("".join(line + "\n" for line in lines).encode())

    def line(self):
        while b"\n" not in self.rest:
            if not (data := self.socket.recv(1 << 18)):
                raise RuntimeError("the server ended a connection")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def until(self, start):
        """The next line with this start; skips anything before it."""
        while not (line := self.line()).startswith(start):
            pass
        return line

    def take(self, lines):
        """Reads that many lines and ignores them."""
        count = self.rest.count(b"\n")
        while count < lines:
            if not (data := self.socket.recv(1 << 18)):
                raise RuntimeError("the server ended a connection")
            count += data.count(b"\n")
        self.rest = b""

    def close(self):
        self.socket.close()


def settled_cpu(server):
    """CPU time of both daemons, once they are idle."""
    deadline, last = time.monotonic() + PATIENCE, server.cpu()
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if (now := server.cpu()) - last < 0.002:
            return now
        last = now
    raise RuntimeError("the server does not become idle")


def cpu_of(server, work):
    """(What `work` returns, CPU seconds for it.)"""
    before = settled_cpu(server)
    outcome = work()
    return outcome, settled_cpu(server) - before


def cost_of(server, load):
    """µs of CPU per delivered message."""
    outcome, cpu = cpu_of(server, load.run)
    if outcome["lost"]:
        raise RuntimeError(f"{outcome['lost']} messages were lost")
    return 1e6 * cpu / outcome["delivered"]


def pairs(directory, connections, messages):
    with Sized(directory, connections) as server, Load(server, work="pairs", clients=connections, window=8, messages=2 * messages // connections) as load:
        return {"a message": cost_of(server, load)}


def strangers(directory, connections, messages):
    """Five pairs write; all others are connected and receive nothing."""
    with Sized(directory, connections + 10) as server:
        others = [Person(server) for _ in range(connections)]
        with Load(server, work="pairs", clients=10, window=8, messages=messages // 5) as load:
            figures = {"a message": cost_of(server, load)}
        for other in others:
            other.close()
    return figures


def room(directory, members, messages):
    with Sized(directory, members) as server, Load(server, work="room", clients=members, window=8, messages=max(4, messages // members)) as load:
        return {"a delivered message": cost_of(server, load)}


def resting(directory, connections, seconds):
    """Connections that arrive, idle, and leave."""
    with Sized(directory, connections) as server:
        empty = server.used_kib()
        before = settled_cpu(server)
        load = Load(server, work="idle", clients=connections, at_once=64)
        with load:
            login = settled_cpu(server) - before
            fresh = server.used_kib() - empty
            time.sleep(REST)
            rested = server.used_kib() - empty
            before = server.cpu()
            time.sleep(seconds)
            tick = (server.cpu() - before) / seconds
            before = settled_cpu(server)
        leave = settled_cpu(server) - before
    return {"just logged in": fresh / connections, "at rest": rested / connections, "a second of rest": 1e6 * tick,
            "coming": 1e6 * login / connections, "leaving": 1e6 * leave / connections}


def heard(directory, rooms, messages):
    """A writer and a listener share `rooms` rooms (groups, past a thousand); the writer writes to each in turn."""
    groups = max(0, rooms - MOST_ROOMS)
    with Sized(directory, 16, max_rooms_per_client=MOST_ROOMS, max_rooms=MOST_ROOMS, max_groups=9000, max_groups_per_client=9000) as server:
        listener, writer = Person(server, "listener"), Person(server, "writer")

        def come():
            for person in (listener, writer):
                for first in range(0, rooms - groups, 100):
                    last = min(first + 100, rooms - groups)
                    person.write(*(f"/join r{number}" for number in range(first, last)))
                    person.until(f"joined room=r{last - 1} id={person.id} ".encode())
            listener.until(f"joined room=r{rooms - groups - 1} id={writer.id} ".encode())
            targets = [f"/say r{number} " for number in range(rooms - groups)]
            for first in range(0, groups, 100):
                some = min(100, groups - first)
                writer.write(*[f"/makegroup {listener.id}"] * some)
                targets += ["/sendgroup " + re.search(rb" id=(\d+) ", writer.until(b"group "))[1].decode() + " " for _ in range(some)]
            for _ in range(groups):
                listener.until(b"group ")
            return targets

        def talk():
            for first in range(0, messages, 500):
                writer.write(*(targets[number % rooms] + TEXT for number in range(first, first + 500)))
                listener.take(500)

        targets, coming = cpu_of(server, come)
        _, talking = cpu_of(server, talk)
        _, going = cpu_of(server, writer.close)
        listener.close()
    return {"a message": 1e6 * talking / messages, "a room joined": 1e6 * coming / (2 * rooms), "a room left by going": 1e6 * going / rooms}


def fill(database, rows):
    """Fills the log with that many rows, as if they had been written just now."""
    with sqlite3.connect(database, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        [[there, last]] = connection.execute("SELECT count(*), coalesce(max(id), 0) FROM message")
        while there < rows:
            some = min(1_000_000, rows - there)
            connection.execute("BEGIN")
            connection.execute("WITH RECURSIVE n(id) AS (SELECT ?1 + 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?1 + ?2)"
                               " INSERT INTO message (id, at, kind, sender, receiver, receivers, discarded, characters, text)"
                               " SELECT id, ?3, 'direct', id % 97 + 1, id % 89 + 1, 1, 0, 64, ?4 FROM n",
                               (last, some, time.time_ns() // 1000, TEXT))
            connection.execute("COMMIT")
            there, last = there + some, last + some
        # As the server uses it, so that its first start does not pay for the change.
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    os.sync()


def logged(directory, rows, messages):
    """Ten pairs, with `rows` rows already in the log. All sizes share one directory: the log grows."""
    if rows and not (directory / "state" / "chat.db").exists():
        with Sized(directory, 20):
            pass
    if rows:
        fill(directory / "state" / "chat.db", rows)
    begin = time.monotonic()
    with Sized(directory, 20) as server:
        started = time.monotonic() - begin
        cpu = settled_cpu(server)
        with Load(server, work="pairs", clients=20, window=8, messages=messages // 10) as load:
            return {"a message": cost_of(server, load), "until it serves": 1e3 * started, "of CPU to start": 1e3 * cpu}


VICTIMS = {"both": ("acceptor", "delivery"), "acceptor": ("acceptor",), "delivery": ("delivery",)}


def recovery(directory, clients, crashes):
    """Idle clients, and one that asks something right after the daemons have died."""
    begin = time.monotonic()
    with Sized(directory, clients, fd_store_max=clients + 20) as server:
        figures = {"start, nobody there": [1e3 * (time.monotonic() - begin)], "start, CPU": [1e3 * settled_cpu(server)]}
        with Load(server, work="idle", clients=clients) as load:
            probe = Person(server, "probe")
            settled_cpu(server)
            for _ in range(crashes):
                for victims, names in VICTIMS.items():
                    silence, cpu = die(server, probe, names)
                    figures.setdefault(victims, []).append(1e3 * silence)
                    figures.setdefault(f"{victims}, CPU", []).append(1e3 * cpu)
            probe.write("/rooms")
            if f"room name=lobby count={clients + 1} ".encode() not in probe.until(b"room name=lobby") or load.process.poll() is not None:
                raise RuntimeError("a client was lost when the daemons died")
            probe.close()
    return {name: sorted(values)[len(values) // 2] for name, values in figures.items()}


def die(server, probe, names):
    """Kills these daemons. Returns seconds until the probe has its answer, and CPU seconds for the recovery."""
    pids = dict(zip(("acceptor", "delivery"), server.find_pids()))
    surviving = {name: cpu_seconds(pid) for name, pid in pids.items() if name not in names}
    begin = time.monotonic()
    for name in names:
        os.kill(pids[name], signal.SIGKILL)
    probe.write("/whoami")
    probe.until(b"client ")
    silence = time.monotonic() - begin
    while len(server.find_pids()) != 2 or any(pid in server.find_pids() for pid in (pids[name] for name in names)):
        select.select([], [], [], 0.01)
    server.pids = server.find_pids()
    return silence, settled_cpu(server) - sum(surviving.values())
