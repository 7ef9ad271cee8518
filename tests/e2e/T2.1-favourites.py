"""Two clients of one account stay in step: favourites are added, moved,
removed, renamed by either, and taken back."""
import pytest

from favourites import groups, shown
from step import Two


@pytest.fixture(params=["smart", "suite"])
def two(request, box, server, client):
    return Two(box, server(request.param), client)


class Seen:
    """The lists of both, on the screen."""

    def __init__(self, two):
        self.two = two
        self.terminals = [c.attach(36, 80) for c in two.both()]
        for t in self.terminals:
            t.wait_for("▾ Exchange")

    def wait(self, fits):
        """Until the groups of both screens and of the server are so."""
        for t in self.terminals:
            t.wait_for(lambda s, t=t: fits(dict(shown(t))), 15)

    def same(self):
        """Both show the same, as the server has it."""
        names = {f"int:{r['extension']}": f"{r['first']} {r['last']}".strip()
                 for r in self.two.server.query("SELECT * FROM account")}

        def kept():
            return [(g, [names.get(m, m) for m in members])
                    for g, members in groups(self.two.server).items()]
        for t in self.terminals:
            t.wait_for(lambda s, t=t: shown(t) == kept(), 15)


def test_both_ways(two):
    seen = Seen(two)
    for n, (who, other) in enumerate(two.turns()):
        number, name = (("212", "Harry Nyquist"), ("210", None))[n]
        who.command("favourite", number, "Workshop")
        seen.same()
        assert groups(two.server)["Workshop"][-1] == f"int:{number}"
        # The other one moves it, and the first takes it out.
        before = groups(two.server)["Workshop"]
        other.command("favourite-up", number, "Workshop")
        two.wait_rows(lambda s: groups(s)["Workshop"].index(f"int:{number}"),
                      len(before) - 2)
        seen.same()
        who.command("unfavourite", number, "Workshop")
        seen.same()
        assert f"int:{number}" not in groups(two.server)["Workshop"]
        who.command("undo")
        two.wait_rows(lambda s: f"int:{number}" in groups(s)["Workshop"], True)
        seen.same()
        other.command("unfavourite", number, "Workshop")
        seen.same()


def test_groups(box, server, client):
    two = Two(box, server("smart"), client)
    seen = Seen(two)
    two.here.command("group-rename", "Workshop", "Werkstatt")
    seen.wait(lambda g: "Werkstatt" in g and "Workshop" not in g)
    seen.same()
    assert two.there.run("undo").returncode  # it has changed nothing itself
    seen.same()
    assert "Werkstatt" in groups(two.server)
    two.there.command("group-delete", "Werkstatt", "yes")
    seen.wait(lambda g: "Werkstatt" not in g)
    seen.same()
    two.there.command("undo")
    seen.wait(lambda g: "Werkstatt" in g)
    seen.same()
    two.here.command("default-number", "201", "+49 171 555 0201")
    for t in seen.terminals:
        t.wait_for(lambda s: any("Agner Erlang" in line and
                                 ("mobile" in line or "0201" in line)
                                 for line in s))
    two.here.command("undo")
    for t in seen.terminals:
        t.wait_for(lambda s: any("Agner Erlang" in line and " 201" in line
                                 for line in s))
    assert not any(r["number"] for r in two.server.query(
        "SELECT number FROM favourite_member WHERE contact = 'int:201'"))


def test_after_a_cut(two):
    seen = Seen(two)
    two.cut()
    two.here.command("favourite", "212", "Workshop")
    two.here.command("unfavourite", "202", "Exchange")
    two.here.command("favourite-up", "204", "Exchange")
    run = two.there.run("favourite", "210", "Exchange")
    assert run.returncode and len(run.stderr.splitlines()) == 1, run
    want = groups(two.server)
    two.mend()
    seen.same()
    assert groups(two.server) == want
    assert want["Workshop"].count("int:212") == 1
    assert "int:210" not in want["Exchange"]
