"""A call by name as the others see it: what Agner sends back is what was
said, Hedy's tune is heard, a foreign program gets the events in their order,
the journal has the call with its length, and so has the screen."""
import re
import time

import pytest

from harness import sound, wait_until
from people import Person, journal

PASSWORD = "Exchange-1878"


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def call_by_name(t, typed, name):
    t.send_keys("/")
    t.type(typed)
    t.wait_for(lambda s: "▌" in s.line_with(name) if s.find(name) else False)
    t.send_keys("Enter")
    t.wait_for(re.compile(rf"☎ {name} .*talking"), 15)


def test_echo_events_and_journal(emma, wsi):
    w = wsi(emma.server)
    w.login("201", PASSWORD)
    w.start_events()
    t = emma.client.attach()
    t.wait_for("Agner Erlang")
    call_by_name(t, "agn", "Agner Erlang")
    talking = time.monotonic()
    # He sends back what he hears: Emma's tone, as loud as it was.
    emma.wait_hears(emma)
    # Muted, nothing is sent, so nothing comes back.
    t.send_keys("M")
    t.wait_for("muted")
    wait_until(lambda: (got := emma.last(0.4)) and
               sound.level(got[1]) < -50, 10, "silence")
    t.send_keys("M")
    t.wait_gone("muted")
    emma.wait_hears(emma)
    wait_until(lambda: time.monotonic() > talking + 2.2, 5, "a length")
    t.send_keys("F12")
    t.wait_gone("☎")
    length = time.monotonic() - talking

    w.wait_event("ConnectionClearedEvent")
    rows = journal(emma.server, "200", "201")
    assert len(rows) == 1
    assert rows[0]["kind"] == 5 and rows[0]["name"] == "Agner Erlang"
    assert abs(rows[0]["duration_s"] - length) < 2
    other = journal(emma.server, "201", "200")
    assert other[0]["kind"] == 0
    assert other[0]["duration_s"] == rows[0]["duration_s"]

    t.send_keys("F3")
    m = t.wait_for(re.compile(r"Agner Erlang .*out +answered +0:(\d\d)"))
    assert int(m[1]) == rows[0]["duration_s"]


def test_events_in_order(emma, wsi):
    w = wsi(emma.server)
    w.login("201", PASSWORD)
    w.start_events()
    emma.dial("201")
    emma.wait_call("talking")
    state = w.ask("GetDeviceState", deviceID="201")
    assert state.findtext(".//deviceID") == "201"
    talked = state.findtext(".//connection/callID")
    assert state.findtext(".//localConnectionInfo") == "connected"
    emma.client.command("hangup")
    seen = []
    for type_ in ("DeliveredEvent", "EstablishedEvent",
                  "ConnectionClearedEvent"):
        event = w.wait_event(type_)
        seen.append(event.get("callID"))
    assert set(seen) == {talked} and talked
    # Idle again: the device that was asked for, without a connection.
    state = w.ask("GetDeviceState", deviceID="201")
    assert state.findtext(".//deviceID") == "201"
    assert state.find(".//connection") is None


def test_hedys_tune(emma):
    t = emma.client.attach()
    t.wait_for("Hedy Lamarr")
    call_by_name(t, "lam", "Hedy Lamarr")

    def tune():
        got = emma.last(2)
        return (got and sound.loud_seconds(got[1], got[0]) > 1.5
                and -40 < sound.level(got[1]) < -3)
    wait_until(tune, 15, "a tune", every=0.2)
    # It is hers, not what was said here.
    assert not emma.hears(emma.tone)
    t.send_keys("e")
    t.wait_gone("☎")


def test_lamps(emma):
    t = emma.client.attach()
    t.wait_for("○ Agner Erlang")
    emma.dial("201")
    t.wait_for(re.compile("[◇◐] Agner Erlang"))
    emma.wait_call("talking")
    t.wait_for(re.compile("◐ Agner Erlang +Office +talks"))
    emma.client.command("hangup")
    t.wait_for("○ Agner Erlang")
