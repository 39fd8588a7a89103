"""What /delete leaves in the files of the log while the server runs."""
import pytest
from deadline import wait_until
from history_pages import ids_of, opened, say
from room_members import room_with

pytestmark = [pytest.mark.sanitized, pytest.mark.settings(history__pages_per_minute=1_000_000, limits__lines_per_second=0)]
TEXT = b"correct-horse-battery-staple"


def files_with(server, text):
    return [path.name for path in server.database.parent.glob("chat.db*") if text in path.read_bytes()]


def test_a_deleted_text_leaves_the_files_while_the_server_runs(server):
    [ann] = room_with(server, "Ann")
    [said] = say(ann, "cave", TEXT.decode())
    assert ids_of(ann, "cave") == [said]
    wait_until(lambda: files_with(server, TEXT), "it is in the log")
    assert ann.ask(f"/delete cave {said}").kind == "ok"
    wait_until(lambda: not files_with(server, TEXT), "it is in no file any more")


def test_so_does_one_whose_deletion_a_killed_process_had_written(server):
    [ann] = room_with(server, "Ann")
    [said] = say(ann, "cave", TEXT.decode())
    assert ids_of(ann, "cave") == [said]
    with opened(server) as reader:
        reader.execute("BEGIN")
        assert len(reader.execute("SELECT text FROM message").fetchall()) == 1    # until it ends, the write-ahead log cannot be emptied
        assert ann.ask(f"/delete cave {said}").kind == "ok"
        wait_until(lambda: [row["text"] for row in server.query("SELECT text FROM message")] == [None], "the deletion is written")
        server.kill("delivery")
        assert files_with(server, TEXT)
    wait_until(lambda: not files_with(server, TEXT), "it is in no file any more")
    assert ids_of(ann, "cave") == []
