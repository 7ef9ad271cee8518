"""Delete a group of favourites, after a question; what was in it comes back
by one key. With UC Suite not here."""
from favourites import groups, select, shown


def look(client):
    t = client.attach(30, 80)
    t.wait_for("▾ Workshop")
    return t


def test_asked_first_and_taken_back(logged_in):
    emma = logged_in()
    t, u = look(emma), look(logged_in(server_=emma.server))
    was = groups(emma.server)["Workshop"]
    select(t, "▾ Workshop")
    t.send_keys("x")
    t.wait_for(f"Delete the group Workshop and its {len(was)} entries?")
    # The safe answer is the one that Enter gives.
    t.send_keys("Enter")
    t.wait_gone("Delete the group")
    assert groups(emma.server)["Workshop"] == was
    t.send_keys("x")
    t.wait_for("Delete the group")
    t.send_keys("y")
    for screen in (t, u):
        screen.wait_for(lambda s: "Workshop" not in dict(shown(screen)))
    assert "Workshop" not in groups(emma.server)
    # People are not deleted with it.
    assert emma.server.query(
        "SELECT * FROM account WHERE extension = '208'")
    t.send_keys("u")
    u.wait_for(lambda s: "Elisha Gray" in dict(shown(u)).get("Workshop", []))
    assert groups(emma.server)["Workshop"] == was


def test_by_a_shell_it_is_asked_too(logged_in):
    emma = logged_in()
    t = look(emma)
    emma.run("group-delete", "Workshop")
    t.wait_for("Delete the group Workshop")
    assert "Workshop" in groups(emma.server)
    t.send_keys("Escape")
    emma.command("group-delete", "Workshop", "yes")
    t.wait_gone("▾ Workshop")


def test_not_with_suite(logged_in):
    emma = logged_in(mode="suite")
    t = look(emma)
    select(t, "▾ Workshop")
    t.send_keys("x")
    t.wait_for("does not let groups be changed")
    run = emma.run("group-delete", "Workshop", "yes")
    assert run.returncode
    assert "Workshop" in groups(emma.server)
