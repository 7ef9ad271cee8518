"""The server stops, or goes, during a call: what is there stays usable, and
nothing is left ringing or talking for ever."""
import re

import pytest

from harness import wait_until
from people import Person


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


@pytest.fixture
def agner(emma, client):
    return Person(client, emma.server, "201")


def talk(caller, called):
    caller.dial(called.user)
    called.wait_call("ringing-in")
    called.client.command("answer")
    caller.wait_hears(called)
    called.wait_hears(caller)


def test_server_stands_still_for_a_while(emma, agner):
    t = emma.client.attach()
    t.wait_for("Hedy Lamarr")
    talk(agner, emma)
    t.wait_for("talking")
    emma.server.pause()
    mark = len(emma.heard.read_bytes())
    wait_until(lambda: len(emma.heard.read_bytes()) > mark + 3 * 96000, 20,
               "some seconds pass at the loudspeaker")
    assert not emma.hears(agner.tone)
    # Its terminal is as quick as ever.
    t.send_keys("Down")
    t.wait_for(re.compile("▌.*Hedy Lamarr"), 3)
    emma.server.resume()
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    assert emma.call()["state"] == "talking"
    t.send_keys("F12")
    t.wait_gone("☎")
    agner.wait_no_call()


def test_hung_up_while_the_server_is_away(emma, agner):
    t = emma.client.attach()
    t.wait_for("Hedy Lamarr")
    talk(agner, emma)
    emma.server.kill()
    t.wait_for("No connection")
    # The call is still on the screen, and its key still works.
    t.wait_for("☎ Agner Erlang 201")
    t.send_keys("F12")
    t.wait_gone("☎", 5)
    agner.client.command("hangup")
    agner.wait_no_call()


def test_calls_work_again_after_a_restart(emma, agner):
    talk(agner, emma)
    emma.server.restart(kill=True)
    for person in (emma, agner):
        person.client.run("reconnect")
        person.client.wait_status(30, connection="online", voip=True)
    wait_until(lambda: emma.server.log.read_text().count("200 is reach") == 2,
               15, "the new server knows Emma's phone")
    # They have logged in anew and been given the account that they had: no
    # reason to end a call. The server of this one has gone, so they do.
    for person in (emma, agner):
        assert person.call()["state"] == "talking"
        person.client.command("hangup")
        person.wait_no_call()
    talk(agner, emma)
    agner.client.command("hangup")
    emma.wait_no_call()


def test_ringing_ends_when_the_server_goes(emma, agner):
    """Nothing rings for ever: the user can put it away at least."""
    t = emma.client.attach()
    t.wait_for("Hedy Lamarr")
    agner.dial("200")
    t.wait_for("F9 answer")
    emma.server.kill()
    t.wait_for("No connection")
    t.send_keys("F12")
    t.wait_gone("Agner Erlang 201 ", 5)
    emma.wait_no_call()
    agner.client.command("hangup")
    agner.wait_no_call()
