"""Change a personal contact, by the form and by the command; the user's other
clients show it, and u takes it back."""
import re

import pytest


def add(emma):
    emma.command("contact-add", "first=Berta", "last=Benz",
                 "mobile=+49 171 555", "email=b@benz.example")
    return emma.server.query("SELECT * FROM contact WHERE last = 'Benz'")[0]


def row(emma, id_):
    return emma.server.query("SELECT * FROM contact WHERE id = ?", id_)[0]


def test_by_the_form(logged_in):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    id_ = add(emma)["id"]
    t = emma.attach(24, 120)
    t2 = other.attach(24, 80)
    for x in (t, t2):
        x.wait_for("Agner Erlang")
        x.send_keys("/")
        x.type("benz")
        x.wait_for(re.compile("Berta Benz .*personal"))
    t.send_keys("Down", "i")
    t.wait_for("C change")
    # Who is one already is not made one.
    assert not t.screen().has("A new contact")
    t.send_keys("C")
    t.wait_for("A contact for you alone")
    assert t.screen().line_with("b@benz.example")
    t.send_keys("Tab")
    for _ in range(4):
        t.send_keys("BSpace")
    t.type("Benz-Ringer")
    t.send_keys("Enter")
    t.wait_gone("A contact for you alone")
    t2.wait_for(re.compile("Berta Benz-Ringer .*personal"))
    now = row(emma, id_)
    assert (now["last"], now["n3"], now["email"]) == (
        "Benz-Ringer", "+49 171 555", "b@benz.example")
    assert now["import_key"] == "" and now["hand_made"] == 0
    emma.command("undo")
    t2.wait_for(re.compile("Berta Benz +.*personal"))
    assert row(emma, id_)["last"] == "Benz"


def test_by_command(logged_in):
    emma = logged_in()
    id_ = add(emma)["id"]
    emma.command("contact-change", "benz", "company=Motorwagen", "mobile=",
                 "private=030 555 01")
    now = row(emma, id_)
    assert (now["first"], now["company"], now["n3"]) == (
        "Berta", "Motorwagen", "")
    assert now["n4"].startswith("+")
    said = emma.run("-c", "contact-change benz first= last= company=")
    assert said.returncode != 0 and "name is needed" in said.stderr
    assert row(emma, id_) == now
    # Who is no personal contact is not changed.
    said = emma.run("-c", "contact-change 201 last=Mine")
    assert said.returncode != 0
    assert "Agner Erlang is no personal contact of yours" in said.stderr
    assert emma.server.query("SELECT last FROM account WHERE extension ="
                             " '201'")[0]["last"] == "Erlang"


@pytest.mark.parametrize("key", ["C", "I", "DC"])
def test_who_is_no_personal_contact(logged_in, key):
    """One line says so; no command line is asked to be filled in."""
    emma = logged_in()
    t = emma.attach(24, 80)
    t.wait_for("▌  ○ Agner Erlang")
    t.send_keys(key)
    t.wait_for("Agner Erlang is no personal contact of yours.")
    assert ":contact" not in t.screen()


def test_nobody_changes_anothers(logged_in, wsi):
    emma = logged_in()
    id_ = add(emma)["id"]
    stranger = wsi(emma.server)
    stranger.login("201", "Exchange-1878")
    answer = stranger.ours("ContactChange", post=True,
                           contact='{"id":"per:%d","lastName":"Mine"}' % id_)
    assert b"NOT_FOUND" in answer
    answer = stranger.ours("ContactDelete", post=True, entryID="per:%d" % id_)
    assert b"NOT_FOUND" in answer
    assert row(emma, id_)["last"] == "Benz"
