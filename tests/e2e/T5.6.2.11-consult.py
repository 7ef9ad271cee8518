"""Consult: call a third party while the first waits, who is told so and hears
nobody; with the built-in phone and with the one on the desk."""
import re
import sys
import pathlib

from harness import wait_until
from people import calls, speak, wait_calls

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import wait_hears_not  # noqa: E402


def test_the_first_waits_meanwhile(emma, agner, hedy):
    t, u = emma.client.attach(30, 110), agner.client.attach(30, 110)
    speak(emma, agner)
    t.send_keys("/")
    t.type("202")
    t.send_keys("Enter")
    hedy.wait_call("ringing-in")
    # Each row has the keys of its own call.
    t.wait_for(re.compile("Hedy Lamarr 202 .*e end"))
    t.wait_for(re.compile("Agner Erlang 201 .*b return"))
    assert not any("Hedy Lamarr 202" in line and "resume" in line
                   for line in t.screen())
    u.wait_for("on hold")
    agner.wait_call("held-by-other")
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    wait_hears_not(agner, emma)
    wait_hears_not(hedy, agner)
    t.wait_for(re.compile("Hedy Lamarr.*talking"))
    t.wait_for(re.compile("Agner Erlang.*on hold"))
    wait_calls(emma, n201="held", n202="talking")


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


def test_the_third_cannot_be_reached(emma, agner):
    # Philipp Reis has no phone that works now, and nobody takes messages.
    emma.server.admin("--voicemail", "204", "off")
    speak(emma, agner)
    emma.client.run("dial", "204")
    wait_until(lambda: calls(emma).get("204") in (None, "failed"), 10,
               lambda: f"it has failed {emma.client.data('calls')}")
    if calls(emma)["201"] == "held":
        emma.client.command("resume")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
