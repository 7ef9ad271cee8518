"""Mute, unmute and volume in a call of the built-in phone, as the other side
hears it: silence instead of the voice, while oneself still hears."""
import re

import pytest

from desk import Desk
from harness import sound, wait_until
from people import Person, speak, wait_hears_on


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def wait_silent(who):
    wait_until(lambda: (got := who.last(0.5)) and sound.level(got[1]) < -50,
               10, f"{who.user} hears silence", every=0.1)


def test_muted_by_key_and_back(emma, agner):
    t = emma.client.attach(24, 100)
    other = emma.client.attach(24, 100)
    speak(emma, agner)
    t.wait_for("M mute")
    t.send_keys("M")
    for screen in t, other:
        screen.wait_for(re.compile("☎ Agner Erlang .*muted"))
    wait_silent(agner)
    # The other way nothing has changed.
    wait_hears_on(emma, agner)
    assert agner.call()["state"] == "talking"
    other.send_keys("M")
    for screen in t, other:
        screen.wait_gone("muted")
    agner.wait_hears(emma)


def test_muted_through_hold(emma, agner):
    """What was muted is not heard after the call was on hold."""
    speak(emma, agner)
    emma.client.command("mute")
    wait_silent(agner)
    emma.client.command("hold")
    agner.wait_call("held-by-other")
    emma.client.command("resume")
    agner.wait_call("talking")
    emma.wait_hears(agner)
    assert emma.client.data("calls")[0]["muted"]
    wait_silent(agner)
    emma.client.command("mute")
    agner.wait_hears(emma)


def test_the_next_call_is_not_muted(emma, agner):
    speak(emma, agner)
    emma.client.command("mute")
    wait_silent(agner)
    emma.client.command("hangup")
    emma.wait_no_call()
    agner.wait_no_call()
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    wait_hears_on(agner, emma)
    assert not emma.client.data("calls")[0]["muted"]


def quieter(who, other):
    """As if from further away, but still that one."""
    got = who.last(0.5)
    return (got and sound.goertzel(got[1], got[0], other.tone) > 0.8
            and -40 < sound.level(got[1]) < -20)


def test_the_volume_is_heard(emma, agner):
    """How loud one speaks by the input's, how loud one hears by the
    output's; a key goes by tens."""
    t = emma.client.attach(24, 100)
    speak(emma, agner)
    for who, other, role in (agner, emma, "input"), (emma, agner, "output"):
        emma.client.command("volume", "50", role)
        wait_until(lambda: quieter(who, other), 10,
                   lambda: f"less of it; {who.describe(other.tone)}",
                   every=0.1)
        emma.client.command("volume", "100", role)
        who.wait_hears(other)
    emma.client.command("volume", "50")
    t.send_keys("+")
    t.wait_for("output_volume 60 %")
    t.send_keys("-")
    t.wait_for("output_volume 50 %")


def test_the_phone_on_the_desk_says_why_not(server, client):
    s = server()
    emma = Desk(client, s, "200")
    emma.dial("201")
    emma.wait_call("talking")
    got = emma.client.run("mute")
    assert got.returncode and len(got.stderr.splitlines()) == 1, got
