"""Add a contact to a group of favourites, existing or new; order and fold
them; another client of the account follows."""
import re

import pytest

from favourites import groups, select, shown
from harness import wait_until

EXCHANGE = ["int:201", "int:202", "int:203", "int:204", "int:205"]


@pytest.fixture(params=["smart", "suite"])
def emma(request, logged_in):
    return logged_in(mode=request.param)


def look(client, rows=30, cols=80):
    t = client.attach(rows, cols)
    t.wait_for("Agner Erlang")
    return t


def find(t, typed, name):
    t.send_keys("/")
    t.type(typed)
    t.wait_for(name)
    t.send_keys("Down")
    t.wait_for(re.compile("▌.*" + name))


def test_from_the_search_to_a_group(emma, logged_in):
    t, u = look(emma), look(logged_in(server_=emma.server))
    find(t, "nyq", "Harry Nyquist")
    t.send_keys("f")
    t.wait_for("To which group is Harry Nyquist added?")
    t.send_keys("2")
    t.wait_for("Harry Nyquist is in Workshop")
    wait_until(lambda: groups(emma.server)["Workshop"][-1] == "int:212", 5,
               "the server keeps it")
    # The other client was not asked to look again.
    u.wait_for(lambda s: ("Harry Nyquist" in dict(shown(u))["Workshop"]))


def test_to_a_new_group(emma):
    t = look(emma)
    select(t, "Agner Erlang")
    t.send_keys("f")
    t.wait_for("A new group …")
    t.send_keys("4")
    t.wait_for(":favourite")
    t.type("Büro im Hof")
    t.send_keys("Enter")
    t.wait_for(re.compile("▾ Büro im Hof +1 of 1"))
    assert groups(emma.server)["Büro im Hof"] == ["int:201"]
    # It is in both.
    assert "int:201" in groups(emma.server)["Exchange"]


def test_nothing_is_added_by_leaving(emma):
    t = look(emma)
    before = groups(emma.server)
    t.send_keys("f")
    t.wait_for("To which group")
    t.send_keys("Escape")
    t.wait_gone("To which group")
    t.send_keys("f")
    t.wait_for("To which group")
    t.send_keys("Enter")
    t.wait_gone("To which group")
    assert groups(emma.server) == before


def test_the_first_one_of_all(logged_in):
    agner = logged_in(user="201")
    t = agner.attach(24, 80)
    t.wait_for("No favourites yet")
    find(t, "lamarr", "Hedy Lamarr")
    t.send_keys("f")
    t.wait_for("Hedy Lamarr is in Favourites")
    t.send_keys("Escape")
    t.wait_for(re.compile("▾ Favourites +1 of 1"))
    assert groups(agner.server, "201") == {"Favourites": ["int:202"]}


@pytest.mark.parametrize("name", ["x" * 65, " "])
def test_a_name_that_is_none(emma, name):
    look(emma)
    before = groups(emma.server)
    run = emma.run("favourite", "201", name)
    assert run.returncode and run.stderr.strip().count("\n") == 0
    assert groups(emma.server) == before


def test_a_hostile_name_is_only_a_name(emma):
    t = look(emma)
    run = emma.run("favourite", "201", "\x1b[31mred\x1b[0m\a")
    assert run.returncode and run.stderr.strip().count("\n") == 0
    assert list(groups(emma.server)) == ["Exchange", "Workshop",
                                         "Theory and switching"]
    # Directions are no control characters, and yet could hide something.
    emma.command("favourite", "201", "red\u202eder")
    t.wait_for(re.compile("▾ redder +1 of 1"))
    assert "redder" in groups(emma.server)


def test_moved_within_a_group_and_to_the_next(emma, logged_in):
    t, u = look(emma), look(logged_in(server_=emma.server))
    select(t, "Oliver Heaviside")
    t.send_keys("K")
    wait_until(lambda: groups(emma.server)["Exchange"] ==
               EXCHANGE[:3] + ["int:205", "int:204"], 5, "it went up")
    for _ in range(2):
        before = groups(emma.server)
        t.send_keys("J")
        wait_until(lambda: groups(emma.server) != before, 5, "it went down")
    assert groups(emma.server)["Exchange"] == EXCHANGE[:4]
    assert groups(emma.server)["Workshop"][0] == "int:205"
    for screen in (t, u):
        screen.wait_for(lambda s: dict(shown(screen))["Workshop"][0] ==
                        "Oliver Heaviside")
    # It is still the one that the keys are about.
    t.wait_for(re.compile("▌ .*Oliver Heaviside"))
    t.send_keys("K")
    wait_until(lambda: groups(emma.server)["Exchange"] == EXCHANGE, 5,
               "it is back")


def test_a_whole_group_is_moved(emma):
    t = look(emma)
    select(t, "▾ Workshop")
    t.send_keys("K")
    t.wait_for(lambda s: [g for g, _ in shown(t)][:2] ==
               ["Workshop", "Exchange"])
    t.wait_for(re.compile("▌.*Workshop"))
    assert list(groups(emma.server))[0] == "Workshop"


def test_what_is_folded_stays_folded(logged_in):
    emma = logged_in()
    emma.command("slot", "1", "automatic", "on")
    t = look(emma)
    select(t, "▾ Workshop")
    t.send_keys("Left")
    t.wait_for("▸ Workshop")
    t.wait_gone("Elisha Gray")
    emma.quit()
    emma.login(emma.server)
    t = look(emma)
    t.wait_for("▸ Workshop")
    assert "Elisha Gray" not in t.screen().text
    select(t, "▸ Workshop")
    t.send_keys("Right")
    t.wait_for("Elisha Gray")


def test_kept_here_where_the_server_keeps_none(server, client):
    c = client()
    s = server("smart", plain=True, desk_phones=True)
    c.login(s)
    c.command("slot", "1", "automatic", "on")
    c.login(s)
    t = c.attach(30, 80)
    t.wait_for("No favourites yet")
    wait_until(lambda: c.run("favourite", "201", "Desk").returncode == 0, 10,
               "the directory is read")
    c.command("favourite", "202", "Desk")
    c.command("favourite", "203", "Attic")
    t.wait_for("Almon Strowger")
    select(t, "Hedy Lamarr")
    t.send_keys("K")
    t.wait_for(lambda s: dict(shown(t))["Desk"] ==
               ["Hedy Lamarr", "Agner Erlang"])
    c.command("default-number", "202", "+49 171 555 0202")
    c.quit()
    t = c.attach(30, 80)
    t.wait_for(lambda s: shown(t) == [
        ("Desk", ["Hedy Lamarr", "Agner Erlang"]),
        ("Attic", ["Almon Strowger"])])
    c.wait_status(connection="online")
    t.wait_for(re.compile("Hedy Lamarr .*(mobile|0202)"))
