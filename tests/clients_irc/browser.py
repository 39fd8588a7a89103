"""A real browser without a screen: Chromium, driven by the WebDriver protocol (W3C)."""
import base64
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from chat_server import end_with_the_tests
from deadline import wait_until
from programs import PATIENCE, Installed, end

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"     # WebDriver's name for a reference to an element
# It asks nobody but this host.
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-proxy-server",
             "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
ENTER = "\ue007"


class NotThere(Exception):
    """There is no such element, or it is not there any more, or cannot be used yet."""


class Browser(Installed):
    needs = ("chromedriver", "chromium")

    def __init__(self, place, width=1000, height=640):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       preexec_fn=end_with_the_tests, text=True)
        line = next(line for line in self.driver.stdout if "started successfully on port" in line)
        self.place = f"http://127.0.0.1:{line.rpartition('port ')[2].strip().rstrip('.')}"
        self.session, self.mark = "", f"--user-data-dir={place}"
        try:
            self.begin(width, height)
        except BaseException:
            self.close()
            raise

    def begin(self, width, height):
        options = {"args": [*ARGUMENTS, self.mark, f"--window-size={width},{height}"]}
        answer = self.ask("POST", "", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}})
        self.session = "/" + answer["sessionId"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"{self.place}/session{self.session}{path}", method=method,
                                         data=json.dumps(body or {}).encode() if method == "POST" else None)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            what = json.load(error)["value"]
            if what["error"] in ("no such element", "stale element reference", "element not interactable", "element click intercepted"):
                raise NotThere(what["message"].partition("\n")[0]) from None
            raise AssertionError(what["message"]) from None

    # ── as a person would ──
    def open(self, address):
        self.ask("POST", "/url", {"url": address})

    def reload(self):
        self.ask("POST", "/refresh")

    def click(self, selector):
        self._do("click", selector)

    def fill(self, selector, text):
        """Replaces what a field has."""
        self._do("clear", selector)
        self.type(selector, text)

    def type(self, selector, text):
        self._do("value", selector, text=text)

    def text(self, selector="body"):
        """The visible text of the first such element; empty if there is none."""
        try:
            return self.ask("GET", f"/element/{self._find(selector)}/text")
        except NotThere:
            return ""

    def see(self, text, selector="body"):
        try:
            wait_until(lambda: text in self.text(selector), "", PATIENCE)
        except AssertionError:
            raise AssertionError(f"the page does not show {text!r} but\n{self.text()}") from None

    def picture(self):
        """What is seen, as PNG."""
        return base64.b64decode(self.ask("GET", "/screenshot"))

    def _find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def _do(self, action, selector, **body):
        """Once there is such an element and it can be used."""
        def done():
            try:
                self.ask("POST", f"/element/{self._find(selector)}/{action}", body)
            except NotThere:
                return False
            return True
        try:
            wait_until(done, "", PATIENCE)
        except AssertionError:
            raise AssertionError(f"cannot {action} {selector} on the page\n{self.text()}") from None

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            end(self.driver)
            self.driver.stdout.close()
            for process in self.left_behind():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def left_behind(self):
        """Processes of the browser, which outlive a driver that ends early."""
        for directory in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self.mark.encode() in (directory / "cmdline").read_bytes().split(b"\0"):
                    yield int(directory.name)
