"""The measured servers, each in its own directory, on 127.0.0.1, bound to one processor: ours with and without the log,
a bare relay, and peers from Debian's packages with flood protection, DNS and ident off.
"""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CHAT_BUILD", ROOT / "build" / "bench")).resolve()
PATIENCE = 20       # seconds until a server serves
TLS = 697           # from the port of chat to that for TLS
IRC = 1667          # to that for IRC
IRC_TLS = 1697      # to that for IRC over TLS
SERVER_CPU = os.environ.get("CHAT_BENCH_SERVER_CPU", "0")
LOAD_CPU = os.environ.get("CHAT_BENCH_LOAD_CPU", "1" if (os.cpu_count() or 1) > 1 else "0")


def bound_to(processor):
    return ["taskset", "-c", processor]


def free_port():
    """A port below the ephemeral range that is free now, like the others that chat-standalone uses."""
    while True:
        port = random.randrange(20000, 31000, 2)
        try:
            for number in (*range(port, port + 5), port + TLS, port + TLS + 1, port + IRC, port + IRC_TLS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue


def cpu_seconds(pid):
    """CPU time of all threads of a process, to the nanosecond: the clock of clock_getcpuclockid(3)."""
    return time.clock_gettime(~pid << 3 | 2)


def make_certificate(directory):
    """Paths of a certificate and its key, of the same kind as those of chat-standalone."""
    certificate, key = str(directory / "server.pem"), str(directory / "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    os.chmod(key, 0o644)        # a server may give up its rights before it reads it
    return certificate, key


class Server:
    """What all servers share: `name`, `dialect`, `port`, `pids`. A context manager."""
    dialect = "chat"
    program = None      # as found in PATH; None: always there
    tls = False         # whether clients speak TLS on `port`
    at_once = 256       # concurrent logins: as many as its listening socket can queue, and enough to show its speed

    def __init__(self, directory, clients):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.clients = clients
        self.port = free_port()
        self.process = None

    @classmethod
    def is_there(cls):
        return cls.program is None or shutil.which(cls.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        output = open(self.directory / "output", "wb")
        self.process = subprocess.Popen(bound_to(SERVER_CPU) + self.command(), stdout=subprocess.PIPE if self.says_ready else output, stderr=output,
                                        cwd=self.directory, start_new_session=True)
        output.close()
        self.wait_until_ready()
        self.pids = self.find_pids()
        return self

    says_ready = False

    def wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        sys.exit(f"{self.name} does not start: {(self.directory / 'output').read_text(errors='replace')}")

    def find_pids(self):
        return [self.process.pid]

    def __exit__(self, *exception):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in self.pids)

    def memory_kib(self):
        """Proportional share of all memory, including shared memory."""
        total = 0
        for pid in self.pids:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total


class Chat(Server):
    name, log = "chat, log off", "false"
    says_ready = True

    def command(self):
        settings = {"limits.max_clients": self.clients, "limits.lines_per_second": 0, "limits.announce_up_to": 0, "log.messages": self.log,
                    "limits.queue_mib": 64, "limits.outbox_kib": 4096}
        return ["/usr/bin/python3", str(ROOT / "packaging/standalone/chat-standalone"), "--build", str(BUILD), "--port", str(self.port), "--state",
                str(self.directory / "state"), *(part for item in settings.items() for part in ("--set", "=".join(map(str, item))))]

    def wait_until_ready(self):
        for line in self.process.stdout:
            if line.strip() == b"ready":
                return
        sys.exit(f"{self.name} does not start: {(self.directory / 'output').read_text(errors='replace')}")

    def find_pids(self):
        return [int((self.directory / "state" / f"{daemon}.pid").read_text()) for daemon in ("acceptor", "delivery")]


class ChatWithLog(Chat):
    name, log = "chat, log on", "true"


def processes_below(pid):
    """The process and all that it started."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in processes_below(int(child)))]


class ChatOverTls(Chat):
    """With HAProxy, which has the certificate and decrypts."""
    name, tls = "chat over TLS, log off", True

    def command(self):
        return [*super().command(), "--tls"]

    def wait_until_ready(self):
        super().wait_until_ready()
        self.port += TLS

    def find_pids(self):
        return super().find_pids() + processes_below(int((self.directory / "state" / "tls.pid").read_text()))


class ChatOverTlsWithLog(ChatOverTls):
    name, log = "chat over TLS, log on", "true"


class ChatForIrc(Chat):
    """With clients that speak IRC: the same bytes as to the IRC servers."""
    name, dialect = "chat for IRC, log off", "irc"

    def wait_until_ready(self):
        super().wait_until_ready()
        self.port += IRC


class ChatForIrcWithLog(ChatForIrc):
    name, log = "chat for IRC, log on", "true"


class BareRelay(Server):
    name, dialect = "bare relay", "bare"
    says_ready = True

    def command(self):
        return [str(BUILD / "tools" / "bench" / "bare_relay"), str(self.port)]

    def wait_until_ready(self):
        self.both = [int(word) for word in self.process.stdout.readline().split()[1:]]

    def find_pids(self):
        return self.both


class Ngircd(Server):
    name, dialect, program = "ngIRCd", "irc", "ngircd"
    at_once = 8         # its listening socket has a backlog of 10

    def command(self):
        (self.directory / "ngircd.conf").write_text(f"""[Global]
Name = irc.example.net
Info = benchmark
Listen = 127.0.0.1
{self.ports()}
[Limits]
MaxConnections = {self.clients}
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
MaxListSize = 0
[Options]
DNS = no
Ident = no
PAM = no
RequireAuthPing = no
{self.encryption()}""")
        return ["ngircd", "-n", "-f", str(self.directory / "ngircd.conf")]

    def ports(self):
        return f"Ports = {self.port}"

    def encryption(self):
        return ""


class NgircdOverTls(Ngircd):
    """With the GnuTLS that it is built with."""
    name, tls = "ngIRCd over TLS", True

    def ports(self):
        return f"Ports = {self.port + 1}"       # it needs one

    def encryption(self):
        certificate, key = make_certificate(self.directory)
        return f"[SSL]\nCertFile = {certificate}\nKeyFile = {key}\nPorts = {self.port}\n"


class Inspircd(Server):
    name, dialect, program = "InspIRCd", "irc", "inspircd"
    at_once = 2048      # it accepts logins once a second

    def command(self):
        (self.directory / "inspircd.conf").write_text(f"""<server name="irc.example.net" description="benchmark" network="benchmark">
<admin name="a" nick="a" email="a@example.net">
{self.listener()}
<pid file="{self.directory}/inspircd.pid">
<options allowzerolimit="yes">
<performance netbuffersize="65534" somaxconn="4096" softlimit="{self.clients}" quietbursts="yes">
<security maxtargets="20"><log method="file" type="*" level="default" target="{self.directory}/log">
<connect allow="*" timeout="60" threshold="1000000000" commandrate="100000000" recvq="1M" hardsendq="16M" softsendq="16M" fakelag="off" localmax="{self.clients}" globalmax="{self.clients}"
 resolvehostnames="no" useident="no" limit="{self.clients}" maxchans="20" pingfreq="600">
""")
        extra = ["--runasroot"] if os.geteuid() == 0 else []
        return ["inspircd", "--nofork", *extra, "--config", str(self.directory / "inspircd.conf")]

    def listener(self):
        return f'<bind address="127.0.0.1" port="{self.port}" type="clients">'


class InspircdOverTls(Inspircd):
    """With its module for GnuTLS."""
    name, tls = "InspIRCd over TLS", True

    def listener(self):
        certificate, key = make_certificate(self.directory)
        return (f'<module name="ssl_gnutls">\n<sslprofile name="tls" provider="gnutls" certfile="{certificate}" keyfile="{key}" requestclientcert="no">\n'
                f'<bind address="127.0.0.1" port="{self.port}" type="clients" sslprofile="tls">')


class Redis(Server):
    name, dialect, program = "Redis", "redis", "redis-server"

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", str(self.clients), "--dir",
                str(self.directory), "--client-output-buffer-limit", "pubsub", "0", "0", "0"]


class Nats(Server):
    name, dialect, program = "NATS", "nats", "nats-server"

    def command(self):
        return ["nats-server", "-a", "127.0.0.1", "-p", str(self.port)]


class Mosquitto(Server):
    name, dialect, program = "mosquitto", "mqtt", "mosquitto"
    at_once = 64        # its listening socket has a backlog of 100

    def command(self):
        (self.directory / "mosquitto.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
                                                       f"log_type none\n{'user root' if os.geteuid() == 0 else ''}\n")
        return ["mosquitto", "-c", str(self.directory / "mosquitto.conf")]


OURS = [Chat, ChatWithLog]
PEERS = [Ngircd, Inspircd, Redis, Nats, Mosquitto]
OURS_FOR_IRC = [ChatForIrc, ChatForIrcWithLog]
OURS_OVER_TLS = [ChatOverTls, ChatOverTlsWithLog]
PEERS_OVER_TLS = [NgircdOverTls, InspircdOverTls]
PEER_PACKAGES = ["ngircd", "inspircd", "redis-server", "nats-server", "mosquitto"]


class Load:
    """The load generator, connected to a server; each run() is one piece of work."""

    def __init__(self, server, **options):
        self.command = bound_to(LOAD_CPU) + [str(BUILD / "tools" / "bench" / "load"), "--dialect", server.dialect, "--port", str(server.port), *(["--tls"] if server.tls else [])]
        for key, value in {"at_once": server.at_once, **options}.items():
            self.command += ["--" + key.replace("_", "-"), str(value)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word, _, seconds = self.process.stdout.readline().partition(" ")
        if word != "ready":
            raise RuntimeError("the load generator did not get this far")
        self.login_seconds = float(seconds)
        return self

    def start(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self):
        import json
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator ended early")
        return json.loads(line)

    def run(self):
        self.start()
        return self.result()

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
