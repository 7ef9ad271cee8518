"""Instant messages: what one writes is there once, whatever happens on the
way, and on both sides."""
import json
import re
import urllib.parse

import pytest

from cut import Cut
from harness import wait_until
from late import behind
from messages import (entries, kill_core, outbox, rows, stay, texts,
                      wait_entries, wait_outbox, wait_texts)


@pytest.fixture
def house(server):
    return server()


@pytest.fixture
def emma(house, client):
    return stay(client(), house, "200")


@pytest.fixture
def agner(house, client):
    return stay(client(), house, "201")


def test_waits_for_who_is_away(emma, house, client):
    emma.command("message", "201", "first")
    emma.command("message", "Agner Erlang", "second of\ntwo lines")
    wait_entries(emma, ("first", "sent"), ("second of\ntwo lines", "sent"))
    agner = stay(client(), house, "201")
    wait_entries(agner, ("first", "in"), ("second of\ntwo lines", "in"))
    wait_entries(emma, ("first", "delivered"),
                 ("second of\ntwo lines", "delivered"))
    assert agner.data("status")["messages"] == 2


def test_waits_for_the_server(emma, agner, house):
    t = emma.attach(30, 100)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    house.kill()
    t.wait_for("No connection")
    for text in ("one", "two", "three"):
        emma.command("message", "201", text)
    assert entries(emma) == [(x, "waiting") for x in ("one", "two", "three")]
    t.wait_for(re.compile('message sent +"three" +waiting'))
    assert outbox(emma) == ["one", "two", "three"]
    house.restart()
    wait_texts(house, "201", "one", "two", "three", timeout=40)
    wait_entries(emma, *[(x, "delivered") for x in ("one", "two", "three")],
                 timeout=40)
    wait_outbox(emma)
    t.wait_for(re.compile('message sent +"three" +delivered'))
    wait_entries(agner, ("one", "in"), ("two", "in"), ("three", "in"))


def test_core_killed_before_it_could_send(emma, house):
    house.kill()
    emma.wait_status(connection="lost")
    emma.command("message", "201", "kept")
    kill_core(emma)
    assert outbox(emma) == ["kept"]
    emma.start()
    # It shows before there is any server.
    wait_entries(emma, ("kept", "waiting"))
    # And takes more, for whom it remembers.
    emma.command("message", "201", "more")
    house.restart()
    emma.wait_status(60, connection="online")
    wait_texts(house, "201", "kept", "more", timeout=40)
    wait_entries(emma, ("kept", "sent"), ("more", "sent"))
    wait_outbox(emma)


@pytest.fixture
def cut(box, house):
    return Cut(box, house)


@pytest.fixture
def far(cut, client, house):
    """Emma at a connection that can be cut."""
    c = client()

    class There:
        address = cut.address
    stay(c, There, "200")
    # A connection is there that the next one takes.
    c.command("message", "202", "before")
    cut.wait_quiet()
    return c


def test_core_killed_before_the_answer(far, cut, house):
    cut.mute = True
    control = far.control()
    control.begin("message", "201", "once")
    # It is there, and the sender does not know.
    wait_texts(house, "201", "once")
    assert outbox(far) == ["once"]
    kill_core(far)
    cut.cut()
    cut.mute = False
    far.start()
    far.wait_status(30, connection="online")
    wait_outbox(far)
    wait_entries(far, ("before", "sent"), ("once", "sent"))
    assert texts(house, "201") == ["once"]
    assert texts(house, "200") == ["before", "once"]


def test_answer_that_is_lost(far, cut, house):
    cut.mute = True
    control = far.control()
    control.begin("message", "201", "once")
    control.begin("message", "201", "twice")
    wait_texts(house, "201", "once")
    assert cut.swallowed or outbox(far) == ["once", "twice"]
    cut.cut()
    cut.mute = False
    wait_texts(house, "201", "once", "twice", timeout=40)
    wait_outbox(far)
    wait_entries(far, ("before", "sent"), ("once", "sent"), ("twice", "sent"))


def test_server_killed_and_back(emma, agner, house):
    emma.command("message", "201", "before")
    wait_entries(agner, ("before", "in"))
    house.restart(kill=True)
    assert texts(house, "201") == ["before"]
    for c in (emma, agner):
        c.run("reconnect")
        c.wait_status(30, connection="online")
    agner.command("message", "200", "after")
    wait_entries(emma, ("before", "delivered"), ("after", "in"))
    wait_entries(agner, ("before", "in"), ("after", "delivered"))


def test_refused_then_sent_again(emma, house, client):
    house.admin("--messages", "201", "off")
    got = emma.run("message", "201", "hello")
    assert got.returncode
    assert got.stderr.strip() == ("The message was not sent: "
                                  "no messages can be sent there")
    assert entries(emma) == [("hello", "failed")]
    assert not rows(house, "200")
    t = emma.attach(30, 100)
    t.wait_for(re.compile('message sent +"hello" +failed'))
    t.wait_for("no messages can be sent there")
    # Also after a restart.
    kill_core(emma)
    emma.start()
    wait_entries(emma, ("hello", "failed"))
    emma.wait_status(30, connection="online")
    house.admin("--messages", "201", "on")
    t = emma.attach(30, 100)
    t.wait_for(re.compile('message sent +"hello" +failed'))
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i", "r")
    t.wait_for(re.compile('message sent +"hello" +sent'))
    wait_texts(house, "201", "hello")


def test_nobody_and_oneself(emma):
    for who, why in (("999", None), ("200", "That is your own number."),
                     ("0891234567", None)):
        got = emma.run("message", who, "hello")
        assert got.returncode
        assert not why or got.stderr.strip() == why
    assert entries(emma) == [] and outbox(emma) == []


def test_delivered_before_the_answer_to_it(box, house, client, agner):
    emma, held, way = behind(box, house, client, "MessageSend")
    control = emma.control()
    control.begin("message", "201", "hello")
    wait_entries(agner, ("hello", "in"))
    wait_entries(emma, ("hello", "delivered"))
    # The answer was made before that, and says "sent".
    held.go.set()
    way.wait_quiet()
    wait_outbox(emma)
    assert entries(emma) == [("hello", "delivered")]


def test_delivered_while_the_list_is_read(box, house, client):
    emma, held, way = behind(box, house, client, "Messages")
    emma.command("message", "201", "hello")
    emma.run("reconnect")
    assert held.made.wait(20)
    agner = stay(client(), house, "201")
    wait_entries(agner, ("hello", "in"))
    wait_entries(emma, ("hello", "delivered"))
    held.go.set()
    way.wait_quiet()
    assert entries(emma) == [("hello", "delivered")]


def test_read_elsewhere_while_the_list_is_read(box, house, client, agner):
    emma, held, way = behind(box, house, client, "Messages")
    agner.command("message", "200", "hello")
    wait_entries(emma, ("hello", "in"))
    assert emma.data("status")["messages"] == 1
    emma.run("reconnect")
    assert held.made.wait(20)
    other = stay(client(), house, "200")
    other.command("read", "201")
    wait_until(lambda: emma.data("status")["messages"] == 0, 20, "it is read")
    held.go.set()
    way.wait_quiet()
    assert emma.data("status")["messages"] == 0


def test_pasted_lines_are_sent_by_enter_only(emma, agner, house):
    t = emma.attach(30, 100)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.paste("first line\nsecond: Käse 日本 👩‍👧\n\nlast")
    t.wait_for("last")
    assert t.screen().has("first line") and not rows(house, "200")
    t.send_keys("C-j")
    t.type("typed")
    t.send_keys("M-Enter")
    t.type("and more")
    t.wait_for("and more")
    assert not rows(house, "200")
    t.send_keys("Enter")
    wanted = "first line\nsecond: Käse 日本 👩‍👧\n\nlast\ntyped\nand more"
    wait_texts(house, "201", wanted)
    wait_entries(agner, (wanted, "in"))
    # All its lines stand in the conversation.
    a = agner.attach(30, 100)
    a.send_keys("F3")
    a.wait_for("Emma Nutt")
    for line in ("first line", "second: Käse 日本", "last", "typed",
                 "and more"):
        a.wait_for(line)


def test_draft_stays(emma, agner, house):
    t = emma.attach(30, 100)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.type("half a sent")
    t.wait_for("Message half a sent")
    t.send_keys("Escape")
    t.wait_gone("Enter sends")
    t.send_keys("Escape")
    t.wait_gone("Enter calls")
    t.send_keys("Down")
    t.wait_for(re.compile("▌.*Hedy Lamarr"))
    t.wait_gone("half a sent")
    t.send_keys("D")
    t.wait_end()
    t = emma.attach(30, 100)
    t.wait_for(re.compile("▌.*Hedy Lamarr"))
    t.send_keys("Up")
    t.wait_for("Message half a sent")
    t.send_keys("m")
    t.wait_for("Enter sends")
    t.type("ence")
    t.send_keys("Enter")
    wait_texts(house, "201", "half a sentence")
    t.wait_gone("Message half")


def test_long_text_wraps(emma, agner, house):
    words = [f"word{i}" for i in range(60)]
    emma.command("message", "201", " ".join(words))
    a = agner.attach(40, 100)
    a.send_keys("F3")
    a.wait_for("Emma Nutt")
    for w in (words[0], words[29], words[-1]):
        a.wait_for(re.compile(rf"{w}\b"))


def send(w, to, uid, text):
    return json.loads(w.ours("MessageSend", post=True, to=to, uid=uid,
                             text=text))


def test_hostile_text(agner, house, wsi):
    w = wsi(house)
    w.login("200", "Exchange-1878")
    evil = "\x1b]0;owned\x07\x1b[2Jred \u202egnp.exe\u2066 \x9b31m\x7f end"
    first = send(w, "201", "u1", evil)["message"]
    # The same again is the same.
    assert send(w, "201", "u1", evil)["message"]["id"] == first["id"]
    assert send(w, "201", "u2", "x" * 100000) == {"error": "BAD_PARAMETER"}
    assert send(w, "201", "u3", "") == {"error": "BAD_PARAMETER"}
    assert send(w, "201", "u3", " \n\n ") == {"error": "BAD_PARAMETER"}
    assert send(w, "201", "", "x") == {"error": "BAD_PARAMETER"}
    assert send(w, "201", "u'; --", "x") == {"error": "BAD_PARAMETER"}
    assert send(w, "201", "u" * 65, "x") == {"error": "BAD_PARAMETER"}
    assert send(w, "999", "u4", "x") == {"error": "NOT_FOUND"}
    assert send(w, "", "u4", "x") == {"error": "NOT_FOUND"}
    kept = texts(house, "201")
    assert len(kept) == 1
    for bad in "\x1b\x07\x9b\x7f\u202e\u2066":
        assert bad not in kept[0]
    a = agner.attach(30, 100)
    a.wait_for("No favourites yet")
    a.send_keys("F3")
    a.wait_for(re.compile("Emma Nutt.*message"))
    a.wait_for("end")
    # Others' ids do nothing.
    got = json.loads(w.ours("MessageDelivered", post=True,
                            ids=str(int(first["id"]) + 1)))
    assert got == {"delivered": 0}
    assert json.loads(w.ours("MessageMark", post=True,
                             ids="1,x")) == {"error": "BAD_PARAMETER"}


def test_box_of_who_is_away_has_an_end(emma, house):
    house.admin("--set", "messages_waiting", "2")
    house.restart()
    emma.run("reconnect")
    emma.wait_status(30, connection="online")
    emma.command("message", "201", "one")
    emma.command("message", "201", "two")
    got = emma.run("message", "201", "three")
    assert got.stderr.strip() == ("The message was not sent: too many "
                                  "messages wait there already")
    assert texts(house, "201") == ["one", "two"]


def test_scripts_see_it(emma, agner):
    control = agner.control()
    control.do("subscribe", "message")
    emma.command("message", "201", "hello")
    event = control.wait_event("message", direction="in")
    assert event["text"] == "hello" and event["name"] == "Emma Nutt"
    assert agner.data("status")["messages"] == 1
    agner.command("read", "200")
    assert agner.data("status")["messages"] == 0


def test_a_colleague_of_the_demo_answers(emma):
    emma.command("message", "203", "The ladder is in the cellar.")
    wait_until(lambda: [d for _, d in entries(emma)] == ["delivered", "in"],
               20, lambda: f"Almon answers; {entries(emma)}")
