"""Take a contact out of a group of favourites, and take that back."""
import pytest

from favourites import groups, select, shown
from harness import wait_until


@pytest.fixture(params=["smart", "suite"])
def emma(request, logged_in):
    return logged_in(mode=request.param)


def look(client):
    t = client.attach(30, 80)
    t.wait_for("Agner Erlang")
    return t


def test_out_and_back(emma, logged_in):
    t, u = look(emma), look(logged_in(server_=emma.server))
    select(t, "Elisha Gray")
    t.send_keys("x")
    t.wait_for("Elisha Gray is no longer in Workshop")
    t.wait_for(lambda s: "Elisha Gray" not in dict(shown(t))["Workshop"])
    u.wait_for(lambda s: "Elisha Gray" not in dict(shown(u))["Workshop"])
    assert "int:208" not in groups(emma.server)["Workshop"]
    t.send_keys("u")
    # One line says so; no dialog takes the keys.
    t.wait_for("Back: Elisha Gray in Workshop")
    assert "┌" not in t.screen().text
    u.wait_for(lambda s: "Elisha Gray" in dict(shown(u))["Workshop"])
    assert "int:208" in groups(emma.server)["Workshop"]


def test_back_where_it_was(emma, logged_in):
    t = look(emma)
    before = groups(emma.server)["Workshop"]
    assert before.index("int:207") < len(before) - 1
    select(t, "Thomas Watson")
    t.send_keys("x")
    wait_until(lambda: "int:207" not in groups(emma.server)["Workshop"])
    t.send_keys("u")
    wait_until(lambda: groups(emma.server)["Workshop"] == before, 5,
               "he is in his place")
    t.wait_for("Back: Thomas Watson in Workshop")
    # By command, also who is there; never out of the group.
    emma.command("favourite-at", "207", "1", "Workshop")
    wait_until(lambda: groups(emma.server)["Workshop"][0] == "int:207")
    emma.command("favourite-at", "207", "99", "Workshop")
    wait_until(lambda: groups(emma.server)["Workshop"][-1] == "int:207")
    assert sorted(groups(emma.server)["Workshop"]) == sorted(before)


def test_back_where_the_server_keeps_none(server, client):
    c = client()
    c.login(server("smart", plain=True))
    wait_until(lambda: c.run("favourite", "201", "Desk").returncode == 0, 10,
               "the directory is read")
    c.command("favourite", "202", "Desk")
    c.command("favourite", "203", "Desk")
    t = c.attach(24, 80)
    t.wait_for("Almon Strowger")
    before = shown(t)
    c.command("unfavourite", "202", "Desk")
    t.wait_gone("Hedy Lamarr")
    c.command("undo")
    t.wait_for("Hedy Lamarr")
    assert shown(t) == before


def test_out_of_the_group_that_was_meant(emma):
    """Who is in two is still in the other."""
    t = look(emma)
    emma.command("favourite", "208", "Exchange")
    t.wait_for(lambda s: s.text.count("Elisha Gray") >= 2)
    emma.command("unfavourite", "208", "Workshop")
    wait_until(lambda: "int:208" not in groups(emma.server)["Workshop"], 5,
               "it is out")
    assert "int:208" in groups(emma.server)["Exchange"]


def test_while_the_server_is_gone(emma):
    t = look(emma)
    before = groups(emma.server)
    emma.server.stop()
    t.wait_for("No connection")
    select(t, "Elisha Gray")
    t.send_keys("x")
    t.wait_for("There is no connection to the server")
    assert "Elisha Gray" in t.screen().text
    emma.server.start()
    emma.wait_status(connection="online", timeout=40)
    assert groups(emma.server) == before
