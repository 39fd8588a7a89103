"""Lines at and past the limit of `max_line` bytes, LF included."""
import pytest

pytestmark = pytest.mark.sanitized
SIZES = [512, 4096, 10000]


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def pair(lend_server, size):
    server = lend_server({"limits.max_line": size, "limits.lines_per_second": 0})
    a, b = server.people("Batman", "Robin")
    a.longest_line = b.longest_line = size + 512
    return a, b


@pytest.mark.requirement("R55")
def test_longest_line_is_accepted(pair, size):
    a, b = pair
    text = "x" * (size - 1)
    a.send(text)
    b.expect("message", text)
    a.expect_nothing()


@pytest.mark.requirement("R62")
def test_longest_line_with_characters_of_many_bytes(pair, size):
    a, b = pair
    text = "é" * ((size - 1 - len("/broadcast ")) // 2)
    a.send("/broadcast " + text)
    b.expect("message", text)


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("more", [1, 2, 100, 100000])
def test_longer_line_is_refused_and_skipped(pair, size, more):
    a, b = pair
    a.send("x" * (size - 1 + more))
    a.expect("error", code="line-too-long", tag=None)
    a.send("short again")
    b.expect("message", "short again")
    a.expect_nothing()
    b.expect_nothing()


@pytest.mark.requirement("R86")
def test_tag_of_a_line_that_is_too_long(pair, size):
    a, b = pair
    answer = a.ask("/send Robin " + "x" * size)
    assert (answer.kind, answer["code"]) == ("error", "line-too-long")
    a.expect_nothing()
    b.expect_nothing()


@pytest.mark.requirement("R86")
def test_answered_once_and_before_its_end_has_come(pair, size):
    a, b = pair
    a.raw(b"x" * (size + 10))
    a.expect("error", code="line-too-long")
    a.raw(b"y" * (3 * size))
    a.raw(b"\nafter\n")
    b.expect("message", "after")
    a.expect_nothing()


@pytest.mark.requirement("R86")
def test_error_does_not_name_a_later_line(pair, size):
    """The rest of an overlong line is not mistaken for a line, tag or command."""
    a, b = pair
    a.raw(b"x" * size + b"@t /quit" + b" " * size + b"/broadcast no\n")
    a.expect("error", code="line-too-long", tag=None)
    b.expect_nothing()
    a.expect_nothing()


@pytest.mark.requirement("R42")
def test_answer_to_the_longest_line_keeps_its_bound(pair, size):
    a, _ = pair
    a.tags.add("t" * 32)
    text = "x" * (size - 1 - len("@ /echo ") - 32)
    a.send(f"@{'t' * 32} /echo {text}")
    a.expect("echo", text, tag="t" * 32)


@pytest.mark.requirement("R86")
def test_limit_in_the_middle_of_a_character_is_not_bad_text(pair, size):
    a, _ = pair
    a.send("€" * size)
    a.expect("error", code="line-too-long")
    a.expect_nothing()
