"""Hold a call and go on with it, with the built-in phone and with the one on the
desk: who waits is told so and hears something else, and both see it."""
import re

from desk import Desk
from harness import sound, wait_until
from people import speak


def hears_not(who, other):
    """Something has come in the last half second, or nothing; not that."""
    def silent():
        got = who.last(0.5)
        return not got or sound.level(got[1]) < -40 or \
            sound.goertzel(got[1], got[0], other.tone) < 0.1
    wait_until(silent, 10, f"{who.user} hears {other.user} no more", every=0.1)


def test_hold_and_resume_by_key(emma, agner):
    t = emma.client.attach(30, 100)
    speak(emma, agner)
    t.wait_for("h hold")
    t.send_keys("h")
    t.wait_for(re.compile("‖ Agner Erlang.*on hold"))
    agner.wait_call("held-by-other")
    hears_not(agner, emma)
    t.wait_for("r resume")
    t.send_keys("r")
    t.wait_for(re.compile("☎ Agner Erlang.*talking"))
    agner.wait_call("talking")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def test_held_twice_is_held_once(emma, agner):
    speak(emma, agner)
    emma.client.command("hold")
    emma.wait_call("held")
    got = emma.client.run("hold")
    assert got.returncode and "allow" in got.stderr, got
    emma.client.command("resume")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def test_who_waits_may_hang_up(emma, agner):
    speak(emma, agner)
    emma.client.command("hold")
    agner.wait_call("held-by-other")
    agner.client.command("hangup")
    emma.wait_no_call()


def test_both_hold_each_other(emma, agner):
    speak(emma, agner)
    emma.client.command("hold")
    agner.wait_call("held-by-other")
    agner.client.command("hold")
    agner.wait_call("held")
    emma.client.command("resume")
    # He still has her wait. (Once held, baresip writes no sound down.)
    if not isinstance(emma, Desk):
        hears_not(emma, agner)
    assert agner.call()["state"] == "held"
    agner.client.command("resume")
    agner.wait_hears(emma)
    if not isinstance(emma, Desk):
        emma.wait_hears(agner)
