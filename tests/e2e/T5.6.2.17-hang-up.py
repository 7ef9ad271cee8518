"""Hang up: by key, by command, from the other side, while it rings there,
and by refusing; each way both sides and the server know that it is over."""
import re

import pytest

from people import Person, journal

IN_ANSWERED, IN_MISSED, OUT_ANSWERED, OUT_UNANSWERED = 0, 1, 5, 6


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


@pytest.fixture
def agner(emma, client):
    return Person(client, emma.server, "201")


def screen(person, *size):
    t = person.client.attach(*size)
    t.wait_for("VoIP ready")
    return t



@pytest.mark.parametrize("key", ["F12", "e", "hangup"])
def test_in_a_call(emma, agner, key):
    t = screen(emma)
    agner.dial("200")
    t.wait_for("F9 answer")
    t.send_keys("F9")
    t.wait_for("talking")
    agner.wait_call("talking")
    agner.wait_hears(emma)
    if key == "hangup":
        emma.client.command("hangup")
    else:
        t.send_keys(key)
    t.wait_gone("talking")
    agner.wait_no_call()
    emma.wait_no_call()
    assert journal(emma.server, "200", "201")[0]["kind"] == IN_ANSWERED
    assert journal(emma.server, "201", "200")[0]["kind"] == OUT_ANSWERED
    # Both can call again.
    emma.dial("201")
    agner.wait_call("ringing-in")


def test_from_the_other_side(emma, agner):
    t = screen(emma)
    emma.dial("201")
    agner.wait_call("ringing-in")
    t.wait_for("rings there")
    agner.client.command("answer")
    t.wait_for("talking")
    emma.wait_hears(agner)
    agner.client.command("hangup")
    t.wait_gone("talking")
    emma.wait_no_call()
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*out +answered +0:\d\d"))


# Emma has no other phone that could answer; the others have one on the desk.

def test_while_it_rings_there(emma, agner):
    t, other = screen(agner), screen(emma)
    agner.dial("200")
    other.wait_for("F9 answer")
    t.wait_for("rings there")
    t.send_keys("F12")
    t.wait_gone("rings there")
    other.wait_gone("F9 answer")
    emma.wait_no_call()
    agner.wait_no_call()
    other.wait_for("missed 1")
    assert journal(emma.server, "201", "200")[0]["kind"] == OUT_UNANSWERED
    assert journal(emma.server, "200", "201")[0]["kind"] == IN_MISSED
    # One who gives up needs no reason on the screen.
    assert "☎" not in t.screen().text


def test_at_once_after_dialling(emma, agner):
    """Before anything has come back from the server."""
    c = agner.client.control()
    for _ in range(5):
        c.do("dial", "200")
        c.do("hangup")
        agner.wait_no_call()
    emma.wait_no_call()
    agner.dial("200")
    emma.wait_call("ringing-in")


@pytest.mark.parametrize("key", ["F12", "reject"])
def test_refused(emma, agner, key):
    t, caller = screen(emma), screen(agner)
    agner.dial("200")
    t.wait_for("F9 answer")
    if key == "reject":
        emma.client.command("reject")
    else:
        t.send_keys(key)
    t.wait_gone("F9 answer")
    emma.wait_no_call()
    # The caller learns why, once, and can put it away.
    caller.wait_for(re.compile(r"☎ Emma Nutt 200.*(busy|declined|rejected)",
                               re.I))
    assert len(agner.client.data("calls")) == 1
    caller.send_keys("F12")
    caller.wait_gone("☎")
    assert journal(emma.server, "201", "200")[0]["kind"] == OUT_UNANSWERED
    # Refused is not missed.
    assert emma.client.data("status")["missed"] == 0


def test_nothing_to_hang_up(emma):
    got = emma.client.run("hangup")
    assert got.returncode not in (0, 4)
    assert got.stderr == "There is no call.\n"


def test_by_a_foreign_program(emma, agner, wsi):
    """The server ends the call for another client of the same user."""
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_call("talking")
    w = wsi(emma.server)
    w.login("200", "Exchange-1878")
    w.start_events()
    state = w.ask("GetDeviceState", deviceID="200")
    call = state.findtext(".//callID")
    assert call
    w.ask("ClearConnection", callID=call, deviceID="200")
    emma.wait_no_call()
    agner.wait_no_call()
