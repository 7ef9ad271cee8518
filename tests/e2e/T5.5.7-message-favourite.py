"""A message to a favourite: one key, and it is there on the other side."""
import re

from harness import wait_until
from messages import rows, texts


def test_written_delivered_read(logged_in):
    emma = logged_in("200")
    agner = logged_in("201", emma.server)
    t = emma.attach(30, 140)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    a = agner.attach(30, 100)
    a.wait_for("No favourites yet")
    t.wait_for("m message")
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.type("numbers are in the shared folder")
    t.wait_for("Message numbers are in the shared folder")
    t.send_keys("Enter")
    t.wait_for(re.compile(
        r"message sent +\w+"))
    t.wait_for("numbers are in the shared folder")
    t.wait_for("delivered")
    a.wait_for("Message from Emma Nutt: numbers are in the shared folder")
    a.wait_for("1 message")
    assert texts(emma.server, "200") == ["numbers are in the shared folder"]
    assert texts(emma.server, "201") == ["numbers are in the shared folder"]
    assert rows(emma.server, "201")[0]["unread"]
    # He opens it: it is read, here and at the server.
    a.send_keys("F3")
    a.wait_for(re.compile(r"Emma Nutt.*message"))
    a.send_keys("i")
    a.wait_gone("1 message")
    wait_until(lambda: not rows(emma.server, "201")[0]["unread"], 10,
               "read at the server")


def test_left_without_a_word(logged_in):
    """Esc leads back to the number that Enter is for."""
    emma = logged_in("200")
    t = emma.attach(24, 80)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.send_keys("Escape")
    t.wait_for("Enter calls 201")
    t.wait_for(re.compile(r"▌ +internal +201"))
    # Where something was said, one stays at its end.
    emma.command("message", "201", "hello")
    t.wait_for("message sent")
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.send_keys("Escape")
    t.wait_for(re.compile("▌.*message sent"))


def test_not_offered_to_whom_it_cannot_be_sent(logged_in):
    emma = logged_in("200")
    t = emma.attach(30, 100)
    t.wait_for("m message")
    t.send_keys("/")
    t.type("lineman")
    t.wait_for("Enter call")
    t.send_keys("Down")
    t.wait_gone("m message")


def test_neither_in_suite_nor_at_a_plain_server(server, client):
    for n, kind in enumerate(({"mode": "suite"}, {"plain": True})):
        c = client()
        c.login(server(**kind), "200")
        wait_until(lambda: "presence" in c.data("status"), 10, "it is read")
        t = c.attach(30, 100)
        t.wait_for("search or dial")
        assert not t.screen().has("m message")
        got = c.run("message", "201", "hello")
        assert got.returncode
        assert got.stderr.strip() == "This account has no messages."
