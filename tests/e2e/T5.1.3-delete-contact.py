"""Delete a personal contact after a question; u brings it back, also into the
favourites that it was in."""
import re

from harness import wait_until


def count(emma):
    return emma.server.query("SELECT count(*) AS n FROM contact WHERE"
                             " last = 'Benz'")[0]["n"]


def test_after_a_question(logged_in):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    emma.command("contact-add", "first=Berta", "last=Benz",
                 "mobile=+49 171 555")
    emma.command("favourite", "benz", "Exchange")
    t = emma.attach(30, 100)
    t2 = other.attach(30, 100)
    t.wait_for("Berta Benz")
    t2.wait_for("Berta Benz")
    t.send_keys("/")
    t.type("benz")
    t.wait_for(re.compile("▌ +Berta Benz"))
    t.send_keys("Down", "DC")
    t.wait_for("Delete the personal contact Berta Benz?")
    # The safe answer is the default.
    t.send_keys("Enter")
    t.wait_gone("Delete the personal contact")
    assert count(emma) == 1
    t.send_keys("DC")
    t.wait_for("Delete the personal contact Berta Benz?")
    t.send_keys("Right", "Enter")
    t.wait_gone("Delete the personal contact")
    wait_until(lambda: count(emma) == 0)
    t2.wait_gone("Berta Benz")
    emma.command("undo")
    wait_until(lambda: count(emma) == 1)
    t2.wait_for("Berta Benz")
    assert emma.server.query("SELECT n3 FROM contact WHERE last = 'Benz'"
                             )[0]["n3"] == "+49 171 555"


def test_others_are_not_deleted(logged_in):
    emma = logged_in()
    for whom in ("201", "nobody at all"):
        said = emma.run("-c", f"contact-delete '{whom}' yes")
        assert said.returncode != 0
        assert len(said.stderr.strip().splitlines()) == 1
