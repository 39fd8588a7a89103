"""Fixtures for every test that talks to a running server."""
import pytest
from chat_server import Server


@pytest.fixture
def start_server(tmp_path):
    """A function that starts a server: start_server({"limits.max_clients": 100}). All of them are stopped and checked at the end."""
    servers = []

    def start(settings=None, state=None, **options):
        server = Server(state or tmp_path / f"state{len(servers)}", settings, **options)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def server(request, start_server):
    """A running server; `@pytest.mark.settings(limits__max_clients=100)` changes its settings."""
    marker = request.node.get_closest_marker("settings")
    return start_server({key.replace("__", "."): value for key, value in (marker.kwargs if marker else {}).items()})
