"""Web collaboration out of a call: the page opens here, colleagues in the call
are told and open it by the same key, and it can be mailed to others."""
import re

import pytest

from desk import Desk
from harness import wait_until
from people import Person

LINK = re.compile(r"https://meet\.example:5100/([a-z2-9]{26})$")


@pytest.fixture
def office(server):
    s = server()
    s.admin("--set", "collaboration", "meet.example")
    return s


@pytest.fixture(params=[Person, Desk], ids=["voip", "cti"])
def emma(request, office, client):
    emma = request.param(client, office, "200")
    browser(emma)
    return emma


def browser(person):
    """Writes down what it is to open."""
    program = person.client.home / "browser"
    person.opened = person.client.home / "opened"
    program.write_text(f'#!/bin/sh\necho "$@" >> {person.opened}\n')
    program.chmod(0o700)
    person.client.command("set", "browser", f"{program} -x")


def opened(person):
    return wait_until(
        lambda: person.opened.exists() and person.opened.read_text().split(),
        10, "something is opened")


def talk(emma, agner):
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    agner.wait_hears(emma)


def test_it_opens_for_both(emma, agner):
    browser(agner)
    t, u = emma.client.attach(30, 180), agner.client.attach(30, 120)
    talk(emma, agner)
    t.wait_for("W page")
    t.send_keys("W")
    option, link = opened(emma)
    assert option == "-x" and LINK.match(link)
    # The other one is asked to, not made to.
    u.wait_for("Emma Nutt has a page to look at together")
    assert not agner.opened.exists()
    u.send_keys("W")
    assert opened(agner)[-1] == link
    # Again: the same.
    assert emma.client.command("collaborate").strip() == link
    emma.client.command("hangup")
    agner.wait_no_call()
    talk(emma, agner)
    t.send_keys("W")
    wait_until(lambda: len(opened(emma)) == 4, 10, "it opens again")
    assert opened(emma)[3] != link, "another call, another page"


def test_who_comes_later_is_told(emma, agner, hedy):
    talk(emma, agner)
    link = None

    def known():
        nonlocal link
        link = emma.client.command("collaborate").strip()
        return LINK.match(link)
    wait_until(known, 10, "there is a page")
    u = hedy.client.attach(30, 120)
    emma.dial("202")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    hedy.wait_hears(emma)
    if isinstance(emma, Desk):
        emma.client.command("conference")
        u.wait_for("has a page to look at together")
        assert hedy.client.command("collaborate").strip() == link
    else:
        # The built-in phone's calls are two: the page is one of them.
        assert hedy.client.data("status")["call"]["state"] == "talking"


def test_it_is_mailed(emma, agner):
    t = emma.client.attach(30, 120)
    talk(emma, agner)
    t.send_keys("W")
    link = opened(emma)[-1]
    emma.opened.unlink()
    t.send_keys(":")
    t.type("mail-page ann@example.org")
    t.send_keys("Enter")
    mail = opened(emma)[-1]
    assert mail.startswith("mailto:agner@strowger.example,ann@example.org?")
    assert LINK.search(link)[1] in mail


def test_not_set_up_it_is_not_there(server, client):
    s = server()
    emma, agner = Person(client, s, "200"), Person(client, s, "201")
    t = emma.client.attach(30, 180)
    talk(emma, agner)
    t.wait_for("h hold")
    assert "W page" not in t.screen().text
    got = emma.client.run("collaborate")
    assert got.returncode and "no web collaboration" in got.stderr
    # Set up meanwhile: in the same call, without another log-in.
    s.admin("--set", "collaboration", "meet.example")
    t.wait_for("W page")
    s.admin("--set", "collaboration")
    t.wait_gone("W page")
    s.admin("--set", "collaboration", "meet.example")
    t.wait_for("W page")
    browser(emma)
    t.send_keys("W")
    assert LINK.match(opened(emma)[1])


@pytest.mark.parametrize("setting, link", [
    ("https://meet.example/room/{session}?x=1",
     "https://meet.example/room/NAME?x=1"),
    ("https://meet.example/room", "https://meet.example/room/NAME"),
    ("meet.example:7000", "https://meet.example:7000/NAME"),
    ("[2001:db8::1]", "https://[2001:db8::1]:5100/NAME")])
def test_where_the_administrator_says(server, client, setting, link):
    s = server()
    s.admin("--set", "collaboration", setting)
    emma, agner = Person(client, s, "200"), Person(client, s, "201")
    talk(emma, agner)
    said = []

    def known():
        said[:] = [emma.client.command("collaborate").strip()]
        return re.fullmatch(re.escape(link).replace("NAME", "[a-z2-9]{26}"),
                            said[0])
    wait_until(known, 10, lambda: f"{link}, and not {said}")
