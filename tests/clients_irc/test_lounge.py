"""A person in a browser, with The Lounge set up as docs/operate/web.md says."""
import pytest
from browser import ENTER, Browser
from lounge import Lounge
from programs import CHANNEL, PATIENCE

PASSWORD = "correct-horse"


@pytest.fixture
def server(start_server):
    Lounge.require()
    Browser.require()
    return start_server({"accounts.register": '"open"'})


def log_in(browser, lounge):
    browser.open(lounge.address)
    browser.fill("#signin-username", "ann")
    browser.fill("#signin-password", "swordfish")
    browser.click("#sign-in button[type=submit]")


def write(browser, line):
    browser.type("#input", line + ENTER)


def enter_the_channel(browser, robin):
    browser.fill("input[name=nick]", "Ann")
    browser.fill("input[name=join]", CHANNEL)
    browser.click("#connect button[type=submit]")
    try:
        robin.wait_for("joined", PATIENCE, room="films", name="Ann")
    except AssertionError:
        raise AssertionError(f"Ann does not come; the page shows\n{browser.text()}") from None
    browser.click(f"[data-name='{CHANNEL}']")


@pytest.mark.requirement("N16")
def test_she_registers_writes_and_reads_what_she_missed(lounge, browser, robin, server):
    log_in(browser, lounge)
    enter_the_channel(browser, robin)
    browser.see("Der Himmel über Berlin")
    write(browser, f"/msg NickServ REGISTER {PASSWORD}")
    browser.see("The nick Ann is registered: it is yours now")
    write(browser, "good evening")
    assert robin.wait_for("message", PATIENCE, name="Ann").text == "good evening"
    robin.ask(f"/say {CHANNEL} schönen Abend")
    browser.see("schönen Abend")

    browser.open("about:blank")
    robin.ask(f"/say {CHANNEL} are you still here?")
    server.kill("acceptor", "delivery")
    robin.ask(f"/say {CHANNEL} she will read it later")
    robin.ask("/send Ann as you will this")

    browser.open(lounge.address)
    browser.click(f"[data-name='{CHANNEL}']")
    for text in ("good evening", "are you still here?", "she will read it later"):
        browser.see(text)
    browser.click("[data-name='Robin']")
    browser.see("as you will this")
    write(browser, "I have read it all")
    assert robin.wait_for("message", PATIENCE, name="Ann", to=robin.id).text == "I have read it all"
    assert robin.drain() == [], "she never left"


@pytest.mark.requirement("N16")
def test_after_a_restart_of_the_lounge_she_is_back_with_her_account(lounge, browser, robin, server):
    holder = server.connect("Ann")
    assert holder.ask(f"/register {PASSWORD}").kind == "account"
    holder.close()
    robin.wait_for("offline", name="Ann")
    log_in(browser, lounge)
    browser.click("input[name=sasl][value=plain]")
    browser.fill("input[name=saslAccount]", "Ann")
    browser.fill("input[name=saslPassword]", PASSWORD)
    enter_the_channel(browser, robin)
    robin.ask(f"/say {CHANNEL} before the restart")
    browser.see("before the restart")

    lounge.wait_until_it_keeps("ann", PASSWORD)
    lounge.restart()
    robin.wait_for("offline", PATIENCE, name="Ann")
    robin.wait_for("joined", PATIENCE, room="films", name="Ann")
    robin.ask(f"/say {CHANNEL} after it")
    browser.open(lounge.address)
    browser.click(f"[data-name='{CHANNEL}']")
    for text in ("before the restart", "after it"):
        browser.see(text)
