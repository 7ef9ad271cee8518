"""The form that changes the voicemail's PIN: nothing of it is ever shown, the
rules are ticked while one types; not before the preset PIN was changed in the
menu by phone."""
import re

import pytest

from harness import wait_until
from people import Person

OLD, NEW = "482915", "739154"


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def pin_hash(server):
    rows = server.query("SELECT value FROM setting WHERE owner = '200' AND "
                        "name = 'voicemail.pin'")
    return rows[0]["value"] if rows else ""


def choose_pin(emma):
    emma.dial("71")
    emma.wait_call("talking")
    emma.client.command("tones", "200")
    emma.client.command("tones", OLD + OLD)
    wait_until(lambda: pin_hash(emma.server), 20, "the PIN is kept")
    emma.client.command("hangup")
    emma.wait_no_call()


def box(emma):
    t = emma.client.attach(24, 80)
    t.wait_for("Emma Nutt 200")
    t.send_keys("V")
    t.wait_for("recorded note")
    t.send_keys("End")
    return t


def test_not_before_the_preset_one_was_changed(emma):
    t = box(emma)
    t.wait_for("the preset one")
    t.wait_for("Call your voicemail first")
    t.send_keys("Enter")
    t.wait_for("Call your voicemail first")
    assert not t.screen().has("old PIN")
    # Changed in the menu meanwhile: it can be here, at once.
    choose_pin(emma)
    t.wait_for("one of your own")
    t.send_keys("Enter")
    t.wait_for("old PIN")


def ticked(t, rule, is_so=True):
    mark = "✓" if is_so else "[^✓]"
    t.wait_for(re.compile(rf"{mark} {rule}"))


def test_changed_and_never_shown(emma):
    choose_pin(emma)
    before = pin_hash(emma.server)
    t = box(emma)
    t.wait_for("one of your own")
    t.send_keys("Enter")
    t.wait_for("old PIN")
    for rule in "six digits", "not all", "no run", "both":
        ticked(t, rule, False)
    t.send_keys(*OLD)
    t.wait_for("••••••")
    t.send_keys("Tab", "7")
    ticked(t, "not all")
    ticked(t, "six digits", False)
    t.send_keys("BSpace", *"111")
    ticked(t, "not all", False)
    t.send_keys("BSpace", "BSpace", *"23")
    ticked(t, "no run", False)
    ticked(t, "not all")
    t.send_keys(*"456")
    ticked(t, "six digits")
    ticked(t, "no run", False)
    # A seventh digit and what is none are no part of it.
    t.send_keys("9", "a", "-")
    t.send_keys("Enter")
    t.wait_for("must not be a run")
    assert pin_hash(emma.server) == before
    t.send_keys("C-u", *NEW)
    for rule in "six digits", "not all", "no run":
        ticked(t, rule)
    ticked(t, "both", False)
    t.send_keys("Tab", *"739155", "Enter")
    t.wait_for("are not the same")
    t.send_keys("C-u", *NEW)
    ticked(t, "both")
    t.send_keys("BTab", "BTab")
    t.send_keys("Enter")
    t.wait_for("The PIN has been changed.")
    t.wait_gone("old PIN")
    assert pin_hash(emma.server) != before
    # Nowhere: neither on the screen nor in what is kept.
    for secret in OLD, NEW, "739155":
        assert not t.screen().has(secret)
        for place in (emma.server.log, *(
                p for p in emma.client.home.rglob("*") if p.is_file()
                and p.suffix != ".wav")):
            assert secret.encode() not in place.read_bytes(), place
    # The command line has nothing of it to go back to.
    t.send_keys("Escape", ":", "Up")
    assert not t.screen().has("voicemail-pin")


def test_a_wrong_old_one(emma):
    choose_pin(emma)
    before = pin_hash(emma.server)
    t = box(emma)
    t.wait_for("one of your own")
    t.send_keys("Enter")
    t.wait_for("old PIN")
    t.send_keys("Enter")
    t.wait_for("old PIN is needed")
    t.send_keys(*"000001", "Tab", *NEW, "Tab", *NEW, "Enter")
    t.wait_for("not the old PIN")
    assert pin_hash(emma.server) == before
    # Its field is empty, and what was typed beside it is still there.
    t.send_keys(*OLD, "Enter")
    t.wait_for("The PIN has been changed.")
    assert pin_hash(emma.server) != before
