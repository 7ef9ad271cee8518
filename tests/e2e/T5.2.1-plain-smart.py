"""A plain UC Smart server keeps no destinations of states: the client does,
and has the phone forwarded when its user changes his state."""
import re

import pytest

from harness import wait_until
from people import destinations
from plain import PASSWORD


@pytest.fixture
def emma(server, client):
    c = client()
    c.server = server(plain=True, desk_phones=True)
    c.login(c.server, "200", PASSWORD)
    c.wait_status(connection="online")
    wait_until(lambda: "presence" in c.data("status"), 10, "it is read")
    return c


def forwarded(server):
    rows = server.query("SELECT value FROM setting WHERE owner = '200' AND "
                        "name = 'forward.immediate' AND value <> ''")
    return rows[0]["value"] if rows else ""


def wait_forwarded(server, number):
    wait_until(lambda: forwarded(server) == number, 10,
               lambda: f"calls go to {number!r}: {forwarded(server)!r}")


def test_the_phone_is_forwarded_with_the_state(emma, wsi):
    s = emma.server
    t = emma.attach(24, 100)
    emma.command("forward-state", "lunch", "202")
    emma.command("forward-state", "home", "203")
    assert forwarded(s) == ""
    emma.command("presence", "lunch")
    wait_forwarded(s, "202")
    t.wait_for("calls to 202")
    # It is the server that does it: a caller rings there.
    w = wsi(s)
    w.login("201", PASSWORD)
    w.start_events("201")
    w.mk_call("200")
    got = w.wait_event("DeliveredEvent", device="201", alertingDevice="202")
    assert got["alertingDevice"] == "202"
    emma.command("presence", "home")
    wait_forwarded(s, "203")
    emma.command("presence", "office")
    wait_forwarded(s, "")
    t.wait_gone("calls to")
    emma.command("undo")
    wait_forwarded(s, "203")


def test_what_somebody_has_set_himself_stays(emma):
    s = emma.server
    emma.command("forward-state", "lunch", "202")
    emma.command("forward", "always", "203")
    wait_forwarded(s, "203")
    wait_until(lambda: "203" in emma.command("forward"), 10, "it is known")
    emma.command("presence", "lunch")
    emma.wait_status(presence="lunch")
    emma.command("presence", "office")
    emma.wait_status(presence="office")
    # What would have been asked for would be there by now.
    emma.command("forward", "busy", "202")
    assert forwarded(s) == "203"


def test_it_is_remembered_and_ended_after_a_restart(emma):
    s = emma.server
    emma.command("forward-state", "lunch", "202")
    emma.command("presence", "lunch")
    wait_forwarded(s, "202")
    emma.quit()
    emma.wait_core_gone()
    emma.login(s, "200", PASSWORD)
    wait_until(lambda: destinations(emma)["lunch"] == "202", 10,
               "it is remembered")
    wait_until(lambda: "202" in emma.command("forward"), 10, "it is known")
    emma.command("presence", "office")
    wait_forwarded(s, "")


def test_the_state_in_which_one_is(emma):
    s = emma.server
    emma.command("presence", "lunch")
    emma.wait_status(presence="lunch")
    emma.command("forward-state", "lunch", "202")
    wait_forwarded(s, "202")
    wait_until(lambda: "202" in emma.command("forward"), 10, "it is known")
    emma.command("forward-state", "lunch", "here")
    wait_forwarded(s, "")


def test_what_it_lacks_is_not_offered(emma):
    t = emma.attach(24, 80)
    t.wait_for("200")
    t.send_keys("s")
    t.wait_for(re.compile("Lunch +calls ring here"))
    assert not t.screen().has("seen by")
    for argv in ("visibility", "inside"), ("my-data", "mobile", "+49 171 5"):
        got = emma.run(*argv)
        assert got.returncode and len(got.stderr.splitlines()) == 1, got
    got = emma.run("forward-state", "lunch", "200")
    assert got.returncode and "come back to you" in got.stderr, got
    got = emma.run("forward-state", "lunch", "voicemail")
    assert got.returncode and "voicemail_number" in got.stderr, got
    emma.command("set", "voicemail_number", "71")
    emma.command("forward-state", "lunch", "voicemail")
    emma.command("presence", "lunch")
    wait_forwarded(emma.server, "71")


def test_in_suite_it_is_not_the_clients_business(server, client):
    c = client()
    s = server("suite", plain=True, desk_phones=True)
    c.login(s, "200", PASSWORD)
    c.wait_status(connection="online")
    got = c.run("forward-state", "lunch", "202")
    assert got.returncode and len(got.stderr.splitlines()) == 1, got
    c.command("presence", "lunch")
    c.wait_status(presence="lunch")
    assert forwarded(s) == ""
