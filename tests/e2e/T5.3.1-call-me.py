"""CallMe and forwarding: calls ring elsewhere. Who calls sees the number that was
called; who is called elsewhere sees it in the header and can take it back."""

import pytest

from harness import wait_until
from people import Person, journal


@pytest.fixture
def boss(emma, client):
    """Almon, at whose phone Emma's calls are to ring."""
    return Person(client, emma.server, "203")


def forward(emma, *words):
    emma.client.command("forward", *words)


def test_call_me_rings_there_and_only_there(emma, agner, boss):
    t = emma.client.attach(24, 110)
    emma.client.command("callme", "203")
    t.wait_for("CallMe 203")
    agner.dial("200")
    boss.wait_call("ringing-in")
    # She sees it, as it is hers, but nothing rings here.
    assert not (emma.client.home / "rung.wav").exists()
    # Who calls sees whom he has called, not that phone.
    assert agner.call()["number"] == "200"
    boss.client.command("answer")
    boss.wait_hears(agner)
    agner.wait_hears(boss)
    agner.client.command("hangup")
    boss.wait_no_call()
    assert journal(emma.server, "200", "201")[0]["kind"] == 0, \
        "her call, answered"


def test_call_me_rests_while_absent(emma, agner, boss):
    t = emma.client.attach(24, 110)
    emma.client.command("callme", "203")
    t.wait_for("CallMe 203")
    emma.client.command("forward-state", "lunch", "here")
    emma.client.command("presence", "lunch")
    t.wait_gone("CallMe 203")
    agner.dial("200")
    emma.wait_call("ringing-in")
    assert boss.call() == {}
    agner.client.command("hangup")
    emma.wait_no_call()
    emma.client.command("presence", "office")
    t.wait_for("CallMe 203")
    agner.dial("200")
    boss.wait_call("ringing-in")


def test_call_me_is_kept_and_given_up(emma, agner):
    emma.client.command("callme", "203")
    emma.client.command("callme", "off")
    wait_until(lambda: emma.client.command("callme").strip() == "off", 10,
               "it is off")
    agner.dial("200")
    emma.wait_call("ringing-in")


@pytest.mark.parametrize("number, why", [
    ("400", "group"), ("201", "forwarded"), ("200", "come back to you"),
    ("299", "does not know")])
def test_where_it_cannot_be(emma, agner, number, why):
    emma.server.admin("--set", "group.400", "all; 20; Exchange; 201 202")
    agner.client.command("forward", "always", "202")
    wait_until(lambda: "202" in agner.client.command("forward"), 10, "it is")
    got = emma.client.run("callme", number)
    assert got.returncode and why in got.stderr, got


def test_all_calls_go_elsewhere(emma, agner, hedy):
    t = emma.client.attach(24, 110)
    forward(emma, "always", "202")
    t.wait_for("calls to 202")
    agner.dial("200")
    hedy.wait_call("ringing-in")
    assert emma.call() == {}
    hedy.client.command("answer")
    hedy.wait_hears(agner)
    agner.client.command("hangup")
    hedy.wait_no_call()
    assert journal(emma.server, "202", "201")[0]["kind"] == 4
    t.send_keys("u")
    t.wait_gone("calls to 202")
    agner.dial("200")
    emma.wait_call("ringing-in")


def test_two_that_send_to_each_other(emma, agner, hedy):
    """Nobody is called for ever: the second is told so. Where it comes to it
    all the same, by a state, who was called is rung."""
    hedy.client.command("forward-state", "lunch", "200")
    forward(emma, "always", "202")
    got = hedy.client.run("forward", "always", "200")
    assert got.returncode and "come back to you" in got.stderr, got
    hedy.client.command("presence", "lunch")
    agner.dial("200")
    emma.wait_call("ringing-in")
    assert hedy.call() == {}


def test_a_code_dialled_on_any_phone(emma, agner, hedy):
    t = emma.client.attach(24, 110)
    emma.client.command("dial", "*11202")
    t.wait_for("calls to 202")
    emma.wait_no_call()
    emma.client.command("dial", "#1")
    t.wait_gone("calls to 202")
    emma.wait_no_call()
    assert not emma.server.query("SELECT * FROM journal WHERE owner = '200'")


def test_busy_goes_on(emma, agner, hedy, boss):
    forward(emma, "busy", "203")
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("reject")
    # Refused is not busy: nobody else is asked.
    wait_until(lambda: agner.call().get("state") in (None, "failed"), 10,
               "it is over")
    assert boss.call() == {}
