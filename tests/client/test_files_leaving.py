"""Leaving during file transfers: they are finished first, and a second request leaves at once. Also the size up to
which files are fetched without asking."""
import os

import pytest
from data_port import sendfile

pytestmark = pytest.mark.sanitized

CONTENT = os.urandom(200_000)
STILL = "Still in progress: photo.jpg (200.0 kB)"
HOW = "The chat ends when this is done; type /quit again to end it now."


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(CONTENT)
    return path


def begin_upload(peer, data_port, photo):
    """Starts an upload, up to the point where the server expects the bytes."""
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    data = data_port.accept()
    data.expect("/upload abc 0")
    return data


def finish_upload(data):
    data.send("go offset=0")
    assert data.read(len(CONTENT)) == CONTENT
    data.send("stored file=77 size=200000 sha256=x")


@pytest.mark.requirement("R75")
def test_quit_waits_for_an_upload(chatting_piped, data_port, photo):
    client, peer = chatting_piped
    client.write(f"/sendfile Robin {photo}\n")
    data = begin_upload(peer, data_port, photo)
    client.write("/quit good night\n")
    client.wait_for_line(STILL + " to Robin")
    client.wait_for(HOW)
    client.write("one more word\n")
    peer.expect("one more word")
    finish_upload(data)
    peer.expect("/quit good night")
    peer.say_goodbye()
    assert client.wait_for_end() == 0
    assert any("Sent to Robin: photo.jpg" in line for line in client.lines())


@pytest.mark.requirement("R75")
def test_quit_waits_for_a_download(chatting_piped, data_port, downloads):
    client, peer = chatting_piped
    peer.send(data_port.offer(CONTENT, "photo.jpg"))
    data = data_port.accept()
    data.expect("/download abc 0")
    client.write("quit\n")
    client.wait_for_line(STILL + " from Robin")
    data.send(f"go offset=0 size={len(CONTENT)}")
    data.send(CONTENT)
    data.expect("/done")
    data.close()
    peer.expect("quit")
    peer.say_goodbye()
    assert client.wait_for_end() == 0
    assert (downloads / "photo.jpg").read_bytes() == CONTENT


@pytest.mark.requirement("R75")
def test_a_second_quit_does_not_wait(chatting_piped, data_port, photo):
    client, peer = chatting_piped
    client.write(f"/sendfile Robin {photo}\n")
    begin_upload(peer, data_port, photo)
    client.write("/quit\n")
    client.wait_for_line(STILL)
    client.write("exit\n")
    peer.expect("exit")
    peer.say_goodbye()
    assert client.wait_for_end() == 0


@pytest.mark.requirement("R75")
def test_the_end_of_the_input_waits(chatting_piped, data_port, photo):
    """As in a pipe, where the end follows at once, even after a /quit."""
    client, peer = chatting_piped
    client.write(f"/sendfile Robin {photo}\n/quit done\n")
    client.end_input()
    data = begin_upload(peer, data_port, photo)
    client.wait_for_line(STILL)
    finish_upload(data)
    peer.expect("/quit done")
    peer.say_goodbye()
    assert client.wait_for_end() == 0


@pytest.mark.requirement("R75")
def test_a_failed_upload_does_not_delay_leaving(chatting_piped, data_port, photo):
    client, peer = chatting_piped
    client.write(f"/sendfile Robin {photo}\n")
    data = begin_upload(peer, data_port, photo)
    client.end_input()
    client.wait_for_line(STILL)
    data.send("error code=no-space :The file was rejected and will not be offered to anybody")
    peer.expect("/quit")
    peer.say_goodbye()
    assert client.wait_for_end() == 0
    assert any("Not sent: photo.jpg" in line for line in client.lines())


@pytest.mark.requirement("R15")
def test_a_signal_does_not_wait(chatting_piped, data_port, photo):
    client, peer = chatting_piped
    client.write(f"/sendfile Robin {photo}\n")
    begin_upload(peer, data_port, photo)
    client.process.terminate()
    peer.expect("/quit killed")
    peer.say_goodbye()
    assert client.wait_for_end() == 0


@pytest.mark.requirement("R75")
def test_ctrl_d_waits_and_a_second_one_does_not(open_window, scripted_server, data_port, photo):
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    window.enter(f"/sendfile Robin {photo}")
    begin_upload(peer, data_port, photo)
    window.press("C-d")
    window.wait_for(STILL + " to Robin", HOW, ">")
    window.enter("still here")
    peer.expect("still here")
    window.press("C-d")
    peer.expect("/quit")
    peer.say_goodbye()
    assert window.wait_for_end()[0] == 0


@pytest.mark.requirement("R78")
@pytest.mark.parametrize("setting, asked, taken", [("auto_accept_mb = 0", [0, 1], []), ("auto_accept_mb = 1", [1_000_001], [0, 1_000_000]), ("", [10_000_001], [10_000_000])],
                         ids=["always asks", "one megabyte", "as it is"])
def test_the_size_above_which_the_client_asks(start_piped, scripted_server, data_port, downloads, tmp_path, setting,
                                              asked, taken):
    (tmp_path / "client.toml").write_text(setting)
    client = start_piped(scripted_server.port, "--config", str(tmp_path / "client.toml"), "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman")
    for number, size in enumerate(asked + taken):
        line = data_port.offer(b"", f"file{size}", 70 + number).replace("size=0", f"size={size}")
        peer.send(line)
    for size in asked:
        client.wait_for_line(f"Robin sends you file{size} (")
    for _ in taken:
        data_port.accept().expect("/download abc 0")
    assert sum("/accept" in line for line in client.lines()) == len(asked)
    if asked == [0, 1]:
        client.write("/accept 70\n/decline 71\n")
        data = data_port.accept()
        data.expect("/download abc 0")
        data.send("go offset=0 size=0")
        data.expect("/done")
        data.close()
        client.wait_for_line("Received from Robin: file0")
        client.wait_for_line("Left: file1")
        assert [path.name for path in downloads.iterdir()] == ["file0"]
