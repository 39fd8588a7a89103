"""The servers that tests share: lent again while they are healthy, and discarded after a failure, which counts for the
test that used them."""
import os
import signal

import pytest
from deadline import wait_until
from server_pool import MOST_IDLE, ServerPool


@pytest.fixture
def pool(tmp_path):
    numbers = iter(range(1000))

    def new_directory():
        directory = tmp_path / f"server{next(numbers)}"
        directory.mkdir()
        return directory
    pool = ServerPool(new_directory)
    yield pool
    pool.close()


def test_the_same_server_is_lent_again_and_nobody_is_on_it(pool):
    server = pool.lend({}, "one")
    server.people("Batman", "Robin")
    pool.take_back(server, False)
    assert pool.lend({}, "two") is server and server.connected() == [] and server.tests == ["one", "two"]
    other = pool.lend({"limits.max_clients": 7}, "three")
    assert other is not server and other.connect().welcome["limit"] == "7"
    for each in (server, other):
        pool.take_back(each, False)


def test_after_a_failed_test_it_is_thrown_away(pool):
    server = pool.lend({}, "one")
    pool.take_back(server, True)
    assert server.process is None and not server.segment.exists()
    other = pool.lend({}, "two")
    assert other is not server
    pool.take_back(other, False)


def test_a_daemon_that_has_died_is_the_failure_of_the_test_that_had_it(pool):
    server = pool.lend({}, "one")
    server.kill("delivery")
    with pytest.raises(AssertionError, match="a daemon has died"):
        pool.take_back(server, False)
    assert server.process is None and pool.idle == {}
    server = pool.lend({}, "two", may_kill=True)
    server.kill("delivery")
    pool.take_back(server, False)
    assert pool.lend({}, "three") is server
    os.kill(server.process.pid, signal.SIGTERM)
    wait_until(lambda: server.process.poll() is not None, "the end of the server")
    with pytest.raises(AssertionError, match="the server has ended"):
        pool.take_back(server, False)


def test_the_pool_keeps_a_limited_number(pool):
    servers = [pool.lend({"limits.burst": 100 + number}, "one") for number in range(MOST_IDLE + 2)]
    for server in servers:
        pool.take_back(server, False)
    assert [server.process is None for server in servers] == [True] * 2 + [False] * MOST_IDLE
