"""Voice messages in their callers' conversations: new, heard, with length."""
import re
import time

import voice
from harness import wait_until

DAY_MS = 24 * 3600 * 1000


def test_new_and_heard_ones_with_length(server, client):
    s = server()
    old = voice.put(s, heard_ms=int(time.time() * 1000) - DAY_MS)
    voice.put(s, number="202", name="Hedy Lamarr", samples=voice.steps()[:32000])
    c = client()
    c.login(s)
    t = c.attach(30, 100)
    t.wait_for("voice 1")
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*voice message +0:12"))
    t.wait_for(re.compile(r"Hedy Lamarr .*voice message +0:04"))
    kinds = {e["id"]: e["unread"] for v in c.data("history")
             for e in v["entries"] if e["kind"] == "voice-message"}
    assert kinds == {f"v:{old}": False, f"v:{old + 1}": True}


def test_heard_ones_go_after_their_days(server, client):
    """Thirty days after they were heard, or as the administrator says."""
    s = server()
    now = int(time.time() * 1000)
    keep = voice.put(s, heard_ms=now - 29 * DAY_MS, at_ms=now - 90 * DAY_MS)
    gone = voice.put(s, heard_ms=now - 31 * DAY_MS, at_ms=now - 90 * DAY_MS)
    new = voice.put(s, at_ms=now - 90 * DAY_MS)
    def left():
        return {r["id"] for r in s.query("SELECT id FROM voicemail")}
    wait_until(lambda: left() == {keep, new}, 5,
               lambda: f"{gone} has gone, {keep} and {new} stay: {left()}")
    wait_until(lambda: {p.name for p in (s.state / "voicemail").iterdir()}
               == {f"{keep}.wav", f"{new}.wav"}, 5, "and so has its sound")
    s.admin("--set", "voicemail_days", "7")
    s.restart()
    wait_until(lambda: left() == {new}, 5, "the other one has gone")
    c = client()
    c.login(s)
    assert [e["id"] for v in c.data("history") for e in v["entries"]
            if e["kind"] == "voice-message"] == [f"v:{new}"]


def test_suite_lists_them_too(server, client):
    s = server(mode="suite")
    voice.put(s)
    c = client()
    c.login(s)
    t = c.attach(30, 100)
    t.wait_for("voice 1")
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*voice message +0:12"))
