"""Dial by hand: digits, canonical numbers as written on paper, the question
"internal or external?", and a line of its own for each way to fail."""
import re

import pytest

from people import Person, journal


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def screen(person, *size):
    t = person.client.attach(*size)
    t.wait_for("Agner Erlang")
    return t


def test_digits_typed_dial(emma):
    t = screen(emma)
    t.type("201")
    t.wait_for("/ 201")
    t.send_keys("Enter")
    t.wait_for(re.compile(r"☎ Agner Erlang 201 +\d\d:\d\d +talking"))


@pytest.mark.parametrize("number, how", [
    ("+49 (89) 7007-201", ""), ("+49897007201", ""), ("+49/89/7007 201", ""),
    # As on the desk phone: the access code comes first.
    ("00049 89 7007 201", "internal"), ("07007-201", "internal"),
])
def test_all_his_numbers_are_the_colleague(emma, number, how):
    emma.dial(number, how)
    assert emma.wait_call("talking")["name"] == "Agner Erlang"
    emma.client.command("hangup")
    assert journal(emma.server, "201", "200")[0]["name"] == "Emma Nutt"


def test_canonical_outside(emma):
    """As pasted from a letter."""
    t = screen(emma)
    t.send_keys("/")
    t.paste("+44 (20) 7946-0018")
    t.wait_for("Ada Lovelace")
    t.send_keys("Enter")
    # A part of a number is none: here is no room for all of it.
    t.wait_for(re.compile(r"☎ Ada Lovelace  .*talking"))
    t.resize(24, 120)
    # As her directory writes it, not as the network does.
    t.wait_for(re.compile(r"☎ Ada Lovelace \+44 20 7946 0018 .*talking"))
    t.send_keys("F12")
    t.wait_gone("talking")
    t.resize(24, 80)
    t.send_keys("F3")
    t.wait_for(re.compile(r"Ada Lovelace .*\+44 20 7946 0018"))
    row = journal(emma.server, "200", "+442079460018")[0]
    assert row["name"] == "Ada Lovelace"


def test_a_question_where_it_is_not_clear(emma):
    t = screen(emma)
    t.type("5550190")
    t.send_keys("Enter")
    t.wait_for("Is 5550190 internal or external?")
    t.send_keys("Escape")
    t.wait_gone("internal or external?")
    emma.wait_no_call()
    emma.dial("5550190")
    t.wait_for("Is 5550190 internal or external?")
    t.send_keys("e")
    # The access code is added; it is the taxi's number.
    t.wait_for(re.compile(r"☎ Taxi .*555 0190 .*talking"))
    emma.client.command("hangup")
    row = journal(emma.server, "200", "5550190")[0]
    assert row["number"] == "+49895550190"


def test_answered_internal(emma):
    t = screen(emma)
    emma.dial("299")
    t.wait_for("Is 299 internal or external?")
    t.send_keys("i")
    t.wait_for(re.compile(r"☎ 299 .*no such number", re.I))


def test_the_answer_is_remembered(emma):
    """As an option, which is kept over restarts."""
    emma.client.command("set", "dial_unknown", "external")
    emma.client.quit()
    emma.client.login(emma.server, "200")
    emma.client.wait_status(voip=True)
    emma.dial("5550190")
    emma.wait_call("talking")
    emma.client.command("hangup")
    assert journal(emma.server, "200", "5550190")


def test_remembered_by_the_answer_itself(emma):
    t = screen(emma)
    got = emma.client.command("dial", "299")
    assert "asks on its screen whether 299 is internal" in got
    t.wait_for("Is 299 internal or external?")
    # Only the last number that one dials is asked about.
    emma.dial("5550190")
    t.wait_for("Is 5550190 internal or external?")
    t.wait_for("E  Always external")
    t.send_keys("E")
    t.wait_for(re.compile(r"☎ Taxi .*555 0190 .*talking"))
    assert "internal or external?" not in t.screen().text
    emma.client.command("hangup")
    emma.wait_no_call()
    # Kept, and not asked again.
    emma.client.quit()
    emma.client.login(emma.server, "200")
    emma.client.wait_status(voip=True)
    emma.dial("5550190")
    emma.wait_call("talking")


def test_said_with_the_command(emma):
    emma.dial("5550190", "external")
    emma.wait_call("talking")


FAILURES = [("208", "busy"), ("204", "reach"), ("299", "no such number")]


@pytest.mark.parametrize("number, line", FAILURES)
def test_each_failure_has_its_line(emma, number, line):
    t = screen(emma)
    emma.client.command("set", "failed_call", "3s")
    # With an answering box nothing would fail.
    emma.server.admin("--set", "voicemail", "")
    emma.dial(number, "internal")
    t.wait_for(re.compile(rf"☎ .*{number} .*{line}", re.I))
    # One call, one line; it goes away by itself.
    assert len(t.screen().text.split("☎")) == 2
    t.wait_gone("☎")
    emma.wait_no_call()
    assert len(journal(emma.server, "200", number)) == 1


def test_no_answer(emma):
    t = screen(emma)
    emma.dial("205")
    t.wait_for(re.compile(r"☎ Oliver Heaviside 205 .*rings there"))
    t.send_keys("F12")
    t.wait_gone("☎")


@pytest.mark.parametrize("text", ["hello", "", "+", "sip:201@evil.example",
                                  "201;rm", "2" * 200, "\x1b[31m"])
def test_what_is_no_number_is_refused(emma, text):
    got = emma.client.run("dial", text)
    assert got.returncode == 2
    assert len(got.stderr.splitlines()) == 1 and "\x1b" not in got.stderr
    emma.wait_no_call()


def test_without_a_phone_it_says_why(logged_in):
    c = logged_in()
    t = c.attach()
    t.wait_for("Agner Erlang")
    assert "╳" in t.screen()[0]
    c.run("dial", "201")
    t.wait_for(re.compile("☎ Agner Erlang 201 .*phone can't be reached"))


def test_redial(emma):
    for number in ("201", "202"):
        emma.dial(number)
        emma.wait_call("talking")
        emma.client.command("hangup")
        emma.wait_no_call()
    assert [line.split()[1] for line in
            emma.client.command("dialled").splitlines()] == ["202", "201"]
    emma.client.command("redial", "2")
    assert emma.wait_call("talking")["name"] == "Agner Erlang"
