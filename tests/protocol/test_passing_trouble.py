"""Trouble that passes keeps the server from starting only for as long as it lasts, and nothing ends because of it."""
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chat_server import Server
from deadline import wait_until
from mounting import needs_mount_namespace


def test_database_without_a_schema_that_is_locked_for_a_moment(tmp_path):
    """The first start of all, while another program holds the write lock: it waits, and nothing ends."""
    server = Server(tmp_path / "state")
    server.state.mkdir()
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        server.spawn()
        time.sleep(3)           # longer than the daemons wait for a lock
        assert server.process.poll() is None and "ready" not in server.output, server.text()
        other.execute("ROLLBACK")
    wait_until(lambda: "ready" in server.output, "it serves", 60)
    assert server.connect("Batman").ask("/echo fine").text == "fine"
    server.close()


def test_start_needs_no_write_lock(start_server):
    """The database is as it should be, so there is nothing to write before the first client comes."""
    server = start_server()
    server.connect("Batman")
    server.close_clients()
    server.stop()
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        server.start()
        client = server.connect("Batman")
        assert client.ask("/echo fine").text == "fine"
        other.execute("ROLLBACK")
    server.wait_for_rows(2, "SELECT * FROM session WHERE name = 'Batman'")


def test_shared_memory_that_is_full_for_a_moment(tmp_path):
    needs_mount_namespace()
    server = Server(tmp_path / "state", {"limits.queue_mib": 1})
    inside = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
              'mount -t tmpfs -o size=24m tmpfs /dev/shm && dd if=/dev/zero of=/dev/shm/filler bs=1M 2>"$0"; exec "$@"', str(tmp_path / "dd"), *server.command()]
    server.command = lambda: inside
    server.spawn()
    shm = wait_until(lambda: (server.state / "acceptor.pid").exists() and Path(f"/proc/{server.acceptor_pid()}/root/dev/shm"), "the acceptor runs")
    wait_until(lambda: server.database.exists(), "the acceptor has begun")
    time.sleep(1)       # long enough for several attempts; however many there were, it does not serve
    assert server.process.poll() is None and "ready" not in server.output, server.text()
    (shm / "filler").unlink()
    wait_until(lambda: "ready" in server.output, "it serves", 60)
    assert server.connect("Batman").ask("/echo fine").text == "fine"
    server.close()


def ids_in_log(server):
    try:
        return [str(row["id"]) for row in server.query("SELECT id FROM message")]
    except sqlite3.OperationalError:
        return []       # a new file has no tables for a moment


def test_database_that_is_replaced_while_it_is_in_use(server):
    """Rows do not go into a file that nobody can find."""
    a = server.connect("Batman")
    a.ask("/broadcast first")
    server.wait_for_rows(1, "SELECT * FROM message")
    for name in ("chat.db", "chat.db-wal", "chat.db-shm"):
        (server.state / name).rename(server.state / f"old-{name}")
    answer = a.ask("/broadcast second")
    server.wait_for_log("chat.db was removed or replaced")
    wait_until(lambda: ids_in_log(server) == [answer["id"]], "the new file has the row")
