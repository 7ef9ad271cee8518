"""Choose the number that a favourite is called by: the call key follows, and
so does every client of the account."""
import re

import pytest

from people import Person
from favourites import select

MOBILE = "+49 171 555 0201"


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def test_chosen_in_the_details(emma, logged_in):
    t = emma.client.attach(30, 110)
    other = logged_in(server_=emma.server)
    u = other.attach(30, 80)
    u.wait_for(re.compile("Agner Erlang .* 201"))
    t.wait_for("VoIP ready")
    select(t, "Agner Erlang")
    t.send_keys("Right")
    t.wait_for(re.compile("internal +201 +default"))
    t.send_keys("Down")
    t.wait_for("= default number")
    t.send_keys("=")
    t.wait_for(re.compile(r"mobile +\+49 171 555 0201 +default"))
    assert emma.server.query(
        "SELECT number FROM favourite_member WHERE contact = 'int:201'")[0][
            "number"] == MOBILE
    u.wait_for(re.compile("Agner Erlang .*(mobile|0201)"))
    # The call key follows, here and there.
    t.send_keys("Escape")
    t.wait_for("i details")
    t.send_keys("Enter")
    t.wait_for(re.compile("☎ Agner Erlang .*171 555 0201"))
    emma.client.command("hangup")
    emma.wait_no_call(20)
    t.send_keys("u")
    u.wait_for(re.compile("Agner Erlang .* 201"))


def test_it_survives_a_restart(emma):
    emma.client.attach(30, 110).wait_for("Agner Erlang")
    emma.client.command("default-number", "Agner Erlang", MOBILE)
    emma.client.command("slot", "1", "automatic", "on")
    emma.client.quit()
    emma.client.login(emma.server)
    t = emma.client.attach(30, 80)
    t.wait_for(re.compile("Agner Erlang .*(mobile|0201)"))
    emma.client.command("default-number", "Agner Erlang")
    t.wait_for(re.compile("Agner Erlang .* 201"))


@pytest.mark.parametrize("who, number, why", [
    ("201", "+49 30 1", "has no number"),
    ("210", "210", "is no favourite"),
])
def test_what_cannot_be(emma, who, number, why):
    t = emma.client.attach(30, 80)
    t.wait_for("Agner Erlang")
    run = emma.client.run("default-number", who, number)
    assert run.returncode and why in run.stderr, run


def test_not_with_suite(logged_in):
    emma = logged_in(mode="suite")
    t = emma.attach(30, 110)
    t.wait_for("Agner Erlang")
    run = emma.run("default-number", "201", MOBILE)
    assert run.returncode and "first number" in run.stderr
    t.send_keys("Right")
    t.wait_for(re.compile("internal +201"))
    t.send_keys("Down")
    t.wait_for("Enter calls " + MOBILE)
    assert "= default number" not in t.screen().text
