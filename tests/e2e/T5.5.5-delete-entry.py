"""Delete an entry of a conversation: a message, a call, a voice message. It
asks, it goes at all clients of the account, the other side keeps its own, and
it can be taken back."""
import re

from harness import wait_until
from messages import stay, texts, wait_entries, wait_texts


def calls(client):
    return [e["kind"] for v in client.data("history", "500")
            for e in v["entries"]
            if not e["kind"].startswith("message")]


def wait_calls(client, *kinds):
    wait_until(lambda: calls(client) == list(kinds), 15,
               lambda: f"entries {kinds}; they are {calls(client)}")


def test_message(server, client):
    s = server()
    emma, other = (stay(client(), s, "200") for _ in range(2))
    agner = stay(client(), s, "201")
    for text in ("one", "two"):
        emma.command("message", "201", text)
    wait_entries(other, ("one", "delivered"), ("two", "delivered"))
    t = emma.attach(30, 100)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i")
    t.wait_for("d delete")
    t.send_keys("d")
    t.wait_for(re.compile('Delete this entry: message sent.*"two"'))
    # The safe answer is the default.
    t.send_keys("Enter")
    t.wait_gone("Delete this entry")
    assert texts(s, "200") == ["one", "two"]
    t.send_keys("d")
    t.wait_for("Delete this entry")
    t.send_keys("Right", "Enter")
    wait_texts(s, "200", "one")
    t.wait_gone(re.compile('message sent.*"two"'))
    for c in (emma, other):
        wait_entries(c, ("one", "delivered"))
    assert texts(s, "201") == ["one", "two"]
    wait_entries(agner, ("one", "in"), ("two", "in"))
    # A moment to take it back.
    t.send_keys("u")
    wait_texts(s, "200", "one", "two")
    t.wait_for(re.compile('message sent.*"two"'))
    for c in (emma, other):
        wait_entries(c, ("one", "delivered"), ("two", "delivered"))


def missed_call(s, emma, agner):
    agner.command("dial", "200")
    wait_until(lambda: emma.data("status").get("call"), 10, "it rings")
    agner.command("hangup")
    wait_until(lambda: not emma.data("status").get("call"), 10, "it is over")


def test_call(server, client):
    from people import Person
    s = server()
    emma, agner = (Person(client, s, n).client for n in ("200", "201"))
    missed_call(s, emma, agner)
    wait_calls(emma, "in-missed")
    emma.wait_status(missed=1)
    entry = emma.data("history")[0]["entries"][0]["id"]
    emma.command("delete-entry", entry, "yes")
    wait_calls(emma)
    emma.wait_status(missed=0)
    assert s.query("SELECT deleted_ms FROM journal WHERE owner = '200'"
                   )[0]["deleted_ms"]
    wait_calls(agner, "out-unanswered")
    # Also after both have been started anew it is gone.
    emma.run("reconnect")
    emma.wait_status(20, connection="online")
    wait_calls(emma)
    emma.command("undo")
    wait_calls(emma, "in-missed")
    emma.wait_status(missed=1)


def box(s, n=1):
    """A voice message that somebody has left for Emma."""
    folder = s.state / "voicemail"
    folder.mkdir(exist_ok=True)
    import sqlite3
    import contextlib
    s.stop()
    with contextlib.closing(sqlite3.connect(s.state / "office.db")) as db:
        for _ in range(n):
            cur = db.execute("INSERT INTO voicemail(owner, at_ms, length_ms, "
                             "number, name) VALUES('200', 1795356060000, "
                             "4200, '201', 'Agner Erlang')")
            (folder / f"{cur.lastrowid}.wav").write_bytes(b"RIFF")
        db.commit()
    s.start()


def test_voice_message(server, client):
    for mode in ("smart", "suite"):
        s = server(mode=mode)
        emma = stay(client(), s, "200")
        box(s)
        emma.run("reconnect")
        emma.wait_status(30, connection="online", voice=1)
        wait_calls(emma, "voice-message")
        emma.command("delete-entry", "v:1", "yes")
        wait_calls(emma)
        emma.wait_status(voice=0)
        row = s.query("SELECT * FROM voicemail")[0]
        # In Suite the message itself stays in the box.
        assert bool(row["deleted_ms"]) == (mode == "smart")
        assert (s.state / "voicemail" / "1.wav").exists()
        emma.command("undo")
        wait_calls(emma, "voice-message")
        row = s.query("SELECT * FROM voicemail")[0]
        assert not row["deleted_ms"] and not row["hidden_ms"]


def sounds(s):
    return sorted(p.name for p in (s.state / "voicemail").iterdir())


def age(s, hours):
    """As if it had been deleted so many hours ago; the server starts anew."""
    import contextlib
    import sqlite3
    s.stop()
    with contextlib.closing(sqlite3.connect(s.database())) as db:
        db.execute("UPDATE voicemail SET deleted_ms = deleted_ms - ? WHERE "
                   "deleted_ms", (hours * 3600 * 1000,))
        db.commit()
    s.start()


def test_voice_message_of_a_call(server, client):
    """Left by a real call: deleted by key, taken back, heard; deleted again,
    and its sound goes once there is no way back."""
    import announced
    import voice
    from people import Person
    s = server()
    s.admin("--set", "voicemail_s", "1")
    emma = client()
    speaker = voice.Speaker(emma)
    emma = stay(emma, s, "200")
    agner = Person(client, s, "201")
    agner.dial("200")
    announced.wait_tone(agner)
    wait_until(lambda: any(p.stat().st_size > 32000 for p in
                           (s.state / "voicemail").glob("*.part")), 20,
               "two seconds are recorded", every=0.05)
    agner.client.command("hangup")
    emma.wait_status(20, voice=1)
    entry = s.query("SELECT id FROM voicemail")[0]["id"]
    assert sounds(s) == [f"{entry}.wav"]
    t = emma.attach(30, 100)
    t.wait_for("voice 1")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang .*voice message"))
    t.send_keys("i")
    t.wait_for("Esc back")
    t.send_keys("End")
    t.wait_for(re.compile("▌.*voice message"))
    t.send_keys("d")
    t.wait_for("Delete this entry: voice message")
    t.send_keys("Right", "Enter")
    t.wait_gone(re.compile("voice message +0:0"))
    t.wait_for("voice 0")
    assert s.query("SELECT deleted_ms FROM voicemail")[0]["deleted_ms"]
    # For a moment it is only hidden.
    assert sounds(s) == [f"{entry}.wav"]
    t.send_keys("u")
    t.wait_for("voice 1")
    emma.command("listen", f"v:{entry}")
    speaker.wait(agner.tone)
    emma.command("delete-entry", f"v:{entry}", "yes")
    wait_calls(emma, *[k for k in calls(emma) if k != "voice-message"])
    age(s, 0.5)
    assert sounds(s) == [f"{entry}.wav"]
    age(s, 1)
    wait_until(lambda: not sounds(s), 10, "its sound is gone")
    assert not s.query("SELECT id FROM voicemail")


def test_message_that_waits(server, client):
    s = server()
    emma = stay(client(), s, "200")
    s.admin("--messages", "201", "off")
    emma.run("message", "201", "hello")
    wait_entries(emma, ("hello", "failed"))
    entry = emma.data("history")[0]["entries"][0]["id"]
    emma.command("delete-entry", entry, "yes")
    wait_entries(emma)
    emma.command("undo")
    wait_entries(emma, ("hello", "failed"))


def test_plain_server_keeps_its_journal(server, client):
    from people import Person
    s = server(plain=True, desk_phones=True)
    emma = stay(client(), s, "200")
    emma.command("dial", "201")
    wait_until(lambda: emma.data("status").get("call", {}).get("state") ==
               "talking", 15, "Agner answers")
    emma.command("hangup")
    wait_calls(emma, "out-answered")
    entry = emma.data("history")[0]["entries"][0]["id"]
    said = emma.command("delete-entry", entry, "yes")
    assert said.strip() == ("This server keeps its journal itself: the "
                            "entries are hidden here only.")
    wait_calls(emma)
    # Hidden it stays.
    emma.quit()
    emma.start()
    emma.wait_status(30, connection="online")
    wait_until(lambda: "presence" in emma.data("status"), 10, "it is read")
    wait_calls(emma)
    assert s.query("SELECT deleted_ms FROM journal WHERE owner = '200'"
                   )[0]["deleted_ms"] == 0
