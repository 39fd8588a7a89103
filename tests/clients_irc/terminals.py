"""Real IRC clients in a terminal of tmux: irssi, WeeChat (also without a screen) and catgirl."""
import subprocess
import sys
from pathlib import Path

from deadline import wait_until
from programs import CHANNEL, PATIENCE, Program

sys.path.append(str(Path(__file__).resolve().parents[1] / "client"))

from window import Window  # noqa: E402 (of tests/client)

IRSSI = """
servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "chat"; autoconnect = "yes"; use_tls = "no"; }});
chatnets = {{ chat = {{ type = "IRC"; nick = "{nick}"; }}; }};
channels = ({{ name = "{channel}"; chatnet = "chat"; autojoin = "yes"; }});
settings = {{
  core = {{ real_name = "{nick}"; user_name = "user"; nick = "{nick}"; }};
  "irc/core" = {{ cmd_queue_speed = "10msec"; }};
  "fe-common/core" = {{
    autolog = "yes"; autolog_path = "{place}/logs/$tag/$0.log"; autolog_level = "all"; show_nickmode_empty = "no";
  }};
}};
"""
WEECHAT = (
    "/set logger.file.flush_delay 0", "/set logger.file.path {place}/logs", "/set irc.look.smart_filter off", "/set fifo.file.path {place}/fifo",
    "/set weechat.look.paste_max_lines -1", "/set weechat.startup.display_version off", "/set weechat.startup.display_logo off",
    "/server add chat 127.0.0.1/{port} -notls -nicks={nick} -username=user -realname={nick} -autojoin={channel}",
    "/set irc.server.chat.ssl off", "/set irc.server.chat.capabilities *", "/set irc.server.chat.autoreconnect off", "/set irc.server.chat.anti_flood_prio_high 0", "/connect chat",
)


class InTerminal(Program):
    """A client in a terminal of its own; what it shows is read from its log."""
    width, height = 100, 24
    window = None

    def run_in_terminal(self, *command, **environment):
        (self.place / "tmux").mkdir()
        noting_its_id = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', self.place / "pid"]
        self.window = Window(self.place / "tmux", [*noting_its_id, *command], self.width, self.height, environment={"HOME": self.place, "LANG": "C.UTF-8", **environment})

    def command(self, line):
        self.window.enter(line)

    def screen(self):
        return "\n".join(self.window.lines())

    def close(self):
        """Returns when it has ended, as it writes files until then."""
        if self.window is None:
            return
        wait_until((self.place / "pid").exists, "the client was started", PATIENCE)
        self.window.close()
        process = Path("/proc") / (self.place / "pid").read_text().strip()
        wait_until(lambda: not process.exists(), "the client has ended", PATIENCE)


class Irssi(InTerminal):
    needs = ("irssi", "tmux")
    OPPED = r"mode/#films \[\+o {nick}\]"
    RENAMED = r"({old} is|You're) now known as {new}"

    def start(self):
        (self.place / "config").write_text(IRSSI.format(port=self.port, nick=self.nick, channel=CHANNEL, place=self.place), encoding="utf-8")
        self.run_in_terminal("irssi", f"--home={self.place}")
        self.see(f"{self.nick}.*has joined")
        self.window.press("M-2")
        wait_until(lambda: f"[{CHANNEL}]" in self.screen(), "irssi shows the channel", PATIENCE)

    def shown(self):
        return self.read("*.log")


class WeeChat(InTerminal):
    needs = ("weechat", "tmux")
    GONE = r"irc: (disconnected|reconnecting|connection)"
    OPPED = r"Mode #films \[\+o {nick}\]"
    RENAMED = r"({old} is|You are) now known as {new}"

    def configuration(self):
        commands = [line.format(port=self.port, nick=self.nick, channel=CHANNEL, place=self.place) for line in WEECHAT]
        return ["-d", self.place, *(part for command in commands for part in ("-r", command))]

    def start(self):
        self.run_in_terminal("weechat", *self.configuration())
        wait_until(lambda: f"2:{CHANNEL}" in self.screen(), "WeeChat shows the channel", PATIENCE)

    def shown(self):
        return self.read("*.weechatlog")


class WeeChatHeadless(WeeChat):
    """WeeChat without a screen, which reads commands from a pipe."""
    needs = ("weechat-headless",)

    def start(self):
        self.run("weechat-headless", *self.configuration())
        wait_until((self.place / "fifo").exists, "WeeChat has its pipe", PATIENCE)
        self.see(rf"\t.*{self.nick}.* has joined")

    def command(self, line):
        with open(self.place / "fifo", "w", encoding="utf-8") as fifo:
            fifo.write(f"irc.chat.{CHANNEL} *{line}\n")

    def close(self):
        Program.close(self)


class Catgirl(InTerminal):
    """It speaks only TLS, and trusts a certificate that it was given."""
    needs = ("catgirl", "tmux", "haproxy", "openssl")
    tls = True
    OPPED = r"sets @{nick} \+o"
    RENAMED = r"{old} is now known as {new}"

    def start(self):
        trusted = self.place / "server.pem"
        trusted.write_text(subprocess.run(["openssl", "x509", "-in", self.server.state / "tls" / "server.pem"], capture_output=True, text=True, check=True).stdout)
        (self.place / "data").mkdir()
        self.run_in_terminal("catgirl", "-R", "-l", "-t", trusted, "-h", "127.0.0.1", "-p", self.port, "-n", self.nick, "-j", CHANNEL,
                             XDG_DATA_HOME=self.place / "data", XDG_CONFIG_HOME=self.place / "configuration")
        wait_until(lambda: CHANNEL in self.screen(), "catgirl shows the channel", PATIENCE)

    def shown(self):
        return self.read("*.log")
