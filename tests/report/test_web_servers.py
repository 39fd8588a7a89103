"""The report on the web: the lines for web servers in README.Debian, tried with the servers that are installed."""
import base64
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from load_report import ROOT

PATIENCE = 20.0
README = (ROOT / "packaging" / "deb" / "chat-server.README.Debian").read_text(encoding="utf-8")
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def lines_for(server):
    """README.Debian's lines for this server."""
    found = re.search(rf"^{server}, in .*\n((?: .*\n)+?)(?=\S|\n)", README[README.index("on the web\n"):], re.MULTILINE)
    text = found[1]
    while not text.splitlines()[0].startswith("    "):
        text = text.partition("\n")[2]
    return text


def nginx(program, lines, port, place):
    (place / "conf").write_text(f"""{"user root;" if os.geteuid() == 0 else ""}
        daemon off; pid {place}/pid; error_log stderr; events {{}}
        http {{ access_log off; types {{ text/html html; image/png png; }}
          client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
          server {{ listen 127.0.0.1:{port}; {lines} }} }}""")
    return [program, "-e", "stderr", "-p", place, "-c", place / "conf"]


def lighttpd(program, lines, port, place):
    modules = Path(program).resolve().parents[1] / "lib" / "lighttpd"
    (place / "conf").write_text(f"""server.document-root = "{place}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\nserver.modules = ()
        index-file.names = ( "index.html" )\nmimetype.assign = ( ".html" => "text/html", ".png" => "image/png" )\n{lines}""")
    return [program, "-D", "-f", place / "conf", *(["-m", modules] if modules.is_dir() else [])]


def caddy(program, lines, port, place):
    hashed = subprocess.run([program, "hash-password", "--plaintext", "swordfish"], capture_output=True, text=True, check=True).stdout.strip()
    lines = lines.replace("NAME", "ann").replace("HASH", hashed)
    (place / "conf").write_text(f"{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n{lines}\n}}\n")
    return [program, "run", "--adapter", "caddyfile", "--config", place / "conf"]


def ask(port, path, user=None):
    """Returns status, type and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if user:
        request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, None, error.read()


SERVERS = {configure.__name__: configure for configure in (nginx, lighttpd, caddy)}
INSTALLED = {server: path for server in SERVERS if (path := shutil.which(server, path=PATH))}


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("server", SERVERS)
def test_there_are_lines_for_each_web_server(server):
    lines = lines_for(server)
    assert "/var/lib/chat/report" in lines and ("/etc/chat-report.users" in lines or server == "caddy")


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("server", INSTALLED or [pytest.param("none", marks=pytest.mark.skip(reason="needs nginx, lighttpd or caddy (Debian: nginx-light or lighttpd)"))])
def test_the_report_is_on_the_web_for_those_with_a_password(server, report_of_two, tmp_path):
    lines = lines_for(server).replace("/var/lib/chat/report", str(report_of_two)).replace("/etc/chat-report.users", str(tmp_path / "users"))
    assert str(report_of_two) in lines
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "swordfish"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "users").write_text(f"ann:{hashed}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = SERVERS[server](INSTALLED[server], lines, port, tmp_path)
    with open(tmp_path / "said", "wb") as said, subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                                                env={**os.environ, "HOME": str(tmp_path)}) as process:
        try:
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < end, (tmp_path / "said").read_text()
                    time.sleep(0.02)
            assert ask(port, "/chat-report/")[0] == ask(port, "/chat-report/index.html", "ann:wrong")[0] == ask(port, "/chat-report/traffic.csv")[0] == 401
            page = (report_of_two / "index.html").read_bytes()
            assert ask(port, "/chat-report/", "ann:swordfish") == (200, "text/html", page)
            assert ask(port, "/chat-report/load.png", "ann:swordfish") == (200, "image/png", (report_of_two / "load.png").read_bytes())
            assert b"SQLite" not in ask(port, "/chat-report/../chat.db", "ann:swordfish")[2]
        finally:
            process.terminate()
