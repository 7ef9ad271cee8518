"""Add a personal contact: by the form and by the command; the server keeps it
(or our own store where the server can't), the user's other clients have it at
once, nobody else, and its number has a name from then on."""
import re

import pytest

from harness import wait_until


def personal(server, owner="200"):
    return server.query("SELECT * FROM contact WHERE directory = 0 AND"
                        " owner = ? ORDER BY id", owner)


def open_form(client, rows=24, cols=80):
    t = client.attach(rows, cols)
    t.wait_for("Agner Erlang")
    t.send_keys("A")
    t.wait_for("Personal contact")
    t.wait_for("A new contact, for you alone")
    return t


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120)])
def test_by_the_form(logged_in, rows, cols):
    emma = logged_in()
    before = len(personal(emma.server))
    t = open_form(emma, rows, cols)
    s = t.screen()
    for label in ("first name", "last name", "company", "department",
                  "e-mail", "business", "mobile", "private", "other"):
        assert s.line_with(label), label
    # The picture is no field.
    assert s.has("I sets its")
    t.type("Berta")
    t.send_keys("Tab")
    t.type("Benz")
    t.send_keys("Tab")
    t.type("Motorwagen")
    for _ in range(3):
        t.send_keys("Down")
    t.wait_for("As you dial it here, 0 for a line,")
    # As it is dialled here; it becomes canonical when the field is left.
    t.type("0030555123")
    t.send_keys("Tab")
    t.wait_for("+4930555123")
    t.send_keys("Enter")
    t.wait_gone("Personal contact")
    t.wait_for("Berta Benz is a personal contact")
    rows_ = personal(emma.server)
    assert len(rows_) == before + 1
    row = rows_[-1]
    assert (row["first"], row["last"], row["company"], row["n1"]) == (
        "Berta", "Benz", "Motorwagen", "+4930555123")
    t.send_keys("/")
    t.type("benz")
    t.wait_for(re.compile(r"Berta Benz +.*4930555123 +personal"))


@pytest.mark.parametrize("rows", [24, 12])
def test_a_field_by_mouse(logged_in, rows):
    """The one that is clicked, also where the form is scrolled."""
    emma = logged_in()
    emma.command("set", "mouse", "on")
    t = open_form(emma) if rows == 24 else emma.attach(rows, 80)
    if rows < 24:
        t.wait_for("Agner Erlang")
        t.send_keys("A")
        t.wait_for("Personal contact")
        t.send_keys(*["Up"])
    t.wait_for("mobile")
    t.click_on("mobile ")
    t.wait_for(re.compile("▌ mobile"))


def test_wrong_things_are_told_where_they_are(logged_in):
    emma = logged_in()
    before = personal(emma.server)
    t = open_form(emma)
    t.send_keys("Enter")
    t.wait_for("A first, last or company name is needed")
    t.type("Berta")
    for _ in range(7):
        t.send_keys("Tab")
    t.type("call me")
    t.send_keys("Enter")
    t.wait_for('mobile: "call me" is no number')
    t.wait_for(re.compile("▌ mobile"))
    assert personal(emma.server) == before
    # Esc asks, and a second one throws it away.
    t.send_keys("Escape")
    t.wait_for("Not yet saved")
    t.send_keys("Escape")
    t.wait_gone("Personal contact")
    assert personal(emma.server) == before


def test_esc_leaves_an_empty_form_at_once(logged_in):
    emma = logged_in()
    t = open_form(emma)
    t.send_keys("Escape")
    t.wait_gone("Personal contact")


def test_another_like_it_is_told(logged_in):
    emma = logged_in()
    emma.command("contact-add", "first=Berta", "last=Benz")
    before = len(personal(emma.server))
    t = open_form(emma)
    t.type("Berta")
    t.send_keys("Tab")
    t.type("Benz")
    t.send_keys("Enter")
    t.wait_for("Berta Benz is there already")
    assert len(personal(emma.server)) == before
    t.send_keys("Enter")
    t.wait_gone("Personal contact")
    wait_until(lambda: len(personal(emma.server)) == before + 1)


def test_by_command_in_step_with_another_client(logged_in, client):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    stranger = logged_in("201", server_=emma.server)
    t = other.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.type("lovel")
    said = emma.run("-c", "contact-add first=Augusta last=Lovell mobile=+49 171 555 17")
    assert said.returncode == 0, said.stderr
    assert "Augusta Lovell is a personal contact" in said.stdout
    row = personal(emma.server)[-1]
    assert row["n3"] == "+49 171 555 17"
    t.wait_for(re.compile("Augusta Lovell .*personal"))
    assert "Augusta" not in stranger.run("-c", "search lovell").stdout
    # Refused with one line, nothing is changed.
    for words in (["mobile=+49 30"], ["last=X", "mobile=none"],
                  ["last=X", "fax=12"], ["X"]):
        said = emma.run("-c", " ".join(["contact-add"] + words))
        assert said.returncode != 0
        assert len(said.stderr.strip().splitlines()) == 1, said.stderr
    assert personal(emma.server)[-1]["last"] == "Lovell"


def test_a_ringing_call_has_the_name(logged_in, emma, agner):
    """The name shows on the user's phone and client, and on nobody else's."""
    emma.client.command("contact-add", "last=Traffic", "internal=")
    said = emma.client.run("-c", "contact-add first=Ring last=Ringer business=+44 20 7946 0999")
    assert said.returncode == 0, said.stderr
    t = emma.client.attach(24, 80)
    t.wait_for("Agner Erlang")
    emma.client.command("dial", "+44 20 7946 0999")
    t.wait_for(re.compile("☎ Ring Ringer"))
    emma.client.command("hangup")
    emma.wait_no_call()
    # The server names it as well: so do the phones that it rings.
    emma.server.wait_row("SELECT * FROM journal WHERE owner = '200' AND"
                         " name = 'Ring Ringer'")


def test_a_suite_says_why_not(logged_in):
    emma = logged_in(mode="suite")
    said = emma.run("-c", "contact-add last=Benz")
    assert said.returncode != 0
    assert "read only" in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1
    t = emma.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("A")
    t.wait_for("read only")
    t.send_keys("i")
    t.wait_for("Esc back")
    assert "C change" not in str(t.screen())
    assert not t.screen().line_with("Personal contact")
    assert not t.screen().line_with("A new contact")


def test_a_plain_server_leaves_it_to_the_client(client, server):
    c = client()
    s = server(plain=True)
    c.login(s, "200")
    before = s.query("SELECT count(*) AS n FROM contact")[0]["n"]
    said = c.run("-c", "contact-add first=Berta last=Benz mobile=+49 171 555")
    assert said.returncode == 0, said.stderr
    assert s.query("SELECT count(*) AS n FROM contact")[0]["n"] == before
    assert "Berta Benz" in c.run("-c", "search benz").stdout
    c.quit()
    c.start()
    c.login(s, "200")
    wait_until(lambda: "Berta Benz" in c.run("-c", "search benz").stdout)
    c.command("contact-change", "benz", "last=Ringer")
    assert "Berta Ringer" in c.run("-c", "search ringer").stdout
    c.command("contact-delete", "ringer", "yes")
    assert "Berta" not in c.run("-c", "search ringer").stdout
    c.command("undo")
    assert "Berta Ringer" in c.run("-c", "search ringer").stdout
