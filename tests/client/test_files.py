"""Files in the client: sent by a command, received without one, and stored only in the download directory."""
import os
import stat

import pytest
from data_connection import send_file
from deadline import wait_until

MB = 1_000_000


def enter(start_piped, server, name):
    client = start_piped(server.port, "--name", name)
    client.wait_for_line(f"{name} has joined")
    return client


def holds(path, content):
    wait_until(lambda: path.exists() and path.read_bytes() == content, f"{path} has arrived")


@pytest.mark.requirement("R76", "R77", "R78")
def test_from_client_to_client(server, start_piped, downloads, tmp_path):
    content = os.urandom(3 * MB)
    source = tmp_path / "holiday photo.jpg"
    source.write_bytes(content)
    source.chmod(0o755)
    ann, ben = enter(start_piped, server, "Ann"), enter(start_piped, server, "Ben")
    ann.write(f"/sendfile Ben {source}\n")
    arrived = downloads / "holiday photo.jpg"
    holds(arrived, content)
    ann.wait_for_line("Sent to Ben: holiday photo.jpg (3.0 MB)")
    ben.wait_for_line("Received from Ann: holiday photo.jpg (3.0 MB)", str(arrived))
    assert stat.S_IMODE(arrived.stat().st_mode) & 0o111 == 0, "it must not be executable"
    ann.write(f"/sendfile Ben {source}\n")
    holds(downloads / "holiday photo (1).jpg", content)
    ben.wait_for_line("holiday photo (1).jpg")
    assert sorted(path.name for path in downloads.iterdir()) == ["holiday photo (1).jpg", "holiday photo.jpg"]


@pytest.mark.requirement("R76")
def test_what_cannot_be_sent(server, start_piped, tmp_path):
    ann = enter(start_piped, server, "Ann")
    hidden = tmp_path / ".hidden"
    hidden.write_text("x")
    plain = tmp_path / "plain"
    plain.write_text("x")
    for command, answer in ((f"/sendfile Ben {tmp_path}/none", "No such file"), (f"/sendfile Ben {tmp_path}", "is not a regular file"), (f"/sendfile Ben {hidden}", "cannot be sent"),
                            ("/sendfile Ben", "Usage"), (f"/sendfile Ben {plain}", "There is no client Ben"), (f"/sendfile Ann {plain}", "That is you")):
        ann.write(command + "\n")
        ann.wait_for_line(answer)


@pytest.mark.settings(files__max_file_mb=1)
def test_a_file_that_is_too_large_is_refused_in_one_unit(server, start_piped, tmp_path):
    (tmp_path / "huge.iso").write_bytes(bytes(2 * MB))
    ann, _ = enter(start_piped, server, "Ann"), enter(start_piped, server, "Ben")
    ann.write(f"/sendfile Ben {tmp_path / 'huge.iso'}\n")
    ann.wait_for_line("Not sent: huge.iso: A file can have at most 1 MiB")


@pytest.mark.requirement("R78")
def test_the_client_asks_about_large_files(server, start_piped, downloads):
    content = os.urandom(11 * MB)
    ann = server.connect("Ann")
    ben = enter(start_piped, server, "Ben")
    send_file(ann, "Ben", content, "large.bin")
    send_file(ann, "Ben", content, "unwanted.bin")
    ben.wait_for_line("large.bin", "/accept")
    ben.wait_for_line("unwanted.bin", "/accept")
    numbers = {line.split(" (")[0].split()[-1]: line.split("/accept ")[1].split()[0] for line in ben.lines() if "/accept" in line}
    ben.write(f"/decline {numbers['unwanted.bin']}\n/accept {numbers['large.bin']}\n")
    holds(downloads / "large.bin", content)
    ben.wait_for_line("Left: unwanted.bin")
    assert [path.name for path in downloads.iterdir()] == ["large.bin"]


@pytest.mark.requirement("R76", "R78")
def test_the_sender_learns_whether_a_file_was_taken(server, start_piped, downloads, tmp_path):
    for name, size in (("small.bin", 1), ("big.bin", 11)):
        (tmp_path / name).write_bytes(os.urandom(size * MB))
    ann, ben = enter(start_piped, server, "Ann"), enter(start_piped, server, "Ben")
    ann.write(f"/sendfile Ben {tmp_path}/small.bin\n")
    ann.wait_for_line("Offered to Ben: small.bin (1.0 MB)")
    ann.wait_for_line("Sent to Ben: small.bin (1.0 MB), taken by Ben")
    ann.write(f"/sendfile Ben {tmp_path}/big.bin\n")
    ann.wait_for_line("Offered to Ben: big.bin (11.0 MB)")
    ben.wait_for_line("big.bin", "/accept")
    ben.write("/decline\n")
    ann.wait_for_line("Declined by Ben: big.bin (11.0 MB)")
    ann.write(f"/sendfile Ben {tmp_path}/big.bin\n")
    wait_until(lambda: sum("/accept" in line for line in ben.lines()) == 2, "it is offered again")
    ben.write("/quit\n")
    ann.wait_for_line("Not taken: Ben has left without big.bin (11.0 MB)")


@pytest.mark.requirement("N01", "R77")
@pytest.mark.parametrize("daemons", [["acceptor"], ["delivery"], ["acceptor", "delivery"]], ids=["acceptor", "delivery", "both"])
def test_a_transfer_resumes_automatically(server, start_piped, downloads, tmp_path, daemons):
    """The daemons die during the upload, and again during the download (or shortly after it, if it is quick)."""
    content = os.urandom(9 * MB)
    (tmp_path / "long.bin").write_bytes(content)
    ann, ben = enter(start_piped, server, "Ann"), enter(start_piped, server, "Ben")
    ann.write(f"/sendfile Ben {tmp_path}/long.bin\n")
    wait_until(lambda: any((server.state / "files").glob("*")) or downloads.exists(), "the upload has begun")
    server.kill(*daemons)
    wait_until(lambda: downloads.exists() and any(downloads.iterdir()), "the download has begun")
    server.kill(*daemons)
    holds(downloads / "long.bin", content)
    # The receipt is not promised when delivery dies in the instant of the confirmation.
    ann.wait_for_line("Offered to Ben")
    ann.write("still here\n")
    ben.wait_for_line("Ann: still here")
