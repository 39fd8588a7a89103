"""What Tab inserts is accepted: each test presses Enter after it."""
import hashlib

import pytest


def tab(window, typed, expected):
    window.type(typed)
    window.press("Tab")
    window.wait_for(f"> {expected}")


def test_a_completed_command_is_sent_without_a_space_at_its_end(chatting):
    window, peer = chatting()
    peer.send("help command=/members :/members ROOM — lists who is in a room", "help command=/rooms :/rooms — lists the rooms", "room name=ops count=1")
    window.wait_for("Server: room ops, 1 member", ">")
    for typed, expected in (("/members lob", "/members lobby"), ("/members op", "/members ops"), ("/roo", "/rooms"), ("/help /ro", "/help /rooms")):
        tab(window, typed, expected)
        window.wait_for_cursor(len(f"> {expected}"))
        window.press("Enter")
        peer.expect(expected)


def test_a_space_follows_where_another_word_is_expected(chatting):
    window, peer = chatting()
    peer.send("online id=51991 name=Robert count=3 :Robert has joined.", "offline id=51991 name=Robert reason=quit count=2 :Robert has left.", "echo :known")
    window.wait_for("Server: known", ">")
    for typed, expected in (("/send Rob", "/send Robin"), ("/jo", "/join"), ("Rob", "Robin:")):
        window.press("C-u")
        tab(window, typed, expected)
        window.wait_for_cursor(len(f"> {expected} "))


@pytest.mark.parametrize("name, typed", [("report.pdf", "rep"), ("two words.txt", "two w"), ("two words.txt", "tw"), ("REPORT.txt", "rep"), ("ends in a space ", "ends")])
def test_a_completed_path_is_sent(chatting, tmp_path, name, typed):
    window, peer = chatting(width=200)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_text("content")
    tab(window, f"/sendfile Robin {tmp_path}/files/{typed}", f"/sendfile Robin {tmp_path}/files/{name}".rstrip())
    window.press("Enter")
    peer.expect(f"/sendfile Robin 7 {hashlib.sha256(b'content').hexdigest()} {name}")


def test_spaces_after_a_path_are_dropped_unless_there_is_such_a_file(chatting, tmp_path):
    window, peer = chatting(width=200)
    (tmp_path / "plain").write_text("content")
    window.enter(f"/sendfile Robin {tmp_path}/plain  ")
    peer.expect(f"/sendfile Robin 7 {hashlib.sha256(b'content').hexdigest()} plain")


def test_directories_are_completed_step_by_step(chatting, tmp_path):
    window, peer = chatting(width=200)
    (tmp_path / "my files" / "deep").mkdir(parents=True)
    (tmp_path / "my files" / "deep" / "x.txt").write_text("")
    (tmp_path / ".hidden").write_text("")
    tab(window, f"/sendfile Robin {tmp_path}/my", f"/sendfile Robin {tmp_path}/my files/")
    tab(window, "", f"/sendfile Robin {tmp_path}/my files/deep/")
    tab(window, "", f"/sendfile Robin {tmp_path}/my files/deep/x.txt")
    window.press("C-u")
    tab(window, f"/sendfile Robin {tmp_path}/.h", f"/sendfile Robin {tmp_path}/.hidden")


@pytest.mark.parametrize("name", ["new\nline.txt", "new\rline.txt", "new\tline.txt", "new\x1bline.txt", "new\u2028line.txt", "new\u202eline.txt", b"new\xffline.txt"])
def test_names_that_cannot_stand_in_a_line_are_not_completed(chatting, tmp_path, name):
    window, peer = chatting(width=200)
    place = tmp_path / "files"
    place.mkdir()
    with open(bytes(place) + b"/" + (name if isinstance(name, bytes) else name.encode()), "w", encoding="ascii"):
        pass
    window.type(f"/sendfile Robin {place}/new")
    window.press("Tab")
    window.type("!")
    window.wait_for(f"> /sendfile Robin {place}/new!")
    (place / "newer.txt").write_text("")
    window.press("BSpace")
    tab(window, "", f"/sendfile Robin {place}/newer.txt")
