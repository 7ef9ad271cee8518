"""Give a call to somebody else, with the built-in phone: blind, and after a
consultation; what is about to happen is said before, and a call that nobody
takes is one's own again."""
import pytest

from harness import wait_until
from people import Person, journal

IN_ANSWERED, OUT_ANSWERED = 0, 5
IN_FORWARDED = 4


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def screen(person):
    t = person.client.attach(30, 100)
    t.wait_for("VoIP ready")
    return t


def answers(person, caller):
    person.wait_call("ringing-in")
    person.client.command("answer")
    caller.wait_hears(person)


def select(t, name):
    """Go down to a favourite."""
    for _ in range(12):
        if any("▌" in line and name in line for line in t.screen()):
            return
        before = t.screen()
        t.send_keys("Down")
        t.wait_for(lambda screen: screen != before)
    raise AssertionError(name)


def only_calls(*people):
    for person in people:
        assert person.client.data("status")["calls"] == 1


def test_blind_by_key(emma, agner, hedy):
    t = screen(emma)
    agner.dial("200")
    t.wait_for("F9 answer")
    t.send_keys("F9")
    agner.wait_hears(emma)
    t.wait_for("t transfer")
    select(t, "Hedy Lamarr")
    t.send_keys("t")
    t.wait_for("Agner Erlang 201 will talk to Hedy Lamarr 202")
    # One may think better of it.
    t.send_keys("Escape")
    t.wait_gone("will talk to")
    assert emma.call()["state"] == "talking"
    assert not hedy.call()
    t.send_keys("t")
    t.wait_for("will talk to Hedy Lamarr 202")
    t.send_keys("Enter")
    hedy.wait_call("ringing-in")
    t.wait_for("is being transferred")
    hedy.client.command("answer")
    hedy.wait_hears(agner)
    agner.wait_hears(hedy)
    t.wait_gone("☎")
    emma.wait_no_call()
    # Both see with whom they speak now.
    wait_until(lambda: agner.call()["name"] == "Hedy Lamarr", 10,
               "Agner sees who it is")
    assert hedy.call()["name"] == "Agner Erlang"
    only_calls(agner, hedy)
    hedy.client.command("hangup")
    agner.wait_no_call()
    hedy.wait_no_call()
    server = emma.server
    assert journal(server, "200", "201")[0]["kind"] == IN_ANSWERED
    assert journal(server, "201", "200")[0]["kind"] == OUT_ANSWERED
    assert journal(server, "202", "201")[0]["kind"] == IN_FORWARDED


def test_not_to_whom_one_talks_with(emma, agner, hedy):
    """The selected one is whom one has just called: somebody else is asked
    for. He is not said to talk with some colleague, but with oneself."""
    t = screen(emma)
    select(t, "Agner Erlang")
    t.send_keys("Enter")
    t.wait_for("Agner Erlang's phone rings: you are calling")
    t.wait_gone("pick up")
    answers(agner, emma)
    t.wait_for("Agner Erlang talks with you")
    t.wait_for("t transfer")
    t.send_keys("t")
    t.wait_for(":transfer")
    t.send_keys("202", "Enter")
    t.wait_for("Agner Erlang 201 will talk to Hedy Lamarr 202")
    t.send_keys("y")
    answers(hedy, agner)
    emma.wait_no_call()


def test_own_call_is_not_picked_up(emma, agner):
    emma.dial("201")
    agner.wait_call("ringing-in")
    wait_until(lambda: "It is you who calls Agner Erlang" in
               emma.client.run("pickup", "201").stderr, 10, "it is refused")
    assert agner.call()["state"] == "ringing-in"
    assert emma.call()


def test_nobody_there_and_the_call_is_mine_again(emma, agner):
    t = screen(emma)
    emma.dial("201")
    answers(agner, emma)
    t.wait_for("talking")
    got = emma.client.run("transfer", "999")
    assert got.returncode
    assert "There is no such number" in got.stderr, got
    emma.wait_hears(agner)
    # Philipp Reis has no phone that works now.
    t.send_keys(":", "transfer 204", "Enter")
    t.wait_for("will talk to Philipp Reis 204")
    t.send_keys("y")
    t.wait_for("Not transferred: Nobody can be reached there now")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    assert emma.call()["state"] == "talking"


def test_after_a_consultation(emma, agner, hedy):
    t = screen(emma)
    agner.dial("200")
    answers(emma, agner)
    emma.dial("202")
    answers(hedy, emma)
    t.wait_for("x connect")
    t.send_keys("x")
    t.wait_for("Agner Erlang 201 will talk to Hedy Lamarr 202")
    t.send_keys("y")
    agner.wait_hears(hedy)
    hedy.wait_hears(agner)
    emma.wait_no_call()
    t.wait_gone("☎")
    only_calls(agner, hedy)
    assert hedy.call()["state"] == "talking"
    hedy.client.command("hangup")
    agner.wait_no_call()
    hedy.wait_no_call()


def test_who_transfers_may_go_before(emma, agner, hedy):
    agner.dial("200")
    answers(emma, agner)
    t = screen(emma)
    select(t, "Hedy Lamarr")
    t.send_keys("t")
    t.wait_for("will talk to")
    t.send_keys("y")
    hedy.wait_call("ringing-in")
    t.wait_for("is being transferred")
    emma.client.command("hangup")
    emma.wait_no_call()
    hedy.client.command("answer")
    agner.wait_hears(hedy)
    hedy.wait_hears(agner)


def test_deflect_a_ringing_call(emma, agner, hedy):
    t = screen(emma)
    agner.dial("200")
    t.wait_for("F9 answer")
    t.send_keys(":", "deflect 202", "Enter")
    t.wait_for("Agner Erlang 201 will ring at Hedy Lamarr 202")
    t.send_keys("y")
    hedy.wait_call("ringing-in")
    emma.wait_no_call()
    hedy.client.command("answer")
    agner.wait_hears(hedy)
    hedy.wait_hears(agner)
    wait_until(lambda: agner.call()["name"] == "Hedy Lamarr", 10,
               "Agner sees who it is")
    hedy.client.command("hangup")
    agner.wait_no_call()
    # Whom she has sent on she has not missed.
    assert not journal(emma.server, "200", "201")[0]["unread"]
    assert emma.client.data("status")["missed"] == 0
    assert journal(emma.server, "202", "201")[0]["kind"] == IN_FORWARDED
