"""Clients with an account that leave and come back."""

PASSWORD = "correct-horse-battery"
OPEN = {"accounts.register": '"open"', "limits.max_clients": 20, "limits.max_per_address": 20, "limits.lines_per_second": 0}


def away(server, name="Robin"):
    """Registers an account and leaves."""
    client = server.connect(name)
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    watcher = server.connect()
    client.send("/quit")
    watcher.wait_for("offline", id=client.id)
    watcher.close()


def log_in(server, name="Robin", **options):
    """Logs in; returns the client and its `account` line. The kept messages follow."""
    client = server.connect_raw(**options)
    client.id = client.expect("welcome")["id"]
    client.send(f"/login {name} {PASSWORD}")
    account = client.wait_for("account", name=name)
    client.expect("renamed", id=client.id, name=name, account="yes")
    return client, account
