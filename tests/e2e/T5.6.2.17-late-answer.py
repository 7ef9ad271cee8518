"""An answer to a call's command that comes late, never, or makes no sense, takes
nothing back of what the events have told meanwhile."""
import re
import threading

import pytest

from between import Between
from desk import Desk
from harness import wait_until
from people import Person, calls, wait_calls


class Late:
    """The answer to one command is held back until go is set, and is then
    what was made of it, or the truth."""

    def __init__(self, command, instead=None):
        self.command, self.instead = command, instead
        self.made, self.go = threading.Event(), threading.Event()

    def __call__(self, command, _, truth):
        if command != self.command:
            return None
        body = truth()
        self.made.set()
        assert self.go.wait(60)
        return self.instead or body


class Behind:
    """A server as another address has it, for what logs in there."""

    def __init__(self, way, server):
        self.address, self.server = way.address, server

    def __getattr__(self, name):
        return getattr(self.server, name)


@pytest.fixture
def behind(box, server, client):
    """behind(late): Emma with a phone on the desk, Agner, the way to her
    server."""
    def make(late):
        s = server()
        way = Between(box, s, (), late)
        emma = Desk(client, Behind(way, s), "200")
        return emma, Person(client, s, "201"), way, s
    return make


@pytest.mark.parametrize("instead", [None, b"<html>gateway time-out"])
def test_the_call_rings_before_its_answer(behind, instead):
    late = Late("MkCall", instead)
    emma, agner, way, _ = behind(late)
    t = emma.client.attach(24, 80)
    control = emma.client.control()
    control.begin("dial", "201")
    emma.lift()
    agner.wait_call("ringing-in")
    wait_calls(emma, n201="ringing_out")
    assert late.made.wait(20)
    late.go.set()
    way.wait_quiet()
    # It goes on, and is the only one.
    assert calls(emma) == {"201": "ringing-out"}
    t.wait_for(re.compile("Agner Erlang 201 .*e end"))
    t.send_keys("e")
    agner.wait_no_call()
    emma.wait_no_call()
    t.wait_gone("☎")


def test_it_is_over_before_its_answer(behind):
    late = Late("MkCall")
    emma, agner, way, _ = behind(late)
    control = emma.client.control()
    control.begin("dial", "201")
    emma.lift()
    agner.wait_call("ringing-in")
    agner.client.command("reject")
    wait_until(lambda: "ringing-out" not in calls(emma).values(), 10,
               "it rings no more")
    emma.phone.do("hangup")
    before = calls(emma)
    assert late.made.is_set()
    late.go.set()
    way.wait_quiet()
    # No ghost: what is there is on its way out.
    assert set(calls(emma)) <= set(before)
    emma.wait_no_call(20)


def test_ended_elsewhere_before_the_hold_is_answered(behind):
    late = Late("HoldCall")
    emma, agner, way, _ = behind(late)
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_call("talking")
    control = emma.client.control()
    control.begin("hold")
    assert late.made.wait(20)
    wait_calls(emma, n201="held")
    agner.client.command("hangup")
    emma.wait_no_call()
    late.go.set()
    way.wait_quiet()
    assert calls(emma) == {}


def test_the_consultation_is_answered_before_its_answer(behind, client):
    late = Late("ConsultationCall", b"<html>gateway time-out")
    emma, agner, way, server = behind(late)
    hedy = Person(client, server, "202")
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_call("talking")
    control = emma.client.control()
    control.begin("dial", "202")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    wait_calls(emma, n201="held", n202="talking")
    late.go.set()
    way.wait_quiet()
    wait_calls(emma, n201="held", n202="talking")
    # The key hits that one, and not the one that waits.
    emma.client.command("return")
    hedy.wait_no_call()
    wait_calls(emma, n201="talking")
    emma.wait_hears(agner)
