"""The Lounge behind nginx, as docs/operate/web.md sets it up."""
import os
import re
import shutil
import subprocess
import urllib.request

import npm_packages
from certificates import Certificate
from chat_server import end_with_the_tests, free_port
from deadline import wait_until
from irc_client import IRC
from programs import PATH, PATIENCE, Installed, end

NGINX = """{user}
daemon off; pid {place}/pid; error_log stderr; events {{}}
http {{ access_log off;
  client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
{lines} }}"""
# The Lounge looks for news of itself when it starts; tests ask nobody but this host.
ONLY_THIS_HOST = """
const dns = require("dns"), lookup = dns.lookup;
dns.lookup = (name, options, done) => name === "127.0.0.1" ? lookup(name, options, done)
  : (done ?? options)(Object.assign(new Error("not in tests"), {code: "ENOTFOUND"}));
"""


def block(language):
    """What the page has in this language; the first, if it has several."""
    return re.search(rf"^```{language}\n(.*?)^```$", npm_packages.PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]


def replaced(text, replacements):
    """The text with each of these words, which it must have, replaced."""
    for word, replacement in replacements.items():
        assert word in text, f"{npm_packages.PAGE} does not say {word!r} any more"
        text = text.replace(word, str(replacement))
    return text


class Lounge(Installed):
    needs = ("nginx", "openssl")
    packages = ("thelounge",)

    def __init__(self, place, server):
        self.home, self.web = place / "home", place / "web"
        for directory in (self.home, self.home / "users", self.web):
            directory.mkdir()
        self.port, self.inner_port = free_port(()), free_port(())
        settings = replaced(block("js"), {"port: 9000": f"port: {self.inner_port}", "port: 6667": f"port: {server.port + IRC}"})
        (self.home / "config.js").write_text(settings, encoding="utf-8")
        (self.home / "only_this_host.cjs").write_text(ONLY_THIS_HOST, encoding="utf-8")
        self.environment = npm_packages.environment(THELOUNGE_HOME=str(self.home), NODE_OPTIONS=f"--require={self.home}/only_this_host.cjs")
        self.nginx = self.start_nginx(Certificate(place, "chat"))
        self.start()
        try:
            self.wait_until_it_serves()
        except BaseException:
            self.close()
            raise

    def command(self, *words):
        """The command of the unit's ExecStart=, with what is installed for the tests."""
        [line] = re.findall(r"^ExecStart=(.*) start$", block("ini"), re.MULTILINE)
        return [*replaced(line, {"/opt/thelounge": npm_packages.PLACE}).split(), *words]

    def start(self):
        self.process = subprocess.Popen(self.command("start"), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=end_with_the_tests)

    def start_nginx(self, certificate):
        lines = replaced(block("nginx"), {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl", "127.0.0.1:9000": f"127.0.0.1:{self.inner_port}",
            "/etc/letsencrypt/live/chat.example.org/fullchain.pem": certificate.path,
            "/etc/letsencrypt/live/chat.example.org/privkey.pem": certificate.path})
        (self.web / "conf").write_text(NGINX.format(place=self.web, lines=lines, user="user root;" if os.geteuid() == 0 else ""), encoding="utf-8")
        return subprocess.Popen([shutil.which("nginx", path=PATH), "-e", "stderr", "-p", self.web, "-c", self.web / "conf"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_the_tests)

    def wait_until_it_serves(self):
        def first_page():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.inner_port}/", timeout=PATIENCE) as page:
                    return page.read()
            except OSError:
                return None
        wait_until(first_page, "The Lounge serves its page", PATIENCE)

    @property
    def address(self):
        return f"https://127.0.0.1:{self.port}/"

    def add(self, name, password):
        subprocess.run(self.command("add", name, "--password", password, "--save-logs"), env=self.environment, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=PATIENCE, check=True)

    def wait_until_it_keeps(self, name, text):
        """It writes down some seconds later what somebody has entered."""
        file = self.home / "users" / f"{name}.json"
        wait_until(lambda: text in file.read_text(encoding="utf-8"), f"The Lounge keeps {text} of {name}", PATIENCE)

    def restart(self):
        end(self.process)
        self.start()
        self.wait_until_it_serves()

    def close(self):
        end(self.process)
        end(self.nginx)
