"""What a line may contain. A refused line has no effect, its tag is returned, and the connection continues."""
import pytest

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]

CONTROLS = [bytes([code]) for code in [*range(0x00, 0x09), 0x0b, 0x0c, *range(0x0e, 0x20), 0x7f]] + [b"\rx"]
C1 = [chr(code).encode() for code in range(0x80, 0xa0)]
SEPARATORS = [chr(code).encode() for code in (0x2028, 0x2029)]
BIDIRECTIONAL = [chr(code).encode() for code in (0x061c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a))]
TAGS = [chr(code).encode() for code in (0xe0000, 0xe0001, 0xe0041, 0xe007f)]
NONCHARACTERS = [chr(code).encode() for code in (0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x1fffe, 0x10ffff)]
BROKEN_UTF8 = [
    # stray and truncated
    b"\x80", b"\xbf", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2(\xa1", b"\xf0\x9f\x98", b"\xf0(\x8c\xbc", b"\xff", b"\xfe",
    b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xf0\x80\x80\xaf", b"\xf0\x8f\xbf\xbf",                   # overlong
    b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80",                                                          # surrogates
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80",                         # past U+10FFFF
    "ž".encode("iso8859-2"),
]
FINE = ["\t", "\u00a0", "\u200b", "\u200c", "\u200d", "\u2027", "\u202f", "\u2065", "\u206a", "\ufeff", "\ufffd", "\ufdcf", "\ufdf0", "\ud7ff", "\ue000", "\U000e0080", "\U0010fffd", "\U0001f600", "\U0001f469\u200d\U0001f4bb", "é", "e\u0301"]


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__lines_per_second=0)
@pytest.mark.parametrize("group", [CONTROLS, C1, SEPARATORS, BIDIRECTIONAL, TAGS, NONCHARACTERS, BROKEN_UTF8],
                         ids=["controls", "c1", "separators", "bidirectional", "tags", "noncharacters", "utf8"])
def test_refused_text(server, group):
    a, b = server.people("Batman", "Robin")
    for bad in group:
        for around in (b"%s", b"before %s", b"%s after", b"some eight bytes before %s and some after"):
            text = around % bad
            for line in (text, b"/broadcast " + text, b"/send Robin " + text):
                a.send(line)
                a.expect("error", code="bad-text", tag=None)
            assert a.ask(b"/send Robin " + text)["code"] == "bad-text"
    b.expect_nothing()
    assert a.ask("/whoami")["name"] == "Batman"


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("character", FINE, ids=lambda character: f"U+{ord(character[0]):04X}")
def test_accepted_text(server, character):
    a, b = server.people("Batman", "Robin")
    for text in (f"x{character}", f"{character}x", f"eight by{character}eight by"):
        a.send(text)
        b.expect("message", text)


@pytest.mark.requirement("R86")
def test_bad_text_where_a_name_is_expected(server):
    client = server.connect("Batman")
    assert client.ask(b"/login Bat\x00man")["code"] == "bad-text"
    assert client.ask(b"/login B\xc3\xa4tman")["code"] == "bad-name"
    assert client.ask("/whoami")["name"] == "Batman"


def test_bad_text_in_the_tag_makes_it_no_tag(server):
    client = server.connect("Batman")
    client.send(b"@a\x01b /whoami")
    client.expect("error", code="bad-text", tag=None)


def test_empty_lines_are_ignored(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"\n\r\n\n\n\r\nhello\n\n")
    b.expect("message", "hello")
    for client in (a, b):
        client.expect_nothing()


@pytest.mark.parametrize("line", [b"hello\r\n", b"hello\n"])
def test_line_ends(server, line):
    a, b = server.people("Batman", "Robin")
    a.raw(line)
    b.expect("message", "hello")
    a.raw(line.replace(b"hello", b"/send Robin again"))
    b.expect("message", "again")
    a.raw(line.replace(b"hello", b"/quit"))
    a.expect("bye", "Session ended")


def test_carriage_return_elsewhere_is_a_control_character(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"one\rtwo\n")
    a.expect("error", code="bad-text")
    a.raw(b"one\r\r\n")
    a.expect("error", code="bad-text")
    b.expect_nothing()
