"""The capture that docs/course/on-the-wire.md explains: the kept one and a new one show the same things."""
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import builds
import pytest

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "docs" / "course" / "captures"
PAGE = (ROOT / "docs" / "course" / "on-the-wire.md").read_text(encoding="utf-8")
FIELDS = ("frame.number", "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.stream", "tcp.seq", "tcp.ack", "tcp.payload", "udp.payload", "frame.protocols")
FIN, SYN, RST, ACK = 1, 2, 4, 16
MARKS = ("now SIGKILL to chat-acceptor", "there is a new chat-acceptor", "now SIGKILL to chat-delivery", "there is a new chat-delivery")
pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="needs tshark (Debian: tshark)")


def is_new(frame, seen):
    """Whether the frame has a byte, a SYN, a FIN, an RST or an acknowledgement that this side has not sent before."""
    weight = len(frame["tcp.payload"]) // 2 + bool(frame["flags"] & SYN) + bool(frame["flags"] & FIN)
    side = (frame["tcp.stream"], frame["from server"], "bytes" if weight else "acknowledged")
    reach = int(frame["tcp.seq"]) + weight if weight else int(frame["tcp.ack"])
    new = reach > seen.get(side, -1) or bool(frame["flags"] & RST)
    seen[side] = max(reach, seen.get(side, -1))
    return new


def frames_of(file):
    """Each frame as a dictionary of its fields, without retransmissions: a machine that acknowledges late gets a FIN or
    a line twice."""
    arguments = [part for field in FIELDS for part in ("-e", field)]
    text = subprocess.run(["tshark", "-r", file, "-T", "fields", "-E", "separator=|", *arguments], check=True, capture_output=True, text=True, timeout=60).stdout
    frames, seen = [], {}
    for line in text.splitlines():
        frame = dict(zip(FIELDS, line.split("|")))
        frame["flags"] = int(frame["tcp.flags"] or "0", 16)
        frame["text"] = bytes.fromhex(frame["tcp.payload"] or frame["udp.payload"]).decode()
        frame["ports"] = {frame[f"{kind}.{end}port"] for kind in ("tcp", "udp") for end in ("src", "dst")} - {""}
        frame["from server"] = "5000" in (frame["tcp.srcport"], frame["udp.srcport"])
        if not frame["tcp.stream"] or is_new(frame, seen):
            frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def kept():
    return frames_of(CAPTURES / "chat.pcap")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    if os.geteuid() != 0 or not shutil.which("dumpcap") or not shutil.which("unshare"):
        pytest.skip("needs root, dumpcap and unshare")
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace is available here")
    file = tmp_path_factory.mktemp("capture") / "chat.pcap"
    made = subprocess.run([CAPTURES / "make", file], env={**os.environ, "CHAT_BUILD": str(builds.in_use)}, capture_output=True, text=True, timeout=120, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    return frames_of(file)


@pytest.fixture(params=["kept", "fresh"])
def frames(request):
    return request.getfixturevalue(request.param)


@pytest.mark.requirement("R43")
def test_the_filter_lets_our_ports_through_and_nothing_else(frames):
    assert len(frames) > 40
    assert all("5000" in frame["ports"] for frame in frames)
    assert {kind for frame in frames for kind in ("tcp", "udp") if f":{kind}" in frame["frame.protocols"]} == {"tcp", "udp"}


@pytest.mark.requirement("R43")
def test_each_connection_begins_with_the_handshake(frames):
    for stream in ("0", "1"):
        first = [frame for frame in frames if frame["tcp.stream"] == stream][:4]
        assert [frame["flags"] & (SYN | ACK) for frame in first] == [SYN, SYN | ACK, ACK, ACK]
        assert [frame["from server"] for frame in first] == [False, True, False, True]
        assert first[3]["text"].startswith("welcome id=")


@pytest.mark.requirement("R43")
def test_the_text_can_be_read(frames):
    for direction, words in ((False, "/login Batman\n"), (False, "Anyone here?\n"), (True, "name=Batman to=room:lobby"), (False, "Aaaaaaahrrhhhhhh..\n")):
        assert [frame for frame in frames if frame["from server"] is direction and words in frame["text"]], words
    assert frames[0]["text"] == "SEND_DATE" and re.fullmatch(r"\d{4}-\d\d-\d\d", frames[1]["text"])


@pytest.mark.requirement("R43")
def test_each_connection_is_closed_from_both_sides(frames):
    for stream in ("0", "1"):
        ends = [frame["from server"] for frame in frames if frame["tcp.stream"] == stream and frame["flags"] & FIN]
        assert sorted(ends) == [False, True] and ends[0] is True
        said = [frame for frame in frames if frame["tcp.stream"] == stream and frame["text"].endswith("bye :Session ended\n")]
        assert len(said) == 1


@pytest.mark.requirement("R43", "N01")
def test_a_daemon_that_is_killed_leaves_no_packet(frames):
    answers = {frame["text"]: place for place, frame in enumerate(frames) if frame["from server"] and not frame["tcp.stream"]}
    for killed, back in (MARKS[:2], MARKS[2:]):
        question = next(place for place, frame in enumerate(frames) if frame["text"] == f"ECHO {back}")
        assert question == answers[killed] + 1
    assert not [frame for frame in frames if frame["flags"] & RST]
    assert len([frame for frame in frames if frame["flags"] & (SYN | ACK) == SYN]) == 2
    assert max(int(frame["tcp.stream"]) for frame in frames if frame["tcp.stream"]) == 1
    for words in ("Crucio!", "Aaaaaaahrrhhhhhh.."):
        assert [frame for frame in frames if frame["from server"] and frame["text"].endswith(f":{words}\n")]


@pytest.mark.requirement("R43")
def test_what_tcp_sends_twice_counts_once(kept, tmp_path):
    """The kept capture with each TCP frame repeated, as in retransmissions to a machine that acknowledges late."""
    capture = (CAPTURES / "chat.pcap").read_bytes()
    at, twice = 24, bytearray(capture[:24])
    while at < len(capture):
        end = at + 16 + int.from_bytes(capture[at + 8:at + 12], "little")
        protocol = capture[at + 16 + 14 + 9]    # after the record's header and Ethernet's, in the IPv4 header
        twice += capture[at:end] * (2 if protocol == socket.IPPROTO_TCP else 1)
        at = end
    (tmp_path / "twice.pcap").write_bytes(twice)
    told = [{name: frame[name] for name in ("flags", "text", "from server", "tcp.stream")} for frame in kept]
    assert [{name: frame[name] for name in told[0]} for frame in frames_of(tmp_path / "twice.pcap")] == told


@pytest.mark.requirement("R43")
def test_the_page_names_the_right_frames(kept):
    """Every frame number on the page matches the capture that it links to."""
    texts = {int(frame["frame.number"]): frame for frame in kept}
    for number, mark in re.findall(r"^\| (\d+) \| `(.*)` \|$", PAGE, re.MULTILINE):
        assert mark in texts[int(number)]["text"]
    for number, side, flags in re.findall(r"^\| (\d+) \| (client|server) \| ([A-Z, ]+) \|", PAGE, re.MULTILINE):
        frame = texts[int(number)]
        assert frame["from server"] == (side == "server") and frame["flags"] & (SYN | ACK) == sum({"SYN": SYN, "ACK": ACK, "PSH": 0}[flag] for flag in flags.split(", "))
    for words, number in re.findall(r"`(Crucio!|Aaaaaaahrrhhhhhh\.\.)` \((\d+)\)", PAGE):
        assert texts[int(number)]["text"] == f"{words}\n"
    bye, first, second, last = map(int, re.search(r"`bye :Session ended` \(frame (\d+) for Batman\).*FIN \((\d+)\).*FIN \((\d+)\), and the last ACK \((\d+)\)", PAGE, re.DOTALL).groups())
    assert texts[bye]["text"].endswith("bye :Session ended\n") and {texts[n]["tcp.stream"] for n in (bye, first, second, last)} == {"0"}
    assert texts[first]["flags"] & FIN and texts[first]["from server"] and texts[second]["flags"] & FIN and not texts[second]["from server"]
    assert texts[last]["from server"] and not texts[last]["flags"] & FIN


@pytest.mark.requirement("R43")
def test_the_page_shows_the_filter_and_the_commands():
    for words in ("port 5000", "captures/chat.pcap", "captures/make", "ssh -L", "-z follow,tcp,ascii,0"):
        assert words in PAGE
