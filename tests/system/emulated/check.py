"""Runs inside the emulated machine: two clients talk, also while the daemons are killed. Prints what happened, for the test
outside."""
import os
import signal
import subprocess
import sys
import traceback

from chat_client import Client
from deadline import wait_until

DAEMONS = ("chat-acceptor", "chat-delivery")


def run(*command, stdin=""):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def pid(unit):
    return int(run("systemctl", "show", "--value", "-p", "MainPID", unit))


def connect(name):
    client = Client(5000)
    client.expect("welcome")
    answered(client, f"/login {name}")
    return client


def answered(client, command):
    """Asks until the server has time for it: the daemons wait for each other as long as is enough on a real processor."""
    line = wait_until(lambda: (line := client.ask(command)).get("code") != "busy" and line, f"an answer to {command}")
    assert line.kind != "error", line


def check():
    print("machine:", run("uname", "-m").strip(), "page", os.sysconf("SC_PAGE_SIZE"), flush=True)
    batman, robin = connect("Batman"), connect("Robin")
    robin.send("hello")
    assert batman.wait_for("message", name="Robin").text == "hello"
    print("passed: a message", flush=True)

    run("chat-client", "--name", "Alfred", stdin="dinner is served\n/quit\n")
    assert batman.wait_for("message", name="Alfred").text == "dinner is served"
    print("passed: chat-client", flush=True)

    invitation = run("chatctl", "invite").strip()
    answered(robin, f"/register Batmobile1966 {invitation}")
    print("passed: a password", flush=True)

    for daemon in DAEMONS:
        before = pid(daemon)
        os.kill(before, signal.SIGKILL)
        robin.send(f"after {daemon}")
        assert batman.wait_for("message", name="Robin").text == f"after {daemon}"
        wait_until(lambda: pid(daemon) not in (0, before), f"the successor of {daemon}")
    print("passed: deaths of both daemons", flush=True)

    assert "after chat-delivery" in run("chatctl", "log")
    print("passed: the log", flush=True)


try:
    check()
    print("all passed", flush=True)
except BaseException:
    traceback.print_exc(file=sys.stdout)
    print(run("journalctl", "--no-pager", "-b", "-u", "chat*"), flush=True)
