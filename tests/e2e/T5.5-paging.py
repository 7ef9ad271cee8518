"""A long conversation: the newest of it at once, what is older when one goes
up to it, without a gap and each entry once."""
import re

from filled import Filled, entries
from harness import wait_until
from messages import stay
from step import Two


def fill(s):
    f = Filled(s)
    for n in range(700):
        f.call("201", 3 * n)
        f.message("201", 3 * n + 1, f"note {n}", outgoing=n % 2)
    f.voice("201", -7)
    for n in range(400):  # others push it out of the newest
        f.call("202" if n % 2 else "203", 2101 + n)
    f.put()
    return s


def count(client):
    return len(entries(client, "Agner Erlang"))


def test_read_when_one_goes_up(server, client):
    emma = stay(client(), fill(server()), "200")
    wait_until(lambda: count(emma) > 100, 10, "the newest are there")
    assert count(emma) < 800
    t = emma.attach(24, 80)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("Agner Erlang.*note 699"))
    t.send_keys("G")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i")
    t.wait_for("note 699")
    for _ in range(60):
        t.send_keys("g", "g")
        if count(emma) == 1401:
            break
    wait_until(lambda: count(emma) == 1401, 10,
               lambda: f"all are read; there are {count(emma)}")
    ids = [e["id"] for e in entries(emma, "Agner Erlang")]
    assert len(set(ids)) == 1401
    at = [e["at"] for e in entries(emma, "Agner Erlang")]
    assert at == sorted(at)
    for _ in range(9):
        t.send_keys("g")
    t.wait_for("This is the beginning.")
    t.wait_for("voice message")


def test_command_and_what_is_short(server, client):
    emma = stay(client(), fill(server()), "200")
    wait_until(lambda: count(emma) > 100, 10, "the newest are there")
    before = count(emma)
    emma.command("older", "201")
    assert count(emma) > before
    # Of those few all is there after one page.
    for _ in range(5):
        got = emma.run("older", "202")
    assert got.returncode
    assert got.stderr.strip() == "This is the beginning."
    assert len(entries(emma, "Hedy Lamarr")) == 200


def test_lost_meanwhile(server, client):
    s = fill(server())
    emma = stay(client(), s, "200")
    wait_until(lambda: count(emma) > 100, 10, "the newest are there")
    s.stop()
    emma.wait_status(20, connection="lost")
    got = emma.run("older", "201")
    assert got.returncode
    s.start()
    emma.run("reconnect")
    emma.wait_status(30, connection="online")
    wait_until(lambda: emma.run("older", "201").returncode == 0, 10,
               "it is read again")


def test_deleted_by_another_while_away(box, server, client):
    """Of each sort the oldest entry: far below what a log-in reads."""
    two = Two(box, fill(server()), client)
    for c in two.both():
        wait_until(lambda c=c: count(c) > 100, 10, "the newest are there")
        while c.run("older", "201").returncode == 0:
            pass
    two.wait(count, 1401)
    t = two.there.attach(24, 80)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("Agner Erlang.*note 699"))
    t.send_keys("G")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i")
    t.wait_for("note 699")
    for _ in range(60):
        t.send_keys("g", "g")
        if "voice message" in t.screen().text:
            break
    t.wait_for('"note 0"')
    held = {e["id"] for e in entries(two.there, "Agner Erlang")}
    two.cut()
    for id in ("j:1", "m:1", "v:1"):
        two.here.command("delete-entry", id, "yes")
    two.mend()
    two.wait(count, 1398)
    t.wait_gone("voice message")
    t.wait_gone('"note 0"')
    left = {e["id"] for e in entries(two.there, "Agner Erlang")}
    assert held - left == {"j:1", "m:1", "v:1"}
    assert not left - held
    # What comes back is there again where it was deleted.
    for _ in range(3):
        two.here.command("undo")
    assert count(two.here) == 1401


def test_plain_server_says_nothing_of_it(server, client):
    emma = stay(client(), server(plain=True, desk_phones=True), "200")
    emma.command("dial", "201")
    wait_until(lambda: emma.data("status").get("call", {}).get("state") ==
               "talking", 15, "Agner answers")
    emma.command("hangup")
    wait_until(lambda: count(emma), 10, "it is in the journal")
    got = emma.run("older", "201")
    assert got.stderr.strip() == "This server tells nothing older."
