"""Requests to chat-hook: which are refused, and that nothing gets into the chat before it is known to be allowed."""
import hashlib
import hmac
import socket
import time
from base64 import b64encode

import pytest
from deadline import wait_until
from running_hook import TOKEN, read_response

pytestmark = pytest.mark.shares_server


def is_silent(listener):
    """The room has heard nothing from a hook."""
    return [line for line in listener.drain() if line.kind == "message"] == []


def test_a_text_is_in_the_room_before_it_is_accepted(hook, listener, texts):
    response = hook.text("disk is full")
    assert response.status == 202 and response.json["messages"] == 1
    message = listener.wait_for("message")
    assert (message["name"], message["to"], message.text) == ("hook", "room:ops", "disk is full")
    assert response.json["ids"] == [int(message["id"])]


def test_the_token_comes_in_one_of_four_ways(hook, listener, texts):
    signature = hmac.new(TOKEN.encode(), b"four", hashlib.sha256).hexdigest()
    assert hook.text("one").status == 202
    assert hook.text("two", token=None, X_Token=TOKEN).status == 202
    assert hook.text("three", token=None, Authorization="Basic " + b64encode(b"anybody:" + TOKEN.encode()).decode()).status == 202
    assert hook.text("four", token=None, X_Hub_Signature_256=f"sha256={signature}").status == 202
    assert texts(listener, 4) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}, {"X-Token": TOKEN[:-1]},
    {"Authorization": "Basic %%%"}, {"Authorization": "Basic " + b64encode(TOKEN.encode()).decode()}, {"X-Hub-Signature-256": "sha256="}, {"X-Hub-Signature-256": "sha256=" + "0" * 64},
    {"Authorization": f"Bearer {TOKEN}", "X-Hub-Signature-256": "sha256=" + "0" * 64}, {"X-Token": "ü" * 20}, {"Cookie": TOKEN},
])
def test_without_the_right_token_nothing_is_written(hook, listener, headers):
    response = hook.post("hello", kind="text/plain", token=None, **headers)
    assert (response.status, response.error) == (401, "unauthorized") and response.headers["WWW-Authenticate"] == "Bearer"
    assert is_silent(listener)
    hook.close()
    assert hook.about_requests() and TOKEN not in hook.log()


def test_a_token_is_for_its_hook_alone(start_hook, server, listener):
    hook = start_hook(server.port, '[hooks.ops]\nroom = "ops"\n[hooks.lab]\nroom = "lab"\n', tokens={"ops": TOKEN, "lab": "another-token-of-the-lab"})
    assert hook.text("hello", path="/lab").status == 401
    assert hook.text("hello", path="/ops", token="another-token-of-the-lab").status == 401
    assert hook.text("hello", path="/lab", token="another-token-of-the-lab").status == 202
    assert is_silent(listener)


@pytest.mark.parametrize("path", ["/", "/nothing", "/ops/", "/OPS", "ops", "//ops", "/../ops", "/%6fps"])
def test_a_path_that_names_no_hook(hook, listener, path):
    assert hook.text("hello", path=path).status in (404, 400)
    assert is_silent(listener)


def test_the_query_and_the_host_of_a_path_do_not_matter(hook, listener, texts):
    assert hook.text("one", path="/ops?from=here").status == 202
    assert hook.text("two", path="http://chat.example.org/ops").status == 202
    assert texts(listener, 2) == ["one", "two"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(hook, method):
    response = hook.text("hello", method=method)
    assert (response.status, response.error, response.headers["Allow"]) == (405, "method-not-allowed", "POST")


@pytest.mark.parametrize("kind", ["image/png", "application/xml", "multipart/form-data; boundary=x", "text/html"])
def test_other_types_are_refused(hook, kind):
    assert (response := hook.post("hello", kind=kind)).status == 415 and response.error == "unsupported-type"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(hook):
    with hook.connect() as peer:
        peer.sendall(f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nContent-Length: {(1 << 20) + 1}\r\n\r\n".encode())
        assert read_response(peer).status == 413


def test_chunks_that_are_too_much_together_are_refused(hook, listener):
    head = f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert hook.raw(head + (b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 17).status == 413
    assert hook.raw(head + b"fffffff\r\n").status == 413
    assert is_silent(listener)


def test_a_chunk_that_is_too_much_with_those_before_is_not_read(start_hook, server):
    hook = start_hook(server.port, settings="max_body_kib = 100")
    head = f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    first = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert hook.raw(head + first + b"9001\r\n").status == 413     # answered, although nothing of it comes
    assert hook.raw(head + first + b"9000\r\n", end=True).error == "bad-request"


def test_a_body_in_chunks(hook, listener, texts):
    head = f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n".encode()
    assert hook.raw(head + b"5;extension=1\r\ndisk \r\n3\r\nis \r\n4\r\nfull\r\n0\r\nTrailer: x\r\n\r\n").status == 202
    assert texts(listener, 1) == ["disk is full"]


def test_a_body_that_waits_for_100_continue(hook, listener, texts):
    with hook.connect() as peer:
        peer.sendall(f"POST /ops HTTP/1.1\r\nX-Token: {TOKEN}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
        assert peer.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b"hello")
        assert read_response(peer).status == 202
    with hook.connect() as peer:
        peer.sendall(b"POST /ops HTTP/1.1\r\nX-Token: wrong\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert read_response(peer).status == 401
    assert texts(listener, 1) == ["hello"]


AUTHORISED = f"X-Token: {TOKEN}\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize("request_bytes", [
    "nonsense\r\n\r\n", "POST /ops HTTP/2\r\n\r\n", "POST  /ops HTTP/1.1\r\n\r\n", "POST /ops HTTP/1.1\r\nNo header\r\n\r\n", "\r\n\r\n",
    f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: -1\r\n\r\n",
    f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 0x5\r\n\r\nhello", f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    f"POST /ops HTTP/1.1\r\n{AUTHORISED}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", f"POST /ops HTTP/1.1\r\n{AUTHORISED}Transfer-Encoding: chunked\r\n\r\nno number\r\n",
    f"POST /ops HTTP/1.1\r\n{AUTHORISED}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", f"POST /ops HTTP/1.1\r\n{AUTHORISED}X: {'x' * 20_000}\r\n\r\n",
    f"POST /ops HTTP/1.1\r\nX: a\r\n continued\r\n{AUTHORISED}\r\n\r\n", f"POST /ops HTTP/1.1\r\n{AUTHORISED}X-Token: other\r\n\r\n", f"POST /ops HTTP/1.1\r\n{AUTHORISED}Nul: \0\r\n\r\n",
])
def test_what_is_not_a_proper_request_is_refused(hook, listener, request_bytes):
    assert hook.raw(request_bytes.encode(), end=True).status == 400
    assert is_silent(listener)


@pytest.mark.parametrize("end", ["\0", "\r", "\n"], ids=["nul", "cr", "lf"])
def test_a_header_of_many_blanks_does_not_hold_up_the_service(hook, listener, texts, end):
    """The time to check a header grows with its length, and no faster."""
    assert hook.raw(f"POST /ops HTTP/1.1\r\nX:{' ' * 15_000}{end}x\r\n\r\n".encode()).status == 400
    assert hook.text("hello").status == 202
    assert texts(listener, 1) == ["hello"]


def test_blanks_around_the_value_of_a_header_do_not_matter(hook, listener, texts):
    assert hook.raw(f"POST /ops HTTP/1.1\r\nX-Token:{' ' * 5_000}{TOKEN}\t{' ' * 5_000}\r\nContent-Type:text/plain\r\nContent-Length:\t5\r\n\r\nhello".encode()).status == 202
    assert texts(listener, 1) == ["hello"]


def test_a_request_that_ends_too_early_is_not_written(hook, listener, texts):
    assert hook.raw(f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 50\r\n\r\nhello".encode(), end=True).status == 400
    with hook.connect() as peer:
        peer.sendall(f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 50\r\n\r\nhello".encode())
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert hook.text("after").status == 202
    assert texts(listener, 1) == ["after"] and is_silent(listener)


def test_a_slow_request_is_given_up_and_others_are_served_meanwhile(hook, listener, texts):
    with hook.connect() as slow:
        begin = time.monotonic()
        slow.sendall(f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 500\r\n\r\n".encode())
        assert hook.text("hello").status == 202
        assert texts(listener, 1) == ["hello"]
        slow.settimeout(0.2)
        response = b""
        while not response:     # a byte now and then does not prolong it
            slow.sendall(b"x")
            try:
                response = slow.recv(65536)
            except TimeoutError:
                assert time.monotonic() - begin < 60
    assert response.startswith(b"HTTP/1.1 408 ")
    assert is_silent(listener)


def test_too_many_connections_at_once_are_refused_and_then_served_again(hook, listener, texts):
    idle = [hook.connect() for _ in range(64)]
    for peer in idle:
        peer.sendall(b"POST")
    statuses = [hook.text("hello").status]
    assert statuses == [503]
    for peer in idle:
        peer.close()
    while statuses[-1] == 503:
        statuses.append(hook.text("hello").status)
    assert statuses[-1] == 202 and texts(listener, 1) == ["hello"]
    assert (None, 503) in [(entry["hook"], entry["status"]) for entry in hook.about_requests()]


def test_what_is_logged_has_neither_texts_nor_tokens(hook, listener):
    hook.text("a secret text")
    hook.text("a secret text", token="a-wrong-token")
    hook.post("{}")
    hook.github("push", {"ref": "secret"})
    entries = wait_until(lambda: len(found := hook.about_requests()) >= 4 and found, "the entries")
    assert [(entry["hook"], entry["status"], entry["peer"]) for entry in entries] == [("ops", status, "127.0.0.1") for status in (202, 401, 400, 202)]
    assert not any(word in hook.log() for word in ("secret", TOKEN, "a-wrong-token"))


def test_requests_do_not_flood_the_log(hook):
    begin = time.monotonic()
    for _ in range(200):
        assert hook.text("hello", path="/nothing").status == 404
    most = 50 + 10 * (time.monotonic() - begin) + 1
    hook.close()
    entries = hook.about_requests()
    assert 50 <= len(entries) <= most


def test_a_request_that_waits_is_answered_when_the_service_stops(start_hook, server):
    hook = start_hook(server.port)
    with hook.connect() as peer:
        peer.sendall(f"POST /ops HTTP/1.1\r\n{AUTHORISED}Content-Length: 5\r\n\r\n".encode())
        assert hook.text("before").status == 202     # so the other one is being read
        hook.process.terminate()
        peer.sendall(b"hello")
        assert read_response(peer).status == 202
    hook.close()
