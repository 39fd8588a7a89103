#!/usr/bin/python3
"""Takes the place of a daemon in the tests of the stand-in for systemd: serves one control connection at a time and
obeys its lines."""
import array
import json
import os
import signal
import socket
import sys
import time

NAMES = os.environ["LISTEN_FDNAMES"].split(":")
DESCRIPTORS = list(range(3, 3 + int(os.environ["LISTEN_FDS"])))
NOTIFY = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
NOTIFY.connect("\0" + os.environ["NOTIFY_SOCKET"][1:])


def notify(message, descriptors=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    NOTIFY.sendmsg([message.encode()], rights)


def report():
    return {
        "pid": os.getpid(), "listen_pid": os.environ["LISTEN_PID"], "group": os.getpgid(0), "parent": os.getppid(), "names": NAMES,
        "arguments": sys.argv[1:],
        "sockets": [[s.family.name, s.type.name] for s in (socket.socket(fileno=os.dup(d)) for d in DESCRIPTORS)],
        "open": sorted(int(name) for name in os.listdir("/proc/self/fd")),
    }


def obey(line, connection):
    word, *rest = line.split()
    if word == "report":
        return json.dumps(report())
    if word == "store":             # store NAME COUNT: this very connection, COUNT times in one message
        notify(f"FDSTORE=1\nFDNAME={rest[0]}", [connection.fileno()] * int(rest[1]))
    elif word == "store-new":       # store-new NAME COUNT: as many sockets, all different
        made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(rest[1]))]
        notify(f"FDSTORE=1\nFDNAME={rest[0]}", [s.fileno() for s in made])
    elif word == "remove":
        notify(f"FDSTOREREMOVE=1\nFDNAME={rest[0]}")
    elif word == "barrier":
        reader, writer = os.pipe()
        notify("BARRIER=1", [writer])
        os.close(writer)
        os.read(reader, 1)          # returns when the receiver has closed its end
    elif word == "exit":
        os._exit(int(rest[0]))
    return "done"


def serve():
    first_word = os.environ.get("STUB_" + os.path.basename(sys.argv[0]).replace("-", "_").upper())
    if first_word:
        time.sleep(float(os.environ.get("STUB_DELAY", "0")))
        print(f"stub: {first_word}", file=sys.stderr, flush=True)
        os._exit(int(first_word))
    print(f"stub: started {os.path.basename(sys.argv[0])}", file=sys.stderr, flush=True)
    notify("READY=1\nSTATUS=serving")
    if NAMES[0] == "link":
        signal.pause()
    listener = socket.socket(fileno=os.dup(3))
    while True:
        connection, _ = listener.accept()
        with connection.makefile("r") as lines:
            for line in lines:
                connection.sendall(obey(line, connection).encode() + b"\n")
        connection.shutdown(socket.SHUT_RDWR)       # shutdown, because it affects every copy of the connection


serve()
