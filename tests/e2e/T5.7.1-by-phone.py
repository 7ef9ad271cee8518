"""Have a phone of choice ring and play a voice message."""
import pytest

import voice
from harness import wait_until
from people import Person


@pytest.fixture
def emma(server, client):
    s = server()
    entry = voice.put(s)
    e = Person(client, s, "200")
    e.entry = entry
    return e


def heard_ms(server):
    return server.query("SELECT heard_ms FROM voicemail")[0]["heard_ms"]


def test_on_another_phone(emma, client):
    agner = Person(client, emma.server, "201")
    t = emma.client.attach(30, 110)
    t.send_keys("F3")
    t.wait_for("l listen")
    t.send_keys("O")
    t.wait_for(f"listen-on v:{emma.entry}")
    t.send_keys(*"201", "Enter")
    t.wait_for("201 rings and plays")
    agner.wait_call("ringing-in")
    assert heard_ms(emma.server) == 0
    agner.client.command("answer")
    for hz in voice.STEPS[:3]:
        agner.wait_hears(hz)
    wait_until(lambda: heard_ms(emma.server), 5, "it was heard")
    t.wait_for("voice 0")
    agner.client.command("hangup")
    agner.wait_no_call()
    # Nobody has called anybody: it is in nobody's journal as that.
    assert not emma.server.query(
        "SELECT * FROM journal WHERE number_key LIKE '%71'")


def test_on_ones_own(emma):
    emma.client.command("listen-on", f"v:{emma.entry}", "200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    emma.wait_hears(voice.STEPS[0])
    emma.wait_hears(voice.STEPS[-1], 20)
    # Said to its end, it hangs up.
    emma.wait_no_call(15)


def test_in_office_only(emma):
    emma.client.command("presence", "meeting")
    emma.client.wait_status(presence="meeting")
    got = emma.client.run("listen-on", f"v:{emma.entry}", "201")
    assert got.returncode and "Office" in got.stderr, got


def test_what_cannot_be(emma, wsi):
    got = emma.client.run("listen-on", f"v:{emma.entry}", "299")
    assert got.returncode, got
    other = wsi(emma.server)
    other.login("201", "Exchange-1878")
    got = other.ours("VoicemailPlay", post=True, entryID=emma.entry,
                     device="201")
    assert b"NOT_FOUND" in (got if isinstance(got, bytes) else got.encode())
    assert heard_ms(emma.server) == 0
