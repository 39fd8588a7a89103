"""Fixtures for every test that talks to a running server."""
import subprocess
from contextlib import ExitStack

import builds
import pytest
from chat_server import Server
from server_pool import ServerPool

FAILED = pytest.StashKey[bool]()
SMALL = {"limits.queue_mib": 1}     # the queue is 16 of the 19 MiB that a server takes in /dev/shm


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    builds.choose(item)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or outcome.get_result().failed


def pytest_report_header():
    return f"programs with sanitizers: {builds.SANITIZED}, without: {builds.RELEASE}"


@pytest.fixture
def start_server(tmp_path):
    """A function that starts a server: start_server({"limits.max_clients": 100}); a setting of None keeps the server's
    default. All of them are stopped and checked at the end."""
    with ExitStack() as at_the_end:
        numbers = iter(range(1000))

        def start(settings=None, state=None, **options):
            settings = {key: value for key, value in {**SMALL, **(settings or {})}.items() if value is not None}
            server = Server(state or tmp_path / f"state{next(numbers)}", settings, **options)
            at_the_end.callback(server.close)
            return server.start()

        yield start


@pytest.fixture(scope="session")
def server_pool(tmp_path_factory):
    pool = ServerPool(lambda: tmp_path_factory.mktemp("server"))
    yield pool
    pool.close()


@pytest.fixture
def lend_server(request, server_pool):
    """A function that lends a running server with these settings, which other tests may have used before."""
    with ExitStack() as at_the_end:
        def lend(settings):
            marker = request.node.get_closest_marker("shares_server")
            server = server_pool.lend({**SMALL, **settings}, request.node.nodeid, may_kill=bool(marker and marker.kwargs.get("kills_daemons")))
            at_the_end.callback(lambda: server_pool.take_back(server, request.node.stash.get(FAILED, False)))
            return server

        yield lend


@pytest.fixture
def server(request, start_server, lend_server):
    """A running server; `@pytest.mark.settings(limits__max_clients=100)` changes its settings. It belongs to this test
    alone, unless the test or its file is marked `shares_server` and the test is not marked `own_server`: then it is a
    shared one."""
    marker = request.node.get_closest_marker("settings")
    settings = {key.replace("__", "."): value for key, value in (marker.kwargs if marker else {}).items()}
    is_shared = request.node.get_closest_marker("shares_server") and not request.node.get_closest_marker("own_server")
    return (lend_server if is_shared else start_server)(settings)


@pytest.fixture(scope="module")
def shared_server(request, tmp_path_factory):
    """One server for all tests of a file, with the settings in its SETTINGS; each test leaves only closed connections
    behind."""
    server = Server(tmp_path_factory.mktemp("shared") / "state", {**SMALL, **getattr(request.module, "SETTINGS", {})})
    server.is_shared = True
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def small_disk(tmp_path):
    """A function that mounts a file system of that size; unmounted at the end. Request it before a server that uses
    it."""
    mounted = []

    def mount(size, options=""):
        path = tmp_path / f"disk{len(mounted)}"
        path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700{options}", "tmpfs", str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount: {done.stderr.strip()}")
        mounted.append(path)
        return path
    yield mount
    for path in mounted:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture(autouse=True)
def nothing_survives_a_failed_test():
    """Ends the servers that a failed test has left running."""
    yield
    Server.end_all()
