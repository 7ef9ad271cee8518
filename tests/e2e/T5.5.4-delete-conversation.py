"""Delete one conversation, after a question that says what goes."""
import re

from harness import wait_until
from messages import stay, texts, wait_entries, wait_texts


def test_one_of_two(server, client):
    s = server()
    emma, other = (stay(client(), s, "200") for _ in range(2))
    agner = stay(client(), s, "201")
    for text in ("one", "two", "three"):
        emma.command("message", "201", text)
    emma.command("message", "202", "to hedy")
    wait_texts(s, "200", "one", "two", "three", "to hedy")
    t = emma.attach(30, 100)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Hedy Lamarr"))
    t.send_keys("Down")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("d")
    t.wait_for(re.compile("Delete the conversation with Agner Erlang and its 3"
                          ".*entries", re.S))
    t.send_keys("Enter")
    t.wait_gone("Delete the conversation")
    assert len(texts(s, "200")) == 4
    t.send_keys("d")
    t.wait_for("Delete the conversation")
    t.send_keys("Right", "Enter")
    wait_texts(s, "200", "to hedy")
    t.wait_for("Deleted: conversation with Agner Erlang")
    t.wait_gone(re.compile("^.{0,6}Agner Erlang", re.M))
    wait_entries(other, ("to hedy", "sent"))
    # He has all of them.
    assert texts(s, "201") == ["one", "two", "three"]
    wait_entries(agner, *[(x, "in") for x in ("one", "two", "three")])
    t.send_keys("u")
    wait_texts(s, "200", "one", "two", "three", "to hedy")
    wait_entries(other, ("one", "delivered"), ("two", "delivered"),
                 ("three", "delivered"), ("to hedy", "sent"))


def test_also_what_is_older_than_is_shown(server, client):
    s = server()
    emma = stay(client(), s, "200")
    s.stop()
    import contextlib
    import sqlite3
    with contextlib.closing(sqlite3.connect(s.state / "office.db")) as db:
        db.executemany(
            "INSERT INTO journal(owner, kind, at_ms, duration_s, number, "
            "number_key, name, unread) VALUES('200', 0, ?, 5, '201', '201', "
            "'Agner Erlang', 0)",
            [(1795000000000 + i * 1000,) for i in range(1500)])
        db.execute(
            "INSERT INTO journal(owner, kind, at_ms, duration_s, number, "
            "number_key, name, unread) VALUES('200', 0, 1795009000000, 5, "
            "'202', '202', 'Hedy Lamarr', 0)")
        db.commit()
    s.start()
    emma.run("reconnect")
    emma.wait_status(30, connection="online")
    wait_until(lambda: len(emma.data("history")) == 2, 20, "it is read")
    emma.command("delete-conversation", "201", "yes")
    left = s.query("SELECT number FROM journal WHERE owner = '200' AND "
                   "deleted_ms = 0")
    assert [r["number"] for r in left] == ["202"]
    emma.command("undo")
    left = s.query("SELECT number FROM journal WHERE owner = '200' AND "
                   "deleted_ms = 0")
    assert len(left) == 1501


def test_from_the_shell(server, client):
    s = server()
    emma = stay(client(), s, "200")
    emma.command("message", "201", "one")
    wait_texts(s, "200", "one")
    t = emma.attach(24, 80)
    # That it only asks is said: whoever types it sees no question.
    assert emma.command("delete-conversation", "201").strip() == \
        "Asked on the screens: Delete the conversation with Agner Erlang " \
        "and its 1 entry?"
    t.wait_for("Delete the conversation")
    assert texts(s, "200") == ["one"]
    t.send_keys("n")
    t.wait_gone("Delete the conversation")
    assert emma.command("delete-conversation", "201", "yes") == ""
    wait_texts(s, "200")
