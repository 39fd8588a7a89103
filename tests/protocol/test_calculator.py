"""/calc: one + - * or / of two numbers, for many clients at once, shown on the server's side."""
import re
from threading import Thread

import pytest

pytestmark = pytest.mark.sanitized

SETTINGS = {"limits.max_clients": 100, "limits.lines_per_second": 0}


@pytest.fixture
def client(shared_server):
    client = shared_server.connect("Euclid")
    yield client
    client.send("/quit")
    client.wait_for("bye")      # from here on the next client is not notified of it
    client.close()


@pytest.mark.requirement("R45", "R47")
@pytest.mark.parametrize("line, value", [
    ("12 + 42", "54"), ("4.5 / -6", "-0.75"), ("3.24 - 3.24", "0"), (".5 * 2", "1"), ("1e5 - 1", "99999"), ("0 * -1", "0"), ("1e15 + 0", "1e15"),
    ("999999999999998 + 1", "999999999999999"), ("1 / 1000000", "0.000001"), ("0.1 + 0.2", "0.30000000000000004"), ("1 / 3", "0.3333333333333333")])
def test_result(client, line, value):
    client.send(f"/calc {line}")
    assert client.read().raw == f"result value={value} :{line} = {value}\n".encode()
    answer = client.ask(f"/calc {line}")
    assert (answer.kind, answer["value"], answer.text) == ("result", value, f"{line} = {value}")


@pytest.mark.requirement("R45")
def test_spaces_between_the_parts(client):
    assert client.ask("/calc 12    +  42").text == "12 + 42 = 54"


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("line", ["", "12", "12 +", "12 + 42 + 1", "12+42", "a + b", "0x10 + 1", "inf - 1", "1 + nan", "1 % 2", "12 42", "1,5 + 1", "1 + +2", "1e308 * 1e308", "1e999 - 1"])
def test_malformed_line_gets_a_warning(client, line):
    client.send(f"/calc {line}")
    warning = client.expect("error", code="bad-expression", tag=None)
    assert warning.text.startswith("Warning: ")
    answer = client.ask(f"/calc {line}")
    assert (answer.kind, answer["code"], answer.text) == ("error", "bad-expression", warning.text)
    client.expect_nothing()


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("line", ["1 / 0", "0 / 0", "4.5 / -0.0", "1 / 1e-400"])
def test_division_by_zero(client, line):
    client.send(f"/calc {line}")
    client.expect("error", code="divide-by-zero", tag=None)
    assert client.ask(f"/calc {line}")["code"] == "divide-by-zero"


@pytest.mark.requirement("R45")
def test_a_number_as_long_as_a_line(client):
    number = "1" * 4000
    answer = client.ask(f"/calc {number}e-4000 + 1")
    assert answer["value"] == "1.1111111111111112" and answer.text == f"{number}e-4000 + 1 = {answer['value']}"


@pytest.mark.requirement("R44", "R47", "R48")
@pytest.mark.own_server     # on a shared one, the entry may be one of those left out
def test_the_server_shows_each_calculation_and_the_end(server):
    client = server.connect("Ada")
    for _ in range(3):
        client.send("/calc 4.5 / -6")
        client.expect("result", "4.5 / -6 = -0.75", value="-0.75")
    server.wait_for_log(rf"Ada \({client.id}\) calculated 4\.5 / -6 = -0\.75")
    client.send("/quit q")
    client.expect("bye", "Session ended")
    client.expect_end()
    server.wait_for_log(rf"Ada \({client.id}\) at \S+ left: quit\. Session ended")
    assert len(re.findall(r"Ada .* calculated ", server.text())) == 3


@pytest.mark.requirement("R50")
def test_many_clients_at_once(shared_server):
    """Each of them gets its own answers, in its own order."""
    clients, failures = [shared_server.connect() for _ in range(20)], []

    def ask(number, client):
        try:
            client.raw(b"".join(b"@t%d /calc %d * %d\n" % (line, number, line) for line in range(100)))
            client.tags |= {f"t{line}" for line in range(100)}
            for line in range(100):
                answer = client.wait_for("result")
                assert (answer.tag, answer["value"]) == (f"t{line}", str(number * line)), answer
        except AssertionError as error:
            failures.append(error)

    threads = [Thread(target=ask, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert not failures, failures[0]


@pytest.mark.requirement("R44")
def test_the_session_continues_after_both_daemons_died(start_server):
    server = start_server()
    client = server.connect("Ada")
    assert client.ask("/calc 1 + 1")["value"] == "2"
    server.kill("acceptor", "delivery")
    assert client.ask("/calc 2 + 2")["value"] == "4"
    assert client.ask("/whoami")["name"] == "Ada"
