"""A call ends in the moment in which a key is pressed for it: the key hits no
other call, and nothing else that it is bound to; the screen says so."""
import re

from harness import wait_until
from people import add_favourite, calls, consult, speak, wait_calls

LATE = "has just changed"


def test_the_end_of_one_does_not_end_who_waits(emma, agner, hedy):
    t = emma.client.attach(24, 80)
    consult(emma, agner, hedy)
    t.wait_for(re.compile("Hedy Lamarr.*talking"))
    t.wait_for(re.compile("Agner Erlang.*on hold.*b return"))
    hedy.client.command("hangup")
    t.wait_gone(re.compile("Hedy Lamarr 202 +[0-9:]+"))
    t.send_keys("e")
    t.wait_for(f"The call with Hedy Lamarr {LATE}; the key again is for Agner")
    wait_calls(emma, n201="held")
    assert agner.call()["state"] == "held-by-other"
    # Going back to who waits is what one does then.
    t.send_keys("r")
    emma.wait_hears(agner)
    hedy.dial("200")
    t.wait_for(re.compile("Hedy Lamarr.*rings"))


def test_refused_too_late_is_no_end_of_the_other(emma, agner, hedy):
    t = emma.client.attach(24, 80)
    speak(emma, agner)
    t.wait_for(re.compile("Agner Erlang.*talking"))
    hedy.dial("200")
    t.wait_for("F12 reject")
    hedy.client.command("hangup")
    t.wait_gone("F12 reject")
    t.send_keys("F12")
    t.wait_for(re.compile("There is no call|allows that now|" + LATE))
    assert calls(emma) == {"201": "talking"}
    emma.wait_hears(agner)


def test_two_calls_become_one_and_nothing_else_happens(emma, agner, hedy):
    t = emma.client.attach(24, 80)
    add_favourite(emma.client, "Almon Strowger")
    t.wait_for("Almon Strowger")
    consult(emma, agner, hedy)
    t.wait_for("x connect")
    agner.client.command("hangup")
    t.wait_gone("x connect")
    t.send_keys("x")
    t.wait_for("There are no two calls to connect.")
    assert "no longer in" not in t.screen().text
    # Later it is the key of the list again: a call takes it for no longer.
    wait_calls(emma, n202="talking")

    def again():
        t.send_keys("x")
        return "no longer in" in t.screen().text

    wait_until(again, 10, lambda: t.screen(), every=0.5)


def test_held_down_it_ends_one_call(emma, agner, hedy):
    t = emma.client.attach(24, 80)
    consult(emma, agner, hedy)
    t.wait_for(re.compile("Hedy Lamarr.*talking"))
    seen = []

    def down():
        t.send_keys("e")
        seen.append(LATE in t.screen().text)
        return len(seen) > 25

    wait_until(down, 20, every=0.05)
    assert any(seen)
    hedy.wait_no_call()
    assert calls(emma) == {"201": "held"}
