"""Filters of the conversations: all, missed calls, voice messages, messages."""
import re

import pytest

from filled import IN_MISSED, Filled
from harness import wait_until
from messages import stay


def office(server):
    s = server()
    f = Filled(s)
    f.call("201", 1)
    f.call("203", 2, IN_MISSED)
    f.call("203", 3)
    f.call("202", 4)
    f.message("202", 5, "where is the ladder")
    f.voice("201", 6)
    f.message("201", 7, "thank you")
    f.put()
    return s


def rows(t):
    """Names of the list, from above."""
    names = ("Agner Erlang", "Hedy Lamarr", "Almon Strowger")
    return [n for line in t.screen().text.splitlines()
            for n in names if re.match(rf"[ ▌]*[^ ]? *{n}", line)]


@pytest.mark.parametrize("columns", [80, 120])
def test_each_filter(server, client, columns):
    s = office(server)
    emma = stay(client(), s, "200")
    t = emma.attach(24, columns)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang.*thank you"))
    t.send_keys("F")
    t.wait_for("Show: missed calls")
    t.wait_for(re.compile("▌.*Almon Strowger.*missed"))
    t.wait_gone(re.compile("^[ ▌]*. Agner Erlang", re.M))
    t.send_keys("F")
    t.wait_for("Show: voice messages")
    t.wait_for(re.compile("▌.*Agner Erlang.*voice"))
    # The next one that is of both stays selected.
    t.send_keys("F")
    t.wait_for("Show: messages")
    t.wait_for(re.compile("Hedy Lamarr.*where is"))
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("F")
    t.wait_gone("Show:")
    t.wait_for(re.compile("▌.*Agner Erlang"))


def test_says_that_there_is_none_and_what_comes_is_there(server, client):
    s = server()
    f = Filled(s)
    f.call("203", 1)
    f.put()
    emma, agner = (stay(client(), s, n) for n in ("200", "201"))
    t = emma.attach(24, 80)
    t.wait_for("Favourites")
    t.send_keys(":")
    t.type("filter messages")
    t.send_keys("Enter")
    t.wait_for("Show: messages")
    t.wait_for("No messages.")
    # Other views, and back: it holds.
    t.send_keys("F2")
    t.wait_gone("Show:")
    t.send_keys("F3")
    t.wait_for("Show: messages")
    agner.command("message", "200", "the ladder is here")
    t.wait_for(re.compile("▌.*Agner Erlang.*the ladder"))
    wait_until(lambda: "Almon Strowger" not in t.screen().text, 5,
               "others are not shown")
    t.send_keys(":")
    t.type("filter all")
    t.send_keys("Enter")
    t.wait_for("Almon Strowger")
