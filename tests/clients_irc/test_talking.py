"""Each IRC client with a person who uses a native one: they talk, and see what the other does."""
from programs import CHANNEL, PATIENCE


def test_they_talk(alice, robin):
    alice.say("good evening")
    assert robin.wait_for("message", PATIENCE, name="Alice", to="room:films").text == "good evening"
    robin.ask(f"/say {CHANNEL} schönen Abend")
    alice.see("schönen Abend")
    alice.tell("Robin", "psst")
    assert robin.wait_for("message", PATIENCE, name="Alice", to=robin.id).text == "psst"
    robin.ask("/send Alice only for you")
    alice.see("only for you")
    if alice.can_act:
        alice.act("waves")
        assert robin.wait_for("message", PATIENCE, name="Alice", as_="action").text == "waves"


def test_it_sees_and_sets_the_topic_once_it_is_operator(alice, robin):
    alice.see("Der Himmel über Berlin")
    robin.ask(f"/topic {CHANNEL} Paris, Texas")
    alice.see("Paris, Texas")
    robin.ask(f"/op {CHANNEL} Alice")
    alice.see(alice.OPPED, nick="Alice")
    alice.set_topic("Alice in the Cities")
    assert robin.wait_for("topic", PATIENCE, name="Alice").text == "Alice in the Cities"


def test_both_change_their_names(alice, robin):
    alice.rename("Alicia")
    robin.wait_for("renamed", PATIENCE, old="Alice", name="Alicia")
    robin.ask("/login Redbreast")
    alice.see(alice.RENAMED, old="Robin", new="Redbreast")
    alice.say("the same person")
    assert robin.wait_for("message", PATIENCE, name="Alicia").text == "the same person"
    robin.ask("/send Alicia and so am I")
    alice.see("and so am I")
