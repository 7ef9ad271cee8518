"""Two calls of one phone: alternate, and return to the first; with the built-in
phone and with the one on the desk. Who waits is told so, and hears nobody."""
import re

from people import consult, wait_calls


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
