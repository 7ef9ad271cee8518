"""When a ringing call shows a pop-up: always, for 5 or 10 seconds from the
first ring, only where the terminal has no focus, never. What one can do with
the call is in the main window, too, whatever is set."""
import re

import pytest

from desk import Desk
from harness import wait_until
from people import Person

POPUP = "Call from inside"


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


@pytest.fixture
def almon(emma, client):
    return Person(client, emma.server, "203")


def attach(emma, option, rows=24, cols=110):
    emma.client.command("set", "popup", option)
    t = emma.client.attach(rows, cols)
    t.wait_for("Agner Erlang")
    return t


def popup(t):
    """The pop-up's lines, [] if there is none."""
    lines = list(t.screen())
    for i, line in enumerate(lines):
        if POPUP in line:
            at = line.index("┌")
            return [x[at:] for x in lines[i:i + 5]]
    return []


def still_rings(t, emma):
    assert emma.call()["state"] == "ringing-in"
    return t.wait_for(re.compile("Almon Strowger 203 .*rings"))


def test_it_says_who_and_what_can_be_done(emma, almon):
    t = attach(emma, "always")
    almon.dial("200")
    t.wait_for(POPUP)
    t.wait_for("F12 reject  ")
    text = "\n".join(popup(t))
    for word in "Almon Strowger", "203", "F9 answer", "F12 reject":
        assert word in text, text
    # Where somebody has to be chosen: only in the call's line.
    assert "deflect" not in text and "transfer" not in text, text
    t.wait_for(re.compile("Almon Strowger 203 .*F9 answer +F12 reject +F10 "
                          "voicemail"))
    wide = emma.client.attach(24, 130)
    wide.wait_for(re.compile("F12 reject +F10 voicemail +F8 deflect"))
    t.send_keys("F12")
    t.wait_gone(POPUP)
    emma.wait_no_call()


@pytest.mark.seconds(60)
@pytest.mark.parametrize("option", ["5s", "10s"])
def test_it_goes_while_it_still_rings(emma, almon, option):
    t = attach(emma, option)
    almon.dial("200")
    t.wait_for(POPUP)
    t.wait_gone(POPUP, 25)
    still_rings(t, emma)
    # From the first ring: whoever comes later sees none.
    late = attach(emma, option)
    late.wait_for(re.compile("Almon Strowger 203 .*rings"))
    assert POPUP not in late.screen().text
    # What it could do is in the main window.
    t.send_keys("F9")
    t.wait_for("talking")
    almon.wait_hears(emma)


@pytest.mark.seconds(60)
def test_another_call_has_one_of_its_own(emma, almon, agner):
    t = attach(emma, "5s")
    almon.dial("200")
    t.wait_for(POPUP)
    t.wait_gone(POPUP, 25)
    still_rings(t, emma)
    agner.dial("200")
    t.wait_for(f"{POPUP}, and 1 more")
    # It names the one that its keys are about.
    assert any("Almon Strowger" in line for line in popup(t)), popup(t)
    t.send_keys("F12")
    t.wait_for(re.compile("│.*Agner Erlang +│"))
    almon.wait_no_call()
    t.send_keys("F9")
    agner.wait_hears(emma)
    t.wait_gone(POPUP)


def test_unseen_follows_the_focus_while_it_rings(emma, almon):
    t = attach(emma, "unseen")
    other = emma.client.attach(24, 100)
    other.wait_for("Agner Erlang")
    other.focus(False)
    almon.dial("200")
    # Each terminal by itself.
    other.wait_for(POPUP)
    still_rings(t, emma)
    assert not popup(t)
    t.focus(False)
    t.wait_for(POPUP)
    t.focus(True)
    t.wait_gone(POPUP)
    other.focus(True)
    other.wait_gone(POPUP)
    still_rings(t, emma)
    t.focus(False)
    t.wait_for(POPUP)
    almon.client.command("hangup")
    t.wait_gone(POPUP)


def test_never_and_changed_while_it_rings(emma, almon):
    t = attach(emma, "never")
    t.focus(False)
    almon.dial("200")
    t.wait_for("F9 answer")
    still_rings(t, emma)
    assert not popup(t)
    emma.client.command("set", "popup", "always")
    t.wait_for(POPUP)
    emma.client.command("set", "popup", "never")
    t.wait_gone(POPUP)
    t.send_keys("F9")
    t.wait_for("talking")
    almon.wait_hears(emma)


@pytest.mark.parametrize("columns", [80, 110])
def test_open_conversations_have_the_call_instead(emma, almon, columns):
    t = attach(emma, "always", cols=columns)
    t.send_keys("F3")
    t.wait_for("No calls")
    almon.dial("200")
    t.wait_for(re.compile("Almon Strowger +now +rings"))
    assert not popup(t)
    # Beside its details the list is still seen, if there is room for both.
    t.send_keys("i")
    t.wait_for("Esc back")
    if columns > 96:
        assert not popup(t)
    else:
        t.wait_for(POPUP)
    t.send_keys("Escape")
    t.wait_gone("Esc back")
    t.wait_for(re.compile("Almon Strowger +now +rings"))
    wait_until(lambda: not popup(t), 5, "no pop-up over the list")
    t.send_keys("/")
    t.wait_for(POPUP)
    t.send_keys("F9")
    t.wait_for("talking")
    almon.wait_hears(emma)


def test_for_the_phone_on_the_desk(server, client):
    s = server()
    emma = Desk(client, s, "200")
    almon = Person(client, s, "203")
    t = attach(emma, "always")
    almon.dial("200")
    t.wait_for(POPUP)
    wait_until(lambda: "Almon Strowger" in "\n".join(popup(t)), 5,
               "it says who")
    t.send_keys("F12")
    t.wait_gone(POPUP)
    almon.wait_no_call(20)
