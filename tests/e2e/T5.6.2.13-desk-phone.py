"""Give calls of the phone on the desk to others: blind, after a consultation,
and while the other still rings. Put down with somebody waiting, it rings again
with him."""
import pytest

from desk import Desk
from harness import wait_until


@pytest.fixture
def emma(server, client):
    return Desk(client, server(), "200")


def speak(emma, agner):
    agner.dial("200")
    emma.phone.wait_event("CALL_INCOMING")
    emma.wait_call("ringing-in")
    emma.answer()
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def consult(emma, agner, hedy):
    speak(emma, agner)
    emma.dial("202")
    hedy.wait_call("ringing-in")
    agner.wait_call("held-by-other")


def gone(emma):
    emma.wait_no_call()
    emma.phone.wait_no_call()


def they_talk(agner, hedy):
    agner.wait_hears(hedy)
    hedy.wait_hears(agner)
    wait_until(lambda: agner.call()["name"] == "Hedy Lamarr", 10,
               "Agner sees who it is")
    assert hedy.call()["name"] == "Agner Erlang"
    hedy.client.command("hangup")
    agner.wait_no_call()


def test_blind(emma, agner, hedy):
    t = emma.client.attach(30, 100)
    speak(emma, agner)
    t.wait_for("t transfer")
    t.send_keys(":", "transfer 202", "Enter")
    t.wait_for("Agner Erlang 201 will talk to Hedy Lamarr 202")
    t.send_keys("y")
    hedy.wait_call("ringing-in")
    # Until she answers, Emma still has him.
    emma.wait_hears(agner)
    hedy.client.command("answer")
    gone(emma)
    they_talk(agner, hedy)


def test_blind_to_nobody(emma, agner):
    speak(emma, agner)
    # Philipp Reis has no phone that works now.
    got = emma.client.run("transfer", "204")
    assert got.returncode and got.stderr.strip(), got
    assert emma.call()["state"] == "talking"
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def test_after_a_consultation(emma, agner, hedy):
    t = emma.client.attach(30, 100)
    consult(emma, agner, hedy)
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    t.wait_for("x connect")
    t.send_keys("x")
    t.wait_for("Agner Erlang 201 will talk to Hedy Lamarr 202")
    t.send_keys("y")
    gone(emma)
    they_talk(agner, hedy)


def test_put_down_with_one_waiting(emma, agner, hedy):
    t = emma.client.attach(30, 100)
    consult(emma, agner, hedy)
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    emma.phone.do("hangup")
    hedy.wait_no_call()
    emma.phone.wait_event("CALL_INCOMING")
    emma.wait_call("ringing-in")
    t.wait_for("F9 answer")
    emma.answer()
    emma.wait_call("talking")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    emma.client.command("hangup")
    gone(emma)
    agner.wait_no_call()


def test_deflect_a_ringing_call(emma, agner, hedy):
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("deflect", "202")
    hedy.wait_call("ringing-in")
    gone(emma)
    hedy.client.command("answer")
    they_talk(agner, hedy)
