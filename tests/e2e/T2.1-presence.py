"""Two clients of one account, and the phone: what is changed in one shows in
the other at once, in an open dialog too, and nothing typed is lost."""
import re

import pytest

from harness import wait_until


@pytest.fixture
def emma(logged_in):
    return logged_in()


@pytest.fixture
def other(emma, logged_in):
    return logged_in("200", emma.server)


def test_state_note_and_time_both_ways(emma, other):
    a, b = emma.attach(24, 100), other.attach(24, 100)
    emma.command("presence", "meeting", "23:59", "room 4")
    b.wait_for(re.compile("Emma Nutt 200.*Meeting → 23:59"))
    other.wait_status(presence="meeting", note="room 4")
    other.command("presence", "home")
    a.wait_for(re.compile("Emma Nutt 200.*Home"))
    emma.wait_status(presence="home", note="", until=0)


def test_destinations_and_visibility(emma, other):
    t = other.attach(24, 100)
    t.send_keys("s")
    t.wait_for(re.compile("Lunch +calls to voicemail"))
    emma.command("forward-state", "lunch", "202")
    t.wait_for(re.compile("Lunch +calls to Hedy Lamarr 202"))
    emma.command("visibility", "inside")
    t.wait_for("seen by  inside only")
    emma.command("callme", "203")
    t.wait_for(re.compile("CallMe +203"))
    assert other.data("forward-state")["lunch"] == "202"


def test_an_open_dialog_keeps_what_is_typed(emma, other):
    t = other.attach(24, 100)
    t.send_keys("s")
    t.wait_for("▌ Office")
    emma.command("presence", "lunch", "23:58", "soup")
    # Nothing was touched: it follows.
    t.wait_for("▌ Lunch")
    t.wait_for("23:58")
    t.wait_for("soup")
    t.send_keys("Tab", "Tab", "Tab")
    t.wait_for("A note that")
    t.type(" and salad")
    t.wait_for("soup and salad")
    emma.command("presence", "meeting", "23:57", "room 4")
    t.wait_for("Meeting  now")
    emma.command("forward-state", "sick", "203")
    t.wait_for(re.compile("Sick +calls to Almon Strowger 203"))
    assert "soup and salad" in t.screen().text
    t.type("!")
    t.wait_for("soup and salad!")
    t.send_keys("Enter")
    t.wait_gone("Presence ─")
    emma.wait_status(note="soup and salad!")


def test_set_on_the_phone(emma, other, wsi):
    t = other.attach(24, 100)
    t.send_keys("s")
    t.wait_for("▌ Office")
    w = wsi(emma.server)
    w.login("200", "Exchange-1878")
    w.set_presence(9)
    t.wait_for("▌ Do Not Disturb")
    t.wait_for("Do Not Disturb  now")
    emma.wait_status(presence="dnd")


def test_undone_there_it_is_undone_here(emma, other):
    t = other.attach(24, 100)
    emma.command("presence", "vacation")
    t.wait_for(re.compile("Emma Nutt 200.*Vacation"))
    emma.command("undo")
    t.wait_for(re.compile("Emma Nutt 200.*Office"))
    wait_until(lambda: other.data("status")["presence"] == "office", 10, "it")
