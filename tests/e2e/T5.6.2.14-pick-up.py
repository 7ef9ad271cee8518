"""A colleague's phone rings: the call is picked up, with the built-in phone and
with the one on the desk; who called speaks with who took it, and the phone that
rang is quiet."""
import re

from desk import Desk
from harness import wait_until
from people import add_favourite, journal


def ring(agner, hedy):
    """Agner calls Hedy, who does not answer."""
    agner.dial("202")
    hedy.wait_call("ringing-in")


def pick_up(emma, how):
    how()
    if isinstance(emma, Desk):
        emma.phone.wait_event("CALL_INCOMING")
        emma.phone.do("accept")


def test_by_key_from_the_favourites(emma, agner, hedy):
    add_favourite(emma.client, "Hedy Lamarr")
    t = emma.client.attach(30, 110)
    t.wait_for("Hedy Lamarr")
    assert not t.screen().has("p pick up")
    ring(agner, hedy)
    t.send_keys("j")
    t.wait_for(re.compile("Hedy Lamarr's phone rings, call from inside"))
    t.wait_for("p pick up")
    pick_up(emma, lambda: t.send_keys("p"))
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    hedy.wait_no_call()
    t.wait_for(re.compile("☎ Agner Erlang 201.*talking"))
    wait_until(lambda: agner.call().get("number") == "200", 10,
               "Agner sees whom he talks with")
    emma.client.command("hangup")
    agner.wait_no_call()
    rows = journal(emma.server, "200", "201")
    assert rows[0]["kind"] == 4, "in, sent on to her"
    missed = journal(emma.server, "202", "201")
    assert not missed[0]["unread"], "somebody has taken care of it"


def test_a_phone_that_does_not_ring(emma, hedy):
    got = emma.client.run("pickup", "Hedy Lamarr")
    assert got.returncode and "does not ring" in got.stderr, got


def test_who_was_too_late_is_told(emma, agner, hedy):
    ring(agner, hedy)
    wait_until(lambda: emma.client.run("pickup", "Hedy Lamarr").returncode == 0,
               10, "it rings there as she sees it")
    hedy.client.run("answer")
    if isinstance(emma, Desk):
        emma.phone.do("accept")
    # Either has it, and nobody else does.
    wait_until(lambda: agner.call().get("state") == "talking", 10, "answered")
    who = hedy if agner.call()["number"] == "202" else emma
    other = emma if who is hedy else hedy
    who.wait_hears(agner)
    other.wait_no_call()
