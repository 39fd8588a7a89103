"""Files that nobody asked for: how many are taken, how a person decides about the others, and where they go."""
import hashlib
import os
import shutil

import pytest
from deadline import wait_until

ASKED = "Type /accept {0} or /decline {0}."


def offer(number, name, size=10, sender=51990, sender_name="Robin", port=1):
    return f"file id={number} from={sender} name={sender_name} size={size} sha256={hashlib.sha256(b'').hexdigest()} ticket=abc port={port} to=48213 :{name}"


def is_asked(client, number):
    return any(line.endswith(ASKED.format(number)) for line in client.lines())


def test_more_than_a_total_from_one_sender_is_asked_about(chatting_piped):
    client, peer = chatting_piped
    peer.send(*(offer(number, f"f{number}", 9_900_000) for number in range(1, 8)))
    client.wait_for_line(ASKED.format(7))
    assert [number for number in range(1, 8) if is_asked(client, number)] == [6, 7]
    peer.send(offer(8, "f8", 9_900_000, sender=51991), offer(9, "f9", 9_900_000, sender_name="Nightwing"), offer(10, "f10", 9_900_000, sender=51992, sender_name="Joker"), "echo :end")
    client.wait_for_line("Server: end")
    assert [number for number in range(8, 11) if is_asked(client, number)] == [8, 9], "the same name or the same id is the same sender"


def test_many_small_files_are_asked_about(chatting_piped):
    client, peer = chatting_piped
    peer.send(*(offer(number, f"f{number}", 0) for number in range(1, 53)), "echo :end")
    client.wait_for_line("Server: end")
    assert [number for number in range(1, 53) if is_asked(client, number)] == [51, 52]


@pytest.mark.parametrize("typed, taken", [("/accept big one.bin", "big one.bin"), ("/accept big one.bin ", "big one.bin"), ("/accept 2", "other.bin")])
def test_a_file_is_accepted_by_name_or_number(chatting_piped, data_port, typed, taken):
    client, peer = chatting_piped
    peer.send(offer(1, "big one.bin", 11_000_000, port=data_port.port), offer(2, "other.bin", 11_000_000, port=data_port.port))
    client.wait_for_line(ASKED.format(2))
    client.write("/accept\n")
    client.wait_for_line("Several files are offered; say which by its number: 1 big one.bin (11.0 MB) from Robin, 2 other.bin (11.0 MB) from Robin")
    client.write(f"{typed}\n")
    data_port.accept().expect("/download abc 0")
    client.write("/decline\n")
    client.wait_for_line("Left: " + ("other.bin" if taken != "other.bin" else "big one.bin"))
    client.write("/decline\n/accept nothing\n")
    client.wait_for_line("There is no file to accept or decline.")
    client.wait_for_line("There is no file nothing to accept or decline.")


def test_tab_completes_the_files_that_are_offered(chatting):
    window, peer = chatting(width=120)
    peer.send(offer(1234, "big one.bin", 11_000_000), offer(1299, "other.bin", 11_000_000))
    window.wait_for(f"Robin sends you other.bin (11.0 MB). {ASKED.format(1299)}", ">")
    for typed, expected in (("/accept b", "/accept big one.bin"), ("/accept big o", "/accept big one.bin"), ("/decline 129", "/decline 1299")):
        window.press("C-u")
        window.type(typed)
        window.press("Tab")
        window.wait_for(f"> {expected}")
        window.wait_for_cursor(len(f"> {expected}"))
    window.press("Enter")
    wait_until(lambda: "Left: other.bin (11.0 MB)" in window.lines(), "it is declined")


def test_the_directory_is_opened_for_each_file(chatting_piped, data_port, downloads):
    client, peer = chatting_piped
    for number in range(1, 4):
        peer.send(data_port.offer(b"content", f"f{number}", number))
        data = data_port.accept()
        data.expect("/download abc 0")
        data.send("go offset=0 size=7")
        data.send(b"content")
        data.expect("/done")
        assert os.listdir(downloads) == [f"f{number}"]
        shutil.rmtree(downloads)
        if number == 1:
            downloads.mkdir()


def test_a_file_of_unknown_size_is_refused(chatting_piped):
    client, peer = chatting_piped
    client.write("/sendfile Robin /proc/version\n")
    client.wait_for_line("/proc/version cannot be sent: its size is not known.")


def test_what_is_too_much_at_once_is_declined(chatting_piped, data_port):
    client, peer = chatting_piped
    peer.send(*(offer(number, f"f{number}", 11_000_000) for number in range(1, 65)))
    client.wait_for_line(ASKED.format(64))
    peer.send(offer(65, "one more", 11_000_000, port=data_port.port).replace(" to=", " receipts=yes to="))
    data_port.accept().expect("/decline abc")
    client.wait_for_line("Left: one more (11.0 MB) from Robin, since too many files wait")
