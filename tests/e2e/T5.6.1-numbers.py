"""Numbers typed, pasted and dialled as people write them: canonical, or as on
the desk phone with its access code. Who it is stands there before the call,
by the built-in phone and by the one on the desk."""
import re

import pytest

from desk import Desk
from people import journal


def attach(emma):
    t = emma.client.attach(24, 100)
    t.wait_for("Agner Erlang")
    return t


def dial_by_enter(emma, t):
    t.send_keys("Enter")
    if isinstance(emma, Desk):
        emma.phone.wait_event("CALL_INCOMING")
        emma.phone.do("accept")


def hang_up(emma, t):
    emma.client.command("hangup")
    emma.wait_no_call()
    t.wait_gone("talking")


INSIDE = ["201", "+49 (89) 7007-201", "+49/89/7007:201", "+49 89;7007 201"]
# Access code 0, in Munich: local, national, international.
DIALABLE = ["07007201", "00897007201", "00049897007201"]


@pytest.mark.parametrize("number", INSIDE + DIALABLE)
def test_typed_it_is_the_colleague(emma, number):
    t = attach(emma)
    if number in DIALABLE:
        emma.client.command("set", "dial_unknown", "internal")
    t.type(number)
    t.wait_for(f"/ {number}")
    # Who it is, before anything is dialled.
    t.wait_for(re.compile(r"▌.*Agner Erlang"))
    dial_by_enter(emma, t)
    t.wait_for(re.compile("☎ Agner Erlang .*talking"))
    hang_up(emma, t)
    row = journal(emma.server, "200", "201")[0]
    assert row["name"] == "Agner Erlang"
    assert journal(emma.server, "201", "200")[0]["name"] == "Emma Nutt"


PASTED = [
    ("+44 (20) 7946-0018", "+44 (20) 7946-0018"),
    ("  +44 20 7946 0018\n", "+44 20 7946 0018"),
    ("\r\n+442079460018\r\nLondon\r\n", "+442079460018"),
    ("+44\u00a020\u20117946\u20110018", "+44\u00a020\u20117946\u20110018"),
    ("tel:+44-20-7946-0018", "+44-20-7946-0018"),
    ("callto:+442079460018", "+442079460018"),
    # What is no text goes.
    ("+44 20 \x077946 0018", None),
]


@pytest.mark.parametrize("text, shown", PASTED)
def test_pasted_it_is_she(emma, text, shown):
    t = attach(emma)
    t.paste(text)
    if shown and "\u00a0" not in shown:
        t.wait_for(f"/ {shown} ")
    t.wait_for(re.compile(r"▌.*Ada Lovelace"))
    # Nothing is dialled by itself, whatever the paste ends with.
    assert emma.client.data("status")["calls"] == 0
    dial_by_enter(emma, t)
    t.wait_for(re.compile(r"☎ Ada Lovelace \+44 20 7946 0018 .*talking"))
    hang_up(emma, t)
    row = journal(emma.server, "200", "+442079460018")[0]
    assert row["name"] == "Ada Lovelace"


def test_two_lines_are_not_one_number(emma):
    t = attach(emma)
    t.paste("201\n202\n")
    t.wait_for("/ 201 ")
    assert "202202" not in t.screen().text
    t.wait_for(re.compile(r"▌.*Agner Erlang"))
    dial_by_enter(emma, t)
    t.wait_for(re.compile("☎ Agner Erlang 201 .*talking"))


def test_with_its_access_code_as_on_the_desk(emma):
    """A taxi of the town: nobody has to say that it is outside."""
    t = attach(emma)
    emma.client.command("set", "dial_unknown", "internal")
    t.type("05550190")
    t.wait_for(re.compile(r"▌.*Taxi"))
    dial_by_enter(emma, t)
    t.wait_for(re.compile("☎ Taxi .*talking"))
    hang_up(emma, t)
    row = journal(emma.server, "200", "5550190")[0]
    assert row["number"] == "+49895550190"


@pytest.mark.parametrize("text", ["http://evil.example/201", "201@evil.example",
                                  "sip:201@evil.example", "201,,9"])
def test_what_is_no_number_is_searched(emma, text):
    t = attach(emma)
    t.paste(text)
    t.wait_for("/ " + text.lstrip("/"))
    t.wait_for("Nobody found.")
    t.send_keys("Enter")
    t.wait_for("Nobody found.")
    assert emma.client.data("status")["calls"] == 0
