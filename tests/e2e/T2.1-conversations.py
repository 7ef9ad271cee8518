"""Two clients of one account stay in step: calls and voice messages are in the
conversations of both, read at one they are read at the other, deleted they go
at both, and come back; also after one was away."""
import pytest

import voice
from filled import Filled
from harness import wait_until
from messages import stay
from people import Person
from step import Two


@pytest.fixture(params=["smart", "suite"])
def two(request, box, server, client):
    return Two(box, server(request.param), client)


@pytest.fixture
def agner(two, client):
    # Somebody has to have a phone that rings: a third client, at her desk.
    Person(client, two.server, "200")
    return Person(client, two.server, "201")


def seen(client):
    """{number: [kinds]} of all conversations."""
    return {v.get("number", v["name"]): [e["kind"] for e in v["entries"]]
            for v in client.data("history", "500")}


def unread(client):
    s = client.data("status")
    return s["missed"], s["voice"], s["messages"]


def kept(server, table, owner="200"):
    return len(server.query(f"SELECT 1 FROM {table} WHERE owner = ? AND "
                            "deleted_ms = 0", owner))


def missed(two, agner):
    n = kept(two.server, "journal")
    agner.dial("200")
    agner.wait_call("ringing-out")
    agner.client.command("hangup")
    agner.wait_no_call(20)
    two.wait_rows(lambda s: kept(s, "journal"), n + 1)


def kinds(client):
    """Of all entries but messages."""
    return sorted(k for v in seen(client).values() for k in v
                  if not k.startswith("message"))


def words(client):
    """How many messages came and went."""
    all_ = [k for v in seen(client).values() for k in v]
    return all_.count("message-in"), all_.count("message-out")


def messages(two):
    """UC Suite has none here."""
    return two.server.mode == "smart"


def test_missed_and_read(two, agner):
    for n, (who, _) in enumerate(two.turns()):
        missed(two, agner)
        two.wait(unread, (1, 0, 0))
        two.wait(kinds, ["in-missed"] * (n + 1))
        who.command("read", "201")
        two.wait(unread, (0, 0, 0))
    assert not two.server.query("SELECT 1 FROM journal WHERE owner = '200' "
                                "AND unread <> 0")


def test_deleted_and_taken_back(two, agner):
    screens = [c.attach(30, 100) for c in two.both()]
    for t in screens:
        t.wait_for("Agner Erlang")
        t.send_keys("F3")
    for _ in range(2):
        missed(two, agner)
    n = int(messages(two))
    if n:
        agner.client.command("message", "200", "from him")
    two.wait(kinds, ["in-missed", "in-missed"])
    two.wait(words, (n, 0))
    two.wait(unread, (2, 0, n))
    for t in screens:
        t.wait_for("Agner Erlang")
    for who, other in two.turns():
        entry = next(e["id"] for v in who.data("history") for e in
                     v["entries"] if e["kind"] == "in-missed")
        who.command("delete-entry", entry, "yes")
        two.wait(kinds, ["in-missed"])
        two.wait(unread, (1, 0, n))
        assert kept(two.server, "journal") == 1
        who.command("undo")
        two.wait(kinds, ["in-missed", "in-missed"])
        two.wait(unread, (2, 0, n))
        who.command("delete-conversation", "201", "yes")
        two.wait(kinds, [])
        two.wait(words, (0, 0))
        two.wait(unread, (0, 0, 0))
        for t in screens:
            t.wait_for("No calls or messages yet.")
        assert kept(two.server, "journal") == kept(two.server, "message") == 0
        who.command("undo")
        two.wait(kinds, ["in-missed", "in-missed"])
        who.command("delete-conversations", "yes")
        two.wait(kinds, [])
        who.command("undo")
        two.wait(kinds, ["in-missed", "in-missed"])
        two.wait(unread, (2, 0, n))
        two.wait(words, (n, 0))
    assert (kept(two.server, "journal"), kept(two.server, "message")) == (2, n)
    # He has lost nothing.
    assert kept(two.server, "journal", "201") == 2


def test_voice_message_heard(box, server, client):
    s = server()
    entry = voice.put(s)
    two = Two(box, s, client)
    two.wait(unread, (0, 1, 0))
    speaker = voice.Speaker(two.there)
    two.there.quit()
    two.there.start()
    two.there.wait_status(40, connection="online", voice=1)
    assert speaker.rests()
    t = two.here.attach(30, 100)
    t.wait_for("voice 1")
    two.there.command("listen", f"v:{entry}")
    two.wait(unread, (0, 0, 0))
    t.wait_gone("voice 1")
    assert s.query("SELECT heard_ms FROM voicemail")[0]["heard_ms"]
    two.there.command("listen-stop")


def test_after_a_cut(two, agner):
    """A call, one read and one deleted while it was away: no doubles."""
    for _ in range(2):
        missed(two, agner)
    two.wait(kinds, ["in-missed"] * 2)
    two.cut()
    missed(two, agner)
    wait_until(lambda: len(kinds(two.here)) == 3, 10, "it came")
    two.here.command("read", "201")
    wait_until(lambda: unread(two.here) == (0, 0, 0), 10, "it is read")
    entry = two.here.data("history")[0]["entries"][0]["id"]
    two.here.command("delete-entry", entry, "yes")
    two.mend()
    two.wait(kinds, ["in-missed"] * 2)
    two.wait(unread, (0, 0, 0))
    two.here.command("undo")
    two.wait(kinds, ["in-missed"] * 3)
    two.cut()
    two.mend()
    two.wait(kinds, ["in-missed"] * 3)
    assert kept(two.server, "journal") == 3


def test_all_deleted_while_it_was_away(two, agner):
    """Nothing of it is left at the one that nobody could tell."""
    missed(two, agner)
    if messages(two):
        agner.client.command("message", "200", "hello")
    two.wait(kinds, ["in-missed"])
    two.cut()
    two.here.command("delete-conversations", "yes")
    two.mend()
    two.wait(seen, {})
    two.wait(unread, (0, 0, 0))
    t = two.there.attach(30, 100)
    t.send_keys("F3")
    t.wait_for("No calls or messages yet.")


def test_old_one_deleted_while_it_was_away(box, server, client):
    """One that was among the newest, and that no list has any more when the
    client comes back; nor does its store keep it."""
    s = server()
    f = Filled(s)
    f.call("204", 0)
    f.call("205", 1)
    f.put()
    two = Two(box, s, client)
    two.wait(lambda c: set(seen(c)), {"204", "205"})
    t = two.there.attach(30, 100)
    t.send_keys("F3")
    t.wait_for("Philipp Reis")
    two.cut()
    f = Filled(s)
    for n in range(300):
        f.call("201", 2 + n)
    f.put()
    two.here.run("reconnect")
    two.here.wait_status(40, connection="online")
    wait_until(lambda: "201" in seen(two.here), 10, "the new ones are read")
    two.here.command("delete-conversation", "204", "yes")
    two.mend()
    two.wait(lambda c: set(seen(c)), {"201", "205"})
    t.wait_gone("Philipp Reis")
    two.there.quit()
    two.way.leave()
    two.there.start()
    wait_until(lambda: "201" in seen(two.there), 10, "its store is read")
    assert set(seen(two.there)) == {"201", "205"}


def test_messages_after_a_cut(box, server, client):
    two = Two(box, server(), client)
    agner = stay(client(), two.server, "201")
    agner.command("message", "200", "early")
    two.wait(words, (1, 0))
    two.cut()
    agner.command("message", "200", "late")
    wait_until(lambda: words(two.here) == (2, 0), 10, "it came")
    two.here.command("read", "201")
    wait_until(lambda: unread(two.here) == (0, 0, 0), 10, "it is read")
    entry = next(e["id"] for v in two.here.data("history") for e in
                 v["entries"] if e.get("text") == "early")
    two.here.command("delete-entry", entry, "yes")
    two.there.run("message", "201", "from the attic")  # it waits
    two.mend()
    two.wait(words, (1, 1))
    two.wait(unread, (0, 0, 0))
    two.wait_rows(lambda s: len(s.query(
        "SELECT 1 FROM message WHERE owner = '201' AND text = "
        "'from the attic'")), 1)
    two.here.command("undo")
    two.wait(words, (2, 1))
    two.cut()
    two.mend()
    two.wait(words, (2, 1))
