"""Back to Office with a note; and what was is one key away."""
import re

import pytest

from people import add_favourite


@pytest.fixture
def emma(logged_in):
    return logged_in()


def test_back_with_a_note_by_the_dialog(emma, logged_in):
    hedy = logged_in("202", emma.server)
    add_favourite(hedy, "Emma Nutt")
    theirs = hedy.attach()
    emma.command("presence", "lunch", "13:30", "sushi")
    theirs.wait_for(re.compile(r"Emma Nutt +Lunch"))
    t = emma.attach()
    t.wait_for(re.compile("Emma Nutt 200.*Lunch"))
    t.send_keys("s")
    t.wait_for("▌ Lunch")
    t.send_keys("Home")
    t.wait_for("▌ Office")
    t.send_keys("Tab", "Tab")
    for _ in range(5):
        t.send_keys("BSpace")
    t.type("in room 4")
    t.wait_for("in room 4")
    t.send_keys("Enter")
    t.wait_for(re.compile("Emma Nutt 200.*Office"))
    theirs.wait_for(re.compile(r"Emma Nutt +Office"))
    theirs.wait_for("in room 4")
    status = emma.wait_status(presence="office", note="in room 4")
    assert status["until"] == 0
    row = emma.server.query("SELECT * FROM account WHERE extension = '200'")[0]
    assert row["presence"] == 1 and row["until_ms"] == 0


def test_by_command(emma):
    emma.command("presence", "meeting", "23:59")
    emma.wait_status(presence="meeting")
    emma.command("presence", "office")
    status = emma.wait_status(presence="office")
    assert status["note"] == "" and status["until"] == 0


def test_undo_brings_back_what_was(emma):
    emma.wait_status(presence="office")
    emma.command("presence", "lunch", "2099-05-01 13:30", "sushi")
    before = emma.wait_status(presence="lunch")
    emma.command("presence", "office")
    emma.wait_status(presence="office")
    t = emma.attach()
    t.wait_for("Agner Erlang")
    t.send_keys("u")
    after = emma.wait_status(presence="lunch", note="sushi")
    assert after["until"] == before["until"]
    t.wait_for("Back: ")
    # One step, one way: the next undo takes back the lunch itself.
    t.send_keys("u")
    emma.wait_status(presence="office")
    t.send_keys("u")
    t.wait_for("nothing to take back")


def test_escape_changes_nothing(emma):
    t = emma.attach()
    t.wait_for("Agner Erlang")
    t.send_keys("s")
    t.wait_for("▌ Office")
    t.send_keys("Down")
    t.wait_for("▌ Meeting")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    emma.wait_status(presence="office")
