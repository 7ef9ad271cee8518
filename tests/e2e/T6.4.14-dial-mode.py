"""A mobile phone belongs to the number: it rings too, and may be called first
when something is dialled here."""
import pathlib
import sys

import pytest

from harness import wait_until
from people import Person, journal

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip  # noqa: E402

MOBILE = "+491715550200"


@pytest.fixture
def outside(server):
    """A server, and all that is outside of it, as one phone."""
    s = server()
    s.admin("--add-trunk", "line", "Outside line")
    s.admin("--mobility", "200", MOBILE)
    s.admin("--set", "group.400", "all; 20; Exchange; 200 204")
    return s


@pytest.fixture
def mobile(outside):
    return Baresip(outside, "line", tone=900).wait_registered()


@pytest.fixture
def agner(outside, client):
    return Person(client, outside, "201")


@pytest.fixture
def emma(outside, client):
    c = client()
    c.login(outside, "200")
    wait_until(lambda: "presence" in c.data("status"), 10, "all is read")
    return c


@pytest.fixture
def desk(outside):
    return Baresip(outside, "200", tone=700).wait_registered()


def test_it_is_called_first(outside, mobile, desk, emma, agner):
    t = emma.attach(24, 110)
    t.wait_for("desk phone 200")
    emma.command("dial-mode", "callback")
    t.wait_for(f"dials by {MOBILE}")
    emma.command("dial", "201")
    mobile.wait_event("CALL_INCOMING")
    assert agner.call() == {}
    mobile.do("accept")
    agner.wait_call("ringing-in")
    # Her internal number, not the mobile one.
    assert agner.call()["number"] == "200"
    agner.client.command("answer")
    agner.wait_hears(mobile)
    mobile.wait_hears(agner)
    t.wait_for("Agner Erlang")
    emma.command("hangup")
    agner.wait_no_call()
    mobile.wait_event("CALL_CLOSED")
    assert not desk.has_rung()
    assert [r["number"] for r in journal(outside, "200", "201")] == ["201"]


def test_the_desk_phone_again(mobile, desk, emma, agner):
    emma.command("dial-mode", "callback")
    assert emma.data("dial-mode") == "callback"
    emma.command("dial-mode", "associated")
    emma.command("dial", "201")
    desk.wait_event("CALL_INCOMING")
    desk.do("accept")
    agner.wait_call("ringing-in")
    assert not mobile.has_rung()


def test_not_taken_off_nobody_is_called(mobile, desk, emma, agner):
    emma.command("dial-mode", "callback")
    emma.run("dial", "201")
    mobile.wait_event("CALL_INCOMING")
    mobile.do("hangup")
    wait_until(lambda: emma.data("status").get("call", {}).get("state")
               in (None, "failed"), 10, "it is over")
    assert agner.call() == {}


def test_it_rings_with_the_others(mobile, desk, emma, agner):
    agner.dial("200")
    mobile.wait_event("CALL_INCOMING")
    desk.wait_event("CALL_INCOMING")
    mobile.do("accept")
    desk.wait_event("CALL_CLOSED")
    agner.wait_hears(mobile)
    assert emma.data("status")["call"]["state"] == "talking"


def test_nobody_elses(outside, mobile, client):
    agner = Person(client, outside, "201")
    got = agner.client.run("dial-mode", "callback")
    assert got.returncode and "No mobile phone" in got.stderr


def test_it_rings_for_a_group_of_hers(mobile, emma, agner):
    agner.dial("400")
    mobile.wait_event("CALL_INCOMING")
    mobile.do("accept")
    agner.wait_hears(mobile)
    agner.client.command("hangup")
    mobile.wait_event("CALL_CLOSED")
