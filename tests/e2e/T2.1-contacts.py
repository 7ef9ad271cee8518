"""Two clients of one account stay in step: personal contacts come, change and
go at both, also those of an import, and after one was away."""
import pytest

from step import Two, data


@pytest.fixture(params=["smart", "suite"])
def two(request, box, server, client):
    return Two(box, server(request.param), client)


def kept(server, owner="200"):
    return sorted((r["first"], r["last"], r["n3"]) for r in server.query(
        "SELECT * FROM contact WHERE directory = 0 AND owner = ?", owner))


def find(client, text):
    """[(name, company, numbers)] of the personal contacts found."""
    return sorted((c["name"], c["company"],
                   tuple(n["number"] for n in c["numbers"]))
                  for c in data(client, "search", text, "personal") or [])


def test_added_changed_deleted(box, server, client):
    two = Two(box, server("smart"), client)
    # Both have the form of who is found on the screen.
    t = [c.attach(24, 100) for c in two.both()]
    for n, (who, other) in enumerate(two.turns()):
        number = f"+49 171 55{n}"
        who.command("contact-add", "first=Berta", "last=Benz",
                    f"mobile={number}")
        two.wait(lambda c: find(c, "benz"), [("Berta Benz", "", (number,))])
        other.command("contact-change", "benz", "company=Motorwagen")
        two.wait(lambda c: find(c, "benz"),
                 [("Berta Benz", "Motorwagen", (number,))])
        other.command("undo")
        two.wait(lambda c: find(c, "benz"), [("Berta Benz", "", (number,))])
        for x in t:
            x.send_keys("/")
            x.type("benz")
            x.wait_for("Berta Benz")
        other.command("contact-delete", "benz", "yes")
        two.wait(lambda c: find(c, "benz"), [])
        for x in t:
            x.wait_gone("Berta Benz")
        other.command("undo")
        two.wait(lambda c: find(c, "benz"), [("Berta Benz", "", (number,))])
        assert [k for k in kept(two.server) if k[1] == "Benz"] == [
            ("Berta", "Benz", number)]
        who.command("contact-delete", "benz", "yes")
        two.wait(lambda c: find(c, "benz"), [])
        for x in t:
            x.send_keys("Escape")
            x.wait_for("Agner Erlang")


def test_an_import(box, server, client):
    two = Two(box, server("smart"), client)
    path = two.here.home / "book.csv"
    path.write_text("first,last,mobile\nBerta,Benz,+49 171 1\n"
                    "Carl,Benz,+49 171 2\n")
    two.here.command("contact-import", path)
    two.here.command("contact-import-commit")
    want = [("Berta Benz", "", ("+49 171 1",)), ("Carl Benz", "",
                                                ("+49 171 2",))]
    two.wait(lambda c: find(c, "benz"), want)
    path.write_text("first,last,mobile\nBerta,Benz,+49 171 1\n"
                    "Carl,Benz,+49 171 3\n")
    two.here.command("contact-import", path)
    # Changed elsewhere since it was shown: all of it is refused.
    two.there.command("contact-change", "carl", "company=Mine")
    two.wait(lambda c: find(c, "carl"), [("Carl Benz", "Mine",
                                          ("+49 171 2",))])
    run = two.here.run("contact-import-commit")
    assert run.returncode and len(run.stderr.splitlines()) == 1, run
    assert ("Carl", "Benz", "+49 171 2") in kept(two.server)


def test_after_a_cut(box, server, client):
    two = Two(box, server("smart"), client)
    two.here.command("contact-add", "last=Old", "mobile=+49 171 1")
    two.here.command("contact-add", "last=Older", "mobile=+49 171 2")
    two.wait(lambda c: len(find(c, "old")), 2)
    two.cut()
    two.here.command("contact-add", "last=Oldest", "mobile=+49 171 3")
    two.here.command("contact-change", "older", "company=New")
    two.here.command("contact-delete", "Old", "yes")
    run = two.there.run("contact-add", "last=Never", "mobile=+49 171 4")
    assert run.returncode and len(run.stderr.splitlines()) == 1, run
    two.mend()
    two.wait(lambda c: find(c, "old"),
             [("Older", "New", ("+49 171 2",)),
              ("Oldest", "", ("+49 171 3",))])
    assert [k[1] for k in kept(two.server) if k[1].startswith(("Old", "Nev"))
            ] == ["Older", "Oldest"]


def test_suite_has_the_same_for_both(two):
    """With UC Suite they are there for reading only."""
    if two.server.mode == "smart":
        pytest.skip("above")
    found = find(two.here, "a")
    two.wait(lambda c: find(c, "a"), found)
    for c in two.both():
        run = c.run("contact-add", "last=Benz", "mobile=+49 171 4")
        assert run.returncode and len(run.stderr.splitlines()) == 1, run
