"""A certificate of the person's own, which logs in by TLS without a password."""
import subprocess

import pytest
from certificates import Certificate, openssl
from deadline import PATIENCE, wait_until
from history_pages import PASSWORD


@pytest.fixture(autouse=True)
def settings_decide(monkeypatch):
    """As for people: TLS is automatic."""
    monkeypatch.delenv("CHAT_TLS")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One file with key and certificate."""
    certificate = Certificate(tmp_path_factory.mktemp("certificates"), "Robin")
    certificate.path.chmod(0o600)
    return certificate


@pytest.fixture
def server(start_server, monkeypatch):
    server = start_server({"accounts.register": '"open"'}, front="tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.state / "tls" / "server.pem"))
    return server


def says(window, words):
    wait_until(lambda: any(words in line for line in window.lines()), f"{words!r}; it is {window.lines()[-6:]}")


def leave(window):
    window.enter("/quit")
    assert window.wait_for_end()[0] == 0


def register(window):
    says(window, "Robin has joined")
    window.enter("/register")
    for question in ("New password:", "New password again:"):
        wait_until(lambda: window.lines()[-1] == question, question)
        window.enter(PASSWORD)
    says(window, "The name Robin is yours now.")


@pytest.mark.requirement("N09")
def test_a_certificate_logs_in_without_a_password(open_window, server, made):
    where = (server.port + 697, "--certificate", str(made.path), "--name", "Robin")
    window = open_window(*where, width=110)
    register(window)
    says(window, "/certificate add lets your certificate log in from now on, without the password.")
    window.enter("/certificate add")
    leave(window)
    window = open_window(*where, width=110)
    says(window, "You are logged in as Robin.")
    says(window, "Robin has joined")
    assert not any("Password" in line for line in window.lines())
    leave(window)


def test_a_key_in_another_file_and_the_settings(open_window, program, server, made, tmp_path):
    key, certificate = made.path.parent / "key.pem", made.path.parent / "certificate.pem"
    key.chmod(0o600)
    robin = server.connect_tls("Robin", context=context_with(server, made))
    assert robin.ask(f"/register {PASSWORD}").kind == "account" and robin.ask("/certificate add").kind == "ok"
    robin.close()
    where = ["--server", f"127.0.0.1:{server.port + 697}"]
    batman = server.connect("Batman")
    options = ["send", *where, "--certificate", str(certificate), "--key", str(key), "--name", "Robin", "Batman", "hello"]
    assert run(program, *options) == (0, [])
    assert batman.wait_for("message", account="yes")["name"] == "Robin"
    settings = tmp_path / "client.toml"
    settings.write_text(f'name = "Robin"\ncertificate = "{certificate}"\nkey = "{key}"\ntimestamps = false\n')
    window = open_window(server.port + 697, "--tls", "--config", str(settings), width=110)
    says(window, "You are logged in as Robin.")
    leave(window)
    # Without TLS it is of no use: it is not even read.
    settings.write_text('name = "Joker"\ncertificate = "/nowhere"\n')
    window = open_window(server.port, "--tls=false", "--config", str(settings), width=110)
    says(window, "Joker has joined")


def context_with(server, certificate):
    context = server.tls_context()
    context.load_cert_chain(certificate.path)
    return context


def run(program, *words):
    done = subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.stdout == "", done.stdout
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def wrong(made, tmp_path):
    """Files that cannot be used, by their title, and why."""
    def file(name, text, mode=0o600):
        path = tmp_path / name
        path.write_text(text)
        path.chmod(mode)
        return path
    whole = made.path.read_text()
    secret = tmp_path / "encrypted"
    openssl("pkey", "-in", made.path, "-aes256", "-passout", "pass:secret", "-out", secret)
    secret.chmod(0o600)
    other = Certificate(tmp_path, "other").path
    other.chmod(0o600)
    return {
        "absent": ([tmp_path / "absent"], "No such file or directory"),
        "a directory": ([tmp_path], "there is no certificate in PEM format in it"),
        "empty": ([file("empty", "")], "there is no certificate in PEM format in it"),
        "without key": ([made.path.parent / "certificate.pem", file("no-key", "hello\n")], "there is no private key in PEM format in it"),
        "for others": ([file("loose", whole, 0o640)], "others can read this file"),
        "with a passphrase": ([made.path, secret], "the key needs a passphrase"),
        "of another": ([made.path, other], "the key does not belong to the certificate"),
    }


@pytest.mark.parametrize("title", ["absent", "a directory", "empty", "without key", "for others", "with a passphrase", "of another"])
def test_files_that_cannot_be_used(program, wrong, title):
    (certificate, *key), problem = wrong[title]
    status, errors = run(program, "who", "--certificate", str(certificate), *(["--key", str(key[0])] if key else []), "--name", "Robin")
    assert status == 2 and len(errors) == 1, errors
    assert errors[0].startswith(f"chat-client: {(key or [certificate])[0]}: {problem}"), errors


@pytest.mark.parametrize("options, problem", [
    (["--certificate", "FILE", "--tls=false"], "--certificate: needs TLS"), (["who", "--certificate", "FILE", "--tls=false"], "--certificate: needs TLS"), (["who", "--key", "FILE"], "needs --certificate"),
    (["--certificate", ""], "--certificate"), (["who", "--certificate", ""], "--certificate"), (["send", "--certificate", "FILE", "--key", "", "all", "x"], "--key")])
def test_options_that_do_not_go_together(program, made, options, problem):
    status, errors = run(program, *(str(made.path) if word == "FILE" else word for word in options))
    assert status == 2 and problem in errors[0], errors
