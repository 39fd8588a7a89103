"""Passwords through PAM, as README.Debian of chat-auth-pam says: those of the machine's users, and those of an LDAP
server."""
import re
import shutil
from pathlib import Path

import pytest
from deadline import wait_until

README = (Path(__file__).resolve().parents[2] / "packaging" / "deb" / "chat-auth-pam.README.Debian").read_text()
PASSWORD = "correct-horse-9-of-unix"
LDAP_PASSWORD = "correct-horse-9-of-ldap"
LDAP = "/var/cache/packages/ldap"
PEOPLE = f"""dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=dora,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: posixAccount
uid: dora
cn: Dora
sn: Dora
uidNumber: 20001
gidNumber: 20001
homeDirectory: /home/dora
userPassword: {LDAP_PASSWORD}
"""
NSLCD = """uid nslcd
gid nslcd
uri ldap://127.0.0.1/
base dc=example,dc=org
bind_timelimit 1
timelimit 1
reconnect_sleeptime 1
reconnect_retrytime 2
"""


@pytest.fixture(scope="module")
def pam(machine):
    """The machine with the settings of the README, and with the users carol (whose password works), dave (whose account has
    expired) and erin (who has to change the password)."""
    command, = re.findall(r"^    (printf .*\\\n.*50-pam\.toml)$", README, re.MULTILINE)
    reload, = re.findall(r"^    (systemctl reload .*)$", README, re.MULTILINE)
    machine.systemctl("start", "chat.socket", "chat-acceptor", "chat-delivery")
    for name in ("carol", "dave", "erin"):
        machine.run("useradd", "--no-create-home", name)
        machine.run("chpasswd", stdin=f"{name}:{PASSWORD}\n")
    machine.run("chpasswd", stdin=f"root:{PASSWORD}\n")
    machine.run("chage", "-E", "2001-01-01", "dave")
    machine.run("chage", "-d", "0", "erin")
    machine.path("/etc/chat/conf.d").mkdir(exist_ok=True)
    machine.run("sh", "-c", command)
    machine.run("sh", "-c", reload)
    yield machine
    machine.path("/etc/chat/conf.d/50-pam.toml").unlink()
    machine.run("sh", "-c", reload)
    for name in ("carol", "dave", "erin"):
        machine.run("userdel", name)
    machine.run("passwd", "-l", "root")
    machine.run("chatctl", "account", "delete", "carol", check=False)


@pytest.fixture
def people(pam, chat):
    pam.forget_wrong_passwords()        # of earlier tests, which came from the same address
    return chat


@pytest.mark.requirement("N09")
def test_users_of_the_machine_log_in_with_their_password(pam, people):
    pam.systemctl("stop", "chat-auth-pam.service")
    client = people("Somebody")
    assert client.welcome["accounts"] == "operator"
    assert client.ask("/login carol wrong-password")["code"] == "wrong-secret"
    assert pam.is_active("chat-auth-pam.service"), "the first question starts it"
    answer = client.ask(f"/login Carol {PASSWORD}")
    assert (answer.kind, answer["name"]) == ("account", "carol"), pam.run("journalctl", "-b", "-u", "chat-auth-pam", "-n", "20").stdout
    client.wait_for("renamed", id=client.id, name="carol", account="yes")
    assert people().ask("/login carol")["code"] == "password-required"
    pam.run("chpasswd", stdin=f"carol:{PASSWORD}-new\n")
    other = people()
    assert other.ask(f"/login carol {PASSWORD}")["code"] == "wrong-secret"
    assert other.ask(f"/login carol {PASSWORD}-new").kind == "account"
    pam.run("chpasswd", stdin=f"carol:{PASSWORD}\n")


@pytest.mark.requirement("N09")
@pytest.mark.parametrize("name", ["dave", "erin", "root", "nobody", "frank"])
def test_who_may_not_use_the_machine_may_not_log_in(pam, people, name):
    """An expired account, a password that has to be changed, a system account, one without a password, and nobody."""
    assert people().ask(f"/login {name} {PASSWORD}")["code"] == "wrong-secret"
    if name in ("dave", "erin"):
        refused = wait_until(lambda: pam.journal("CHAT_EVENT=pam-refused", f"CHAT_ACCOUNT={name}"), "the reason in the journal")
        assert "is right, but the user is refused" in refused[0]["MESSAGE"]


@pytest.mark.requirement("N09", "N02")
def test_it_has_no_privilege_but_a_group(pam, people):
    people().ask("/login carol wrong-password")
    pid = pam.pid("chat-auth-pam")
    status = dict(line.split(":\t", 1) for line in pam.run("cat", f"/proc/{pid}/status").stdout.splitlines() if ":\t" in line)
    assert status["Uid"].split() == [pam.run("id", "-u", "_chat-auth-pam").stdout.strip()] * 4
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    shadow = pam.run("getent", "group", "shadow").stdout.split(":")[2]
    assert shadow in status["Groups"].split()
    assert re.findall(r"^\s*(\S+):", pam.run("cat", f"/proc/{pid}/net/dev").stdout, re.MULTILINE) == ["lo"]
    assert pam.run("stat", "-c", "%U %a", "/run/chat/pam.sock").stdout.split() == ["_chat-auth", "600"]


@pytest.mark.requirement("N09")
def test_kills_and_restarts_lose_no_login(pam, people):
    client = people()
    for command in (["kill", "-s", "KILL"], ["restart"]):
        assert client.ask(f"/login carol {PASSWORD}").kind == "account"
        pam.systemctl(*command, "chat-auth-pam.service")
    assert wait_until(lambda: client.ask(f"/login carol {PASSWORD}").kind == "account", "a login")


@pytest.mark.requirement("N09")
def test_passwords_are_nowhere_afterwards(pam, people):
    client = people()
    assert client.ask(f"/login carol {PASSWORD}").kind == "account"
    assert client.ask("/login carol wrong-password-7f31")["code"] == "wrong-secret"
    assert pam.files_with(PASSWORD, "wrong-password-7f31") == []
    assert not pam.is_in_journal(PASSWORD) and not pam.is_in_journal("wrong-password-7f31")


@pytest.fixture(scope="module")
def directory(pam):
    """The machine with an LDAP server, in which dora is, and with nslcd, through which the machine uses it."""
    machine = pam
    if not list(machine.path(LDAP).glob("slapd_*.deb")):
        pytest.skip("the packages of an LDAP server could not be downloaded when the machine's root was made")
    before = {name: machine.path(f"/etc/{name}").read_text() for name in ("nsswitch.conf", "pam.d/common-auth", "pam.d/common-account", "pam.d/common-password", "pam.d/common-session",
                                                                         "pam.d/common-session-noninteractive")}
    machine.run("debconf-set-selections", stdin="slapd slapd/domain string example.org\nslapd shared/organization string example\n"
                "slapd slapd/password1 password of-the-directory\nslapd slapd/password2 password of-the-directory\n"
                "libnss-ldapd libnss-ldapd/nsswitch multiselect passwd, group\n")
    machine.run("sh", "-c", f"DEBIAN_FRONTEND=noninteractive dpkg -i {LDAP}/*.deb", timeout=600)
    machine.path("/etc/nslcd.conf").write_text(NSLCD)
    machine.systemctl("restart", "slapd", "nslcd")
    machine.run("ldapadd", "-x", "-H", "ldap://127.0.0.1/", "-D", "cn=admin,dc=example,dc=org", "-w", "of-the-directory", stdin=PEOPLE)
    yield machine
    machine.systemctl("stop", "slapd", "nslcd")
    machine.run("sh", "-c", "DEBIAN_FRONTEND=noninteractive dpkg --purge libpam-ldapd libnss-ldapd nslcd slapd ldap-utils", timeout=600)
    for name, text in before.items():
        machine.path(f"/etc/{name}").write_text(text)
    shutil.rmtree(machine.path("/var/lib/ldap"), ignore_errors=True)
    machine.run("chatctl", "account", "delete", "dora", check=False)


@pytest.mark.requirement("N09")
def test_people_of_an_ldap_directory_log_in(directory, people):
    assert directory.run("getent", "passwd", "dora").stdout.startswith("dora:"), "the machine knows the directory"
    client = people("Somebody")
    assert client.ask("/login dora wrong-password")["code"] == "wrong-secret"
    answer = client.ask(f"/login Dora {LDAP_PASSWORD}")
    assert (answer.kind, answer["name"]) == ("account", "dora"), directory.run("journalctl", "-b", "-u", "chat-auth-pam", "-u", "nslcd", "-n", "40").stdout
    client.wait_for("renamed", id=client.id, name="dora", account="yes")
    assert people().ask(f"/login carol {PASSWORD}").kind == "account", "the machine's own users can log in as before"
    directory.systemctl("stop", "slapd")
    try:
        assert client.ask(f"/login dora {LDAP_PASSWORD}").kind == "error"
        wait_until(lambda: client.ask(f"/login carol {PASSWORD}").kind == "account", "a login of the machine's own user")
    finally:
        directory.systemctl("start", "slapd")
    wait_until(lambda: client.ask(f"/login dora {LDAP_PASSWORD}").kind == "account", "a login with the server that is back")
