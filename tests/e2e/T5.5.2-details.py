"""From a conversation to the contact: who it is, how that one is, every number
and the e-mail address; out of the list, out of the detail."""
import re

import pytest

from filled import Filled
from messages import stay

ALL = ("Agner Erlang", "Traffic planning", '"at the exchange"',
       "agner@strowger.example")
NUMBERS = (("internal", "201"), ("mobile", r"\+49 171 555 0201"))


@pytest.mark.parametrize("columns", [80, 110])
@pytest.mark.parametrize("entries", [1, 60])
def test_details(server, client, columns, entries):
    s = server()
    f = Filled(s)
    for n in range(entries):
        f.call("201", n)
    f.put()
    emma, agner = (stay(client(), s, n) for n in ("200", "201"))
    agner.command("presence", "meeting", "+2h", "at the exchange")
    t = emma.attach(24, columns)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i")
    t.wait_for(re.compile(r"▌ +\d\d:\d\d +in +answered"))
    # Inside, the same key shows them, however long the conversation is.
    t.send_keys("i")
    for text in ALL:
        t.wait_for(text)
    t.wait_for(re.compile("Agner Erlang.* Meeting"))
    for kind, number in NUMBERS:
        t.wait_for(re.compile(f"{kind} +{number}"))
    t.wait_for(re.compile("▌ +internal +201"))
    # What changes there is seen here at once.
    agner.command("presence", "lunch")
    t.wait_for(re.compile("Agner Erlang.* Lunch"))
    t.send_keys("Escape")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.wait_for("Enter call")
