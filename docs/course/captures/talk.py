"""The talk that is captured; run by `make` in an empty network namespace. Marks stand in the capture as UDP echoes."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = os.environ.get("CHAT_BUILD", str(ROOT / "build" / "dev"))
PORT = 5000
FILTER = "port 5000"        # TCP and UDP, both directions, nothing else
PATIENCE = 60


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            sys.exit(f"talk: timed out waiting for {what}")
        time.sleep(0.02)
    return found


class Person:
    """A chat client as plain as it can be."""

    def __init__(self, name):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE)
        self.lines = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.until("welcome ")
        self.say(f"/login {name}")
        self.until(f"name={name}")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def until(self, words):
        """Reads up to the line that has these words."""
        for line in self.lines:
            if words in line:
                return line
        sys.exit(f"talk: the server went away before {words!r}")

    def leave(self):
        self.say("/quit")
        self.until("bye ")
        assert self.lines.read() == ""
        self.socket.close()


def ask(datagrams, request):
    datagrams.sendto(request, ("127.0.0.1", PORT))
    return datagrams.recv(2048)


def kill(state, daemon, datagrams):
    pid_file = Path(state, f"{daemon}.pid")
    pid = int(pid_file.read_text())
    time.sleep(0.3)     # until the last acknowledgement is out: the kernel may hold it back for 0.2 s
    ask(datagrams, f"ECHO now SIGKILL to chat-{daemon}".encode())
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: pid_file.read_text().strip() not in ("", str(pid)), f"a new chat-{daemon}")
    ask(datagrams, f"ECHO there is a new chat-{daemon}".encode())


def talk(state):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.settimeout(PATIENCE)
    ask(datagrams, b"SEND_DATE")
    batman, voldemort = Person("Batman"), Person("Voldemort")
    batman.say("Anyone here?")
    voldemort.until("Anyone here?")
    kill(state, "acceptor", datagrams)
    voldemort.say("Crucio!")
    batman.until("Crucio!")
    kill(state, "delivery", datagrams)
    batman.say("Aaaaaaahrrhhhhhh..")
    voldemort.until("Aaaaaaahrrhhhhhh..")
    batman.leave()
    voldemort.leave()
    ask(datagrams, b"ECHO the end")


def main():
    file = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="chat-capture-") as directory:
        state = Path(directory, "state")
        server = subprocess.Popen(["/usr/bin/python3", str(ROOT / "packaging" / "standalone" / "chat-standalone"), "--build", BUILD, "--port", str(PORT), "--state", str(state)],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        capture = None
        try:
            if "ready\n" not in iter(server.stdout.readline, ""):
                sys.exit("talk: the server does not start")
            written = Path(directory, "chat.pcap")
            capture = subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-f", FILTER, "-w", str(written)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            for line in capture.stderr:
                if line.startswith("File:"):
                    break
            talk(state)
            # It writes in blocks, by its own clock.
            wait_for(lambda: b"ECHO the end" in written.read_bytes(), "the end in the capture")
            capture.send_signal(signal.SIGINT)
            capture.communicate(timeout=PATIENCE)
            Path(file).write_bytes(written.read_bytes())
        finally:
            for process in (capture, server):
                if process and process.poll() is None:
                    process.send_signal(signal.SIGINT)
                    process.wait(timeout=PATIENCE)


main()
