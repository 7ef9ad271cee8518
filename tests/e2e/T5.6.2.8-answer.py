"""A colleague rings: a pop-up says who, one key answers, both hear each
other. It never takes a key that was meant for what one is typing."""
import re

import pytest

from harness import sound, wait_until
from desk import Desk
from people import Person, journal


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


@pytest.fixture
def almon(emma, client):
    """Rings Emma."""
    return Person(client, emma.server, "203")


def test_popup_says_who_and_one_key_answers(emma, almon):
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    almon.dial("200")
    t.wait_for("Call from inside")
    t.wait_for(re.compile(r"│.*Almon Strowger +│\n.*│.*203 +│\n.*F9 answer"))
    almon.wait_call("ringing-out")
    t.send_keys("F9")
    t.wait_gone("F9 answer")
    t.wait_for(re.compile(r"Almon Strowger 203 +0\d:\d\d +talking"))
    almon.wait_call("talking")
    emma.wait_hears(almon)
    almon.wait_hears(emma)
    almon.client.command("hangup")
    t.wait_gone("talking")
    row = journal(emma.server, "200", "203")[0]
    assert row["name"] == "Almon Strowger"
    t.send_keys("F3")
    t.wait_for(re.compile(r"Almon Strowger .*in +answered +0:\d\d"))


def test_it_rings_until_answered(emma, almon):
    """The loudspeaker says that somebody rings."""
    rung = emma.client.home / "rung.wav"
    almon.dial("200")

    def rings():
        try:
            rate, samples = sound.read(rung)
        except (OSError, ValueError):
            return False
        return sound.loud_seconds(samples, rate) > 0.3
    wait_until(rings, 10, "it rings", every=0.1)
    emma.client.command("answer")
    emma.wait_call("talking")
    almon.wait_hears(emma)
    length = len(rung.read_bytes())
    emma.wait_hears(almon)
    rate, samples = sound.read(rung)
    late = samples[(length - 44) // 2 + rate // 2:]
    assert sound.loud_seconds(late, rate) == 0


def test_typed_keys_go_where_one_types(emma, almon):
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.type("erl")
    t.wait_for(re.compile(r"/ erl"))
    almon.dial("200")
    t.wait_for("F9 answer")
    # Every letter that is a key elsewhere, blanks and digits too.
    t.type("eqQhjkis uDrM9:?")
    t.wait_for("/ erleqQhjkis uDrM9:?")
    assert emma.call()["state"] == "ringing-in"
    for _ in "eqQhjkis uDrM9:?":
        t.send_keys("BSpace")
    t.wait_for(re.compile(r"/ erl +"))
    t.wait_for("Agner Erlang")
    t.send_keys("F9")
    t.wait_for("talking")
    # Still where one was.
    t.type("a")
    t.wait_for("/ erla")
    almon.wait_hears(emma)


def test_typed_in_the_command_line(emma, almon):
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type("presence lu")
    almon.dial("200")
    t.wait_for("F9 answer")
    t.type("nch")
    t.wait_for("presence lunch")
    t.send_keys("F9")
    t.wait_for("talking")
    t.send_keys("Enter")
    t.wait_for(re.compile(r"Emma Nutt 200.*Lunch"))


@pytest.mark.parametrize("option", ["never", "5s"])
def test_without_a_popup_the_bar_answers(emma, almon, option):
    emma.client.command("set", "popup", option)
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    almon.dial("200")
    t.wait_for(re.compile(r"Almon Strowger 203 +rings"))
    if option == "never":
        assert "Call from" not in t.screen().text
    t.send_keys("F9")
    t.wait_for("talking")


def test_unseen_popup_shows_where_nobody_looks(emma, almon):
    """Only where the terminal has no focus."""
    emma.client.command("set", "popup", "unseen")
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    t.focus(False)
    almon.dial("200")
    t.wait_for("Call from inside")
    t.send_keys("F9")
    t.wait_for("talking")


def test_in_conversations_it_stands_in_the_list(emma, almon):
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_gone("Agner Erlang")
    almon.dial("200")
    t.wait_for(re.compile(r"Almon Strowger.*rings"))
    t.send_keys("F9")
    t.wait_for("talking")
    almon.wait_hears(emma)


def test_answered_by_command_and_second_call(emma, almon, client):
    """A second call: the first is held when it is answered."""
    agner = Person(client, emma.server, "201")
    almon.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    almon.wait_hears(emma)
    agner.dial("200")
    wait_until(lambda: emma.client.data("status")["calls"] == 2, 10,
               "a second call")
    t = emma.client.attach()
    t.wait_for(re.compile("Agner Erlang 201 +rings"))
    emma.client.command("answer")
    agner.wait_hears(emma)
    emma.wait_hears(agner)
    t.wait_for(re.compile("Almon Strowger 203 +.*hold"))
    # What Almon hears now is not Emma.
    assert not almon.hears(emma.tone)
    emma.client.command("hangup")
    agner.wait_no_call()
    emma.client.command("resume")
    almon.wait_hears(emma)


def test_caller_gives_up(emma, almon):
    t = emma.client.attach()
    t.wait_for("missed 0")
    almon.dial("200")
    t.wait_for("F9 answer")
    almon.client.command("hangup")
    t.wait_gone("F9 answer")
    t.wait_for("missed 1")
    emma.wait_no_call()
    t.send_keys("F3")
    t.wait_for(re.compile("Almon Strowger .*in +missed"))
    row = journal(emma.server, "200", "203")[0]
    assert row["unread"] == 1 and row["duration_s"] == 0


def test_a_phone_on_the_desk_is_lifted(server, client):
    """It rings on the screen too; answered there, or here where it can be."""
    emma = Desk(client, server(), "200")
    almon = Person(client, emma.server, "203")
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    almon.dial("200")
    t.wait_for("Almon Strowger")
    # baresip cannot be told to answer: the call is as it was.
    got = emma.client.run("answer")
    assert got.returncode and got.stderr.strip(), got
    assert emma.call()["state"] == "ringing-in"
    emma.answer()
    t.wait_for(re.compile("Almon Strowger.*talking"))
    emma.wait_hears(almon)
    almon.wait_hears(emma)
    emma.client.command("hangup")
    almon.wait_no_call()
    assert journal(emma.server, "200", "203")[0]["kind"] == 0
