"""What another client has changed stays so, also where the answer to what was
asked for before comes late."""
import pytest

from filled import Filled, IN_MISSED
from harness import wait_until
from late import behind
from messages import stay
from people import destinations


@pytest.fixture
def house(server):
    return server()


@pytest.fixture
def other(house, client):
    """Another client on Emma's account."""
    return stay(client(), house, "200")


def is_now(read, wanted):
    wait_until(lambda: read() == wanted, 10,
               lambda: f"{wanted}; it is {read()}")


def settled(held, way, read, wanted):
    """The late answer comes, and changes nothing."""
    held.go.set()
    way.wait_quiet()
    assert read() == wanted


def test_favourites(box, house, client, other):
    emma, held, way = behind(box, house, client, "FavouriteRemove")
    t = emma.attach(24, 80)
    t.wait_for("Hedy Lamarr")
    emma.control().begin("unfavourite", "Agner Erlang", "Exchange")
    assert held.made.wait(10)
    t.wait_gone("Agner Erlang")
    other.command("unfavourite", "Hedy Lamarr", "Exchange")
    t.wait_gone("Hedy Lamarr")
    held.go.set()
    way.wait_quiet()
    assert not t.screen().has("Hedy Lamarr")


def test_box(box, house, client, other):
    emma, held, way = behind(box, house, client, "VoicemailSettings")
    t = emma.attach(24, 80)
    held.first = True
    emma.control().begin("voicemail-settings")
    assert held.made.wait(10)
    other.command("recording", "off")
    t.send_keys("V")
    t.wait_for("greeting only")
    held.go.set()
    way.wait_quiet()
    assert t.screen().has("greeting only")


def test_presence(box, house, client, other):
    emma, held, way = behind(box, house, client, "SetPresence")
    emma.control().begin("presence", "lunch")
    assert held.made.wait(10)
    other.command("presence", "meeting")

    def presence():
        return emma.data("status")["presence"]
    is_now(presence, "meeting")
    settled(held, way, presence, "meeting")


def test_where_calls_go(box, house, client, other):
    emma, held, way = behind(box, house, client, "SetStateForwarding")
    emma.control().begin("forward-state", "lunch", "203")
    assert held.made.wait(10)
    other.command("forward-state", "lunch", "204")

    def lunch():
        return destinations(emma)["lunch"]
    wait_until(lambda: "204" in str(lunch()), 10, lambda: f"204; {lunch()}")
    now = lunch()
    settled(held, way, lunch, now)


def test_missed_calls_that_are_read_elsewhere(house, client):
    f = Filled(house)
    for n in range(3):
        f.call("202", n, IN_MISSED, unread=1)
    for n in range(300):  # others push them out of the newest
        f.call("203", 10 + n)
    f.call("202", 400)
    f.put()
    emma, other = (stay(client(), house, "200") for _ in range(2))
    t = emma.attach(24, 80)
    t.wait_for("missed 0")
    for c in (emma, other):
        c.command("older", "202")
        c.wait_status(missed=3)
    t.wait_for("missed 3")
    other.command("read", "202")
    t.wait_for("missed 0")
    emma.wait_status(missed=0)
