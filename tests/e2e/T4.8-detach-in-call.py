"""The terminal goes during a call, the call does not; offhook again shows it
with its clock running; quit ends everything."""
import os
import re
import signal

import pytest

from harness import wait_until
from harness.box import alive
from people import Person, journal

CLOCK = re.compile(r"Agner Erlang 201 +(\d+):(\d\d) +talking")


def seconds(terminal):
    m = terminal.wait_for(CLOCK)
    return int(m[1]) * 60 + int(m[2])


@pytest.fixture
def talking(server, client):
    """Emma and Agner talk; she looks at it in a terminal."""
    s = server()
    emma, agner = Person(client, s, "200"), Person(client, s, "201")
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    agner.dial("200")
    t.wait_for("F9 answer")
    t.send_keys("F9")
    emma.wait_call("talking")
    agner.wait_hears(emma)
    return emma, agner, t


@pytest.mark.parametrize("way", ["closed", "killed", "detached"])
def test_call_goes_on_without_a_terminal(talking, way):
    emma, agner, t = talking
    core = emma.client.core()
    before = seconds(t)
    if way == "closed":
        t.hang_up()
    elif way == "killed":
        os.kill(t.pid, signal.SIGKILL)
    else:
        t.send_keys("D")
        t.wait_end()
    wait_until(lambda: not alive(t.pid), 5, "the terminal's program ends")
    # What is heard from now on was said after that.
    mark = len(agner.heard.read_bytes())
    wait_until(lambda: len(agner.heard.read_bytes()) > mark + 2 * 48000, 10,
               "more is heard")
    assert agner.hears(emma.tone), agner.describe(emma.tone)
    assert emma.hears(agner.tone), emma.describe(agner.tone)

    again = emma.client.attach(30, 100)
    first = seconds(again)
    assert first >= before
    again.wait_for(lambda s: (m := CLOCK.search(s.text)) and
                   int(m[1]) * 60 + int(m[2]) > first)
    assert emma.client.core() == core
    agner.wait_hears(emma)
    # And it is the same call: it can be ended from here.
    again.send_keys("F12")
    again.wait_gone("talking")
    agner.wait_no_call()


def test_quit_ends_the_call_and_everything(talking, box):
    emma, agner, t = talking
    t.send_keys("Q")
    # In a call it asks, and the safe answer is the default.
    t.wait_for("It ends when the program does")
    t.send_keys("Enter")
    t.wait_gone("It ends when the program does")
    assert emma.call()["state"] == "talking"
    t.send_keys("Q")
    t.wait_for("It ends when the program does")
    t.send_keys("y")
    assert t.wait_end() == "exit 0"
    emma.client.wait_core_gone()
    agner.wait_no_call()
    assert not emma.client.socket.exists()
    assert not [p for p in box.processes()
                if p not in agner.client.cores() and p != agner.server.pid]
    assert journal(agner.server, "200", "201")[0]["duration_s"] >= 0


def test_quit_by_command_ends_a_call(talking):
    emma, agner, t = talking
    emma.client.command("quit", "yes")
    assert t.wait_end() == "exit 0"
    emma.client.wait_core_gone()
    agner.wait_no_call()


def test_the_core_is_killed_in_a_call(talking):
    """Power fails at one side: the other one can hang up, and both ring
    again afterwards."""
    emma, agner, t = talking
    os.kill(emma.client.core(), signal.SIGKILL)
    t.wait_end()
    agner.client.command("hangup")
    agner.wait_no_call()
    emma.client.socket.unlink(missing_ok=True)
    emma.client.login(agner.server, "200")
    emma.client.wait_status(voip=True)
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    agner.wait_hears(emma)
