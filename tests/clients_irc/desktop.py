"""HexChat on a screen that nobody sees."""
import os
import shutil
import subprocess

from chat_server import end_with_the_tests
from programs import CHANNEL, PATIENCE, Program, end

NOBODY = 65534      # the user "nobody"
SETTINGS = """version = 2.16.1
gui_slist_skip = 1
gui_win_width = 900
gui_win_height = 560
irc_nick1 = {nick}
irc_nick2 = {nick}_
irc_nick3 = {nick}__
irc_user_name = user
irc_real_name = {nick}
irc_logging = 1
irc_logmask = %n/%c.log
net_auto_reconnect = 0
net_throttle = 0
text_spell_check = 0
"""
# F: connect automatically, with the names above
NETWORKS = """v=2.16.1

N=chat
J={channel}
E=UTF-8
F=27
D=0
S=127.0.0.1/{port}
"""


class HexChat(Program):
    """What it shows is read from its log, and what is typed goes where the focus is."""
    needs = ("hexchat", "Xvfb", "xdotool")
    OPPED = r"gives channel operator status to {nick}"
    RENAMED = r"({old} is|You are) now known as {new}"
    display = None

    def start(self):
        # It asks root to confirm a warning first.
        self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        for name, text in (("hexchat.conf", SETTINGS), ("servlist.conf", NETWORKS)):
            (self.place / name).write_text(text.format(nick=self.nick, port=self.port, channel=CHANNEL), encoding="utf-8")
        if self.user:
            shutil.chown(self.place, NOBODY, NOBODY)
        self.display = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "900x560x24", "-nolisten", "tcp"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=end_with_the_tests, **self.user)
        number = self.display.stdout.readline().decode().strip()
        self.environment = {**os.environ, "DISPLAY": f":{number}", "DBUS_SESSION_BUS_ADDRESS": "disabled:", "HOME": str(self.place),
                            "XDG_CONFIG_HOME": str(self.place), "NO_AT_BRIDGE": "1", "LANG": "C.UTF-8"}
        self.run("hexchat", "-d", self.place, env=self.environment, **self.user)
        self.see(f"Now talking on {CHANNEL}")

    def shown(self):
        return self.read("*.log")

    def command(self, line):
        self.press("mousemove", "400", "300", "type", "--", line)
        self.press("key", "Return")

    def press(self, *words):
        subprocess.run(["xdotool", *words], env=self.environment, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True)

    def close(self):
        super().close()
        if self.display:
            end(self.display)
            self.display.stdout.close()
