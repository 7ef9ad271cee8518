"""One number, several phones: all ring, one answers, the rest are quiet, and the
journal has one entry. A mobile phone may ring with them."""
import pathlib
import re
import sys

import pytest

from harness import wait_until
from people import Person, journal

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip, add_user  # noqa: E402


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


@pytest.fixture
def second(emma):
    """Another phone of hers, with an account of its own."""
    add_user(emma.server, "221", "Emma's second phone")
    emma.server.admin("--line", "221", "200")
    return Baresip(emma.server, "221", tone=900).wait_registered()


def test_all_ring_and_one_answers(emma, second, agner):
    agner.dial("200")
    emma.wait_call("ringing-in")
    second.wait_event("CALL_INCOMING")
    emma.client.command("answer")
    second.wait_event("CALL_CLOSED")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    agner.client.command("hangup")
    emma.wait_no_call()
    assert len(journal(emma.server, "200", "201")) == 1
    assert not emma.server.query("SELECT * FROM journal WHERE owner = '221'")


def test_the_other_answers_and_it_is_seen(emma, second, agner):
    t = emma.client.attach(24, 100)
    agner.dial("200")
    t.wait_for("Agner Erlang")
    second.wait_event("CALL_INCOMING")
    second.do("accept")
    agner.wait_hears(second)
    agner.wait_call("talking")
    # Her number, not that of the phone.
    assert agner.call()["number"] == "200"
    emma.wait_call("talking")
    # It is operated from here.
    emma.client.command("hangup")
    agner.wait_no_call()
    second.wait_event("CALL_CLOSED")
    rows = journal(emma.server, "200", "201")
    assert [r["kind"] for r in rows] == [0]


def test_a_call_on_each_at_once(emma, second, agner, hedy):
    """The built-in phone and the one on the desk, each with a call: seen
    together, operated apart."""
    t = emma.client.attach(30, 110)
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_hears(agner)
    second.do("dial", "202")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    second.wait_hears(hedy)
    hedy.wait_hears(second)
    t.wait_for(re.compile(r"Agner Erlang 201 .* talking"))
    t.wait_for(re.compile(r"Hedy Lamarr 202 .* talking"))
    calls = {c["number"]: c["call"] for c in emma.client.data("calls")}
    emma.client.command("hold", str(calls["202"]))
    t.wait_for(re.compile(r"Hedy Lamarr 202 .* on hold"))
    hedy.wait_call("held-by-other")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    emma.client.command("resume", str(calls["202"]))
    second.wait_hears(hedy)
    emma.client.command("hangup", str(calls["202"]))
    hedy.wait_no_call()
    second.wait_no_call()
    t.wait_gone("Hedy Lamarr 202 ")
    emma.wait_hears(agner)
    emma.client.command("hangup")
    agner.wait_no_call()


def test_it_calls_with_her_number(emma, second, agner):
    second.do("dial", "201")
    agner.wait_call("ringing-in")
    assert agner.call()["number"] == "200"
    assert agner.call()["name"] == "Emma Nutt"


def test_it_is_its_own_again(emma, second, agner):
    emma.server.admin("--line", "221")

    def rings_alone():
        agner.client.run("dial", "200")
        emma.wait_call("ringing-in")
        too = second.has_rung()
        second.events.clear()
        agner.client.command("hangup")
        emma.wait_no_call()
        return not too
    wait_until(rings_alone, 20, "only her own phone rings")
    # … and it is called by its own number at once, not after it registers.
    agner.dial("221")
    second.wait_event("CALL_INCOMING")
