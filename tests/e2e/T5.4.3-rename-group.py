"""Give a group of favourites another name; with UC Suite not here."""
import re

from favourites import groups, select
from harness import wait_until


def look(client):
    t = client.attach(30, 80)
    t.wait_for("▾ Workshop")
    return t


def test_renamed_by_key_and_back(logged_in):
    emma = logged_in()
    t, u = look(emma), look(logged_in(server_=emma.server))
    select(t, "▾ Workshop")
    t.send_keys("N")
    t.wait_for(":group-rename")
    t.type("Atélier & <Söhne>")
    t.send_keys("Enter")
    u.wait_for("▾ Atélier & <Söhne>")
    t.wait_for(re.compile("▌.*Atélier"))
    assert "Atélier & <Söhne>" in groups(emma.server)
    t.send_keys("u")
    u.wait_for("▾ Workshop")
    assert "Workshop" in groups(emma.server)


def test_a_name_that_another_has(logged_in):
    emma = logged_in()
    look(emma)
    before = groups(emma.server)
    run = emma.run("group-rename", "Workshop", "Exchange")
    assert run.returncode
    assert run.stderr.strip() == 'There is a group "Exchange" already.'
    run = emma.run("group-rename", "Workshop", "")
    assert run.returncode and run.stderr.strip() == "A group needs a name."
    assert groups(emma.server) == before
    assert emma.run("undo").returncode


def test_not_with_suite(logged_in):
    emma = logged_in(mode="suite")
    t = look(emma)
    # Nobody is asked for a name that can't be given.
    select(t, "▾ Workshop")
    t.send_keys("N")
    t.wait_for("This server does not let groups be changed.")
    assert ":group-rename" not in t.screen()
    run = emma.run("group-rename", "Workshop", "Attic")
    assert run.returncode
    assert "does not let groups be changed" in run.stderr
    assert "Attic" not in groups(emma.server)


def test_kept_here_where_the_server_keeps_none(server, client):
    c = client()
    s = server("smart", plain=True)
    c.login(s)
    wait_until(lambda: c.run("favourite", "201", "Desk").returncode == 0, 10,
               "the directory is read")
    c.command("group-rename", "Desk", "Attic")
    t = c.attach(24, 80)
    t.wait_for("▾ Attic")
    # A group whose members are not all known is none.
    said = c.run("group-make", "Empty", "201, nobody-at-all")
    assert said.returncode and "nobody-at-all" in said.stderr
    assert not t.screen().has("Empty")
    c.command("group-make", "Both", "201, 202")
    t.wait_for(re.compile("▾ Both"))
    assert not t.screen().has("Empty")
