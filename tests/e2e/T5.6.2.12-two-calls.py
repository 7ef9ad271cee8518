"""Two calls of one phone: consult (T5.6.2.11), alternate and return to the
first (T5.6.2.12), with the built-in phone and with the one on the desk. Who
waits is told so, and hears nobody."""
import re

import pytest

from desk import Desk
from harness import wait_until
from people import Person


@pytest.fixture(params=["voip", "desk"])
def emma(request, server, client):
    if request.param == "voip":
        return Person(client, server(), "200")
    return Desk(client, server(), "200")


def speak(emma, agner):
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def consult(emma, agner, hedy):
    speak(emma, agner)
    emma.dial("202")
    hedy.wait_call("ringing-in")
    agner.wait_call("held-by-other")
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)


def calls(person):
    """{number: state} of all calls."""
    return {c["number"]: c["state"] for c in person.client.data("calls")}


def wait_calls(person, **states):
    want = {k.strip("n"): v.replace("_", "-") for k, v in states.items()}
    wait_until(lambda: calls(person) == want, 10,
               lambda: f"{person.user} has {want}, and not {calls(person)}")


def test_between_the_two_and_back(emma, agner, hedy):
    t = emma.client.attach(30, 110)
    consult(emma, agner, hedy)
    wait_calls(emma, n201="held", n202="talking")
    t.wait_for(re.compile("Hedy Lamarr.*talking"))
    t.wait_for(re.compile("Agner Erlang.*on hold"))
    t.wait_for("a alternate")
    t.send_keys("a")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    hedy.wait_call("held-by-other")
    wait_calls(emma, n201="talking", n202="held")
    t.send_keys("a")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    agner.wait_call("held-by-other")
    t.wait_for("b return")
    t.send_keys("b")
    hedy.wait_no_call()
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    wait_calls(emma, n201="talking")
    emma.client.command("hangup")
    agner.wait_no_call()
    emma.wait_no_call()


def test_nobody_answers_and_it_is_given_up(emma, agner, hedy):
    speak(emma, agner)
    emma.dial("202")
    hedy.wait_call("ringing-in")
    wait_calls(emma, n201="held", n202="ringing_out")
    emma.client.command("return")
    hedy.wait_no_call()
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    wait_calls(emma, n201="talking")


def test_the_second_hangs_up(emma, agner, hedy):
    consult(emma, agner, hedy)
    hedy.client.command("hangup")
    wait_calls(emma, n201="held")
    assert agner.call()["state"] == "held-by-other"
    emma.client.command("resume")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def test_who_waits_hangs_up(emma, agner, hedy):
    consult(emma, agner, hedy)
    agner.client.command("hangup")
    wait_calls(emma, n202="talking")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)


def test_the_third_cannot_be_reached(emma, agner):
    speak(emma, agner)
    # Philipp Reis has no phone that works now.
    emma.client.run("dial", "204")
    wait_until(lambda: "204" not in calls(emma) or
               calls(emma)["204"] == "failed", 10, "it has failed")
    if calls(emma)["201"] == "held":
        emma.client.command("resume")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
