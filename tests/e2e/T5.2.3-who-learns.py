"""Who learns an absence: everybody, colleagues only, nobody. Seen on a
colleague's screen, and heard by those who call."""
import re

import pytest

from announced import assert_not_said, assert_said, wait_tone
from desk import Baresip
from harness import wait_until
from people import Person, add_favourite


@pytest.fixture
def emma(server, client):
    s = server()
    s.admin("--add-trunk", "line", "Outside line")
    return Person(client, s, "200")


@pytest.fixture
def outside(emma):
    """Somebody who calls from outside."""
    return Baresip(emma.server, "line", tone=900).wait_registered()


def wait_visibility(person, word):
    wait_until(lambda: person.client.command("visibility").strip() == word,
               10, f"it is {word}")


def see(person, whom="Emma Nutt"):
    add_favourite(person.client, whom)
    return person.client.attach(24, 100)


def test_outside_too(emma, outside):
    wait_visibility(emma, "all")
    emma.client.command("presence", "vacation")
    outside.do("dial", "200")
    wait_tone(outside)
    assert_said(outside, "vacation", "leave")


def test_inside_only(emma, agner, outside):
    emma.client.command("visibility", "inside")
    emma.client.command("presence", "vacation", "-", "at sea")
    t = see(agner)
    t.wait_for(re.compile("Emma Nutt +Vacation"))
    agner.dial("200")
    wait_tone(agner)
    assert_said(agner, "vacation", "leave")
    agner.client.command("hangup")
    outside.do("dial", "200")
    wait_tone(outside)
    assert_said(outside, "greeting")
    assert_not_said(outside, "vacation")


def test_nobody(emma, agner):
    t = see(agner)
    t.wait_for(re.compile("Emma Nutt +Office"))
    emma.client.command("visibility", "nobody")
    # A mark of its own: not that of who is not there.
    t.wait_for(re.compile("Emma Nutt +not visible"))
    emma.client.command("presence", "vacation", "-", "at sea")
    emma.client.wait_status(presence="vacation")
    agner.dial("200")
    wait_tone(agner)
    assert_said(agner, "greeting")
    assert_not_said(agner, "vacation")
    assert "Vacation" not in t.screen().line_with("Emma Nutt")
    assert "at sea" not in t.screen().text
    agner.client.command("hangup")
    # It is she who is asked whether they may.
    emma.client.command("visibility", "all")
    t.wait_for(re.compile("Emma Nutt +Vacation"))


def test_hidden_is_not_offline(emma, agner):
    """Whose phone is gone still tells where he is, and the other way."""
    t = see(agner)
    hidden = re.compile("○ Emma Nutt +not visible")
    gone = re.compile("╳ Emma Nutt +Office")
    emma.client.command("visibility", "nobody")
    t.wait_for(hidden)
    emma.client.command("visibility", "all")
    t.wait_gone("not visible")
    emma.client.quit()
    t.wait_for(gone)


def test_by_the_dialog_and_back_by_one_key(emma, agner):
    theirs = see(agner)
    t = emma.client.attach(24, 80)
    t.wait_for("Emma Nutt 200")
    t.send_keys("s")
    t.wait_for("seen by  inside and outside")
    t.send_keys("BTab", "BTab")
    t.wait_for("< inside and outside >")
    t.send_keys("Left")
    t.wait_for("< nobody >")
    t.send_keys("Enter")
    wait_visibility(emma, "nobody")
    theirs.wait_for(re.compile("Emma Nutt +not visible"))
    t.wait_for("seen by  nobody")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    t.send_keys("u")
    theirs.wait_for(re.compile("Emma Nutt +Office"))


def test_what_is_none_is_refused(emma):
    got = emma.client.run("visibility", "everybody")
    assert got.returncode == 2 and len(got.stderr.splitlines()) == 1
    wait_visibility(emma, "all")
