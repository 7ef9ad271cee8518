"""Search while typing: any beginning of a name, numbers, a star at the end,
every spelling of umlauts and accents both ways, one directory alone."""
import re
import time

import pytest

from fakes import Fake, certificate, http
from harness import wait_until


@pytest.fixture
def emma(logged_in):
    return logged_in()


def look(client, rows=24, cols=80):
    t = client.attach(rows, cols)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.wait_for("all directories")
    return t


def hits(screen):
    """Names in the list below the field."""
    rule = [i for i, line in enumerate(screen) if line.startswith("──")]
    return [line for line in screen[rule[0] + 1:rule[1]] if line.strip()]


@pytest.mark.parametrize("typed, name", [
    ("erl", "Agner Erlang"), ("agn", "Agner Erlang"), ("ERL", "Agner Erlang"),
    ("erl*", "Agner Erlang"), ("lamarr hedy", "Hedy Lamarr"),
    ("mül", "Johann Müller"), ("muel", "Johann Müller"),
    ("mul", "Johann Müller"), ("grüßn", "Amélie Grüßner"),
    ("gruessn", "Amélie Grüßner"), ("grussn", "Amélie Grüßner"),
    ("amelie", "Amélie Grüßner"), ("amélie", "Amélie Grüßner"),
    ("woehlk", "Wöhlk & Söhne"), ("gernelle franc", "François Gernelle"),
    ("maria tel", "Mária Telkes"), ("山", "山田"),
    ("202", "Hedy Lamarr"), ("+49 89 7007-203", "Almon Strowger"),
    ("442079460018", "Ada Lovelace"), ("+44 20", "Ada Lovelace"),
    # A number of this system is an extension, also half of one.
    ("+49 89 7007-20", "Almon Strowger"), ("089 7007203", "Almon Strowger"),
    ("0 7007 20", "Almon Strowger"),
    # As it is dialled on the desk phone, with the code for a line.
    ("0 0171 555 02", "Agner Erlang"), ("0 0044 20 79", "Ada Lovelace"),
    ("0 555 0112", "Fire brigade"), ("555 0112", "Fire brigade"),
    # A bare letter finds the accent, and an accent the bare letter.
    ("lovelacé", "Ada Lovelace"), ("hoovér", "Erna Hoover"),
])
def test_found(emma, typed, name):
    t = look(emma)
    t.type(typed)
    t.wait_for(lambda s: any(name in line for line in hits(s)))


def test_narrower_and_wider_again(emma):
    t = look(emma)
    t.type("e")
    t.wait_for("Erika Mustermann")
    t.type("rl")
    t.wait_gone("Erika Mustermann")
    t.wait_for("Agner Erlang")
    t.send_keys("BSpace", "BSpace")
    t.wait_for("Erika Mustermann")


def test_one_directory_alone(emma):
    t = look(emma)
    t.type("e")
    t.wait_for("Ericsson, service")
    t.wait_for("Agner Erlang")
    seen = {}
    for _ in range(8):
        line = t.screen().line_with("(Tab)") or t.screen()[1]
        t.send_keys("Tab")
        t.wait_for(lambda s, line=line: line not in s)
        time.sleep(0.3)
        s = t.screen()
        which = re.search(r"(all directories|personal|internal|system|global)"
                          r"(?= \(Tab\)| *$)", "\n".join(s[:3]))
        seen[which[1] if which else "?"] = "\n".join(hits(s))
    assert "Ericsson" in seen["system"] and "Erlang" not in seen["system"]
    assert "Erlang" in seen["internal"] and "Erika" not in seen["internal"]
    assert "Erika" in seen["global"] and "Ericsson" not in seen["global"]


def test_open_a_contact(emma):
    t = look(emma, 30, 100)
    t.type("strow")
    t.wait_for("Almon Strowger")
    t.wait_for(re.compile(r"internal +203"))
    for text in ("Switching", "+49 171 555 0203", "almon@strowger.example",
                 "with the undertakers"):
        t.wait_for(text)


def test_nobody(emma):
    t = look(emma)
    t.type("qqqqzz")
    t.wait_for(re.compile("nobody|nothing|no entr|not found", re.I))


def test_escape_goes_back_where_one_was(emma):
    t = emma.attach()
    t.wait_for("Agner Erlang")
    t.send_keys("Down", "Down")
    t.wait_for(re.compile("▌.*Almon"))
    t.send_keys("/")
    t.type("bell")
    t.wait_for("Alexander Bell")
    t.send_keys("Escape")
    t.wait_for(re.compile("▌.*Almon Strowger"))


def test_typing_stays_alive_while_the_server_is_slow(emma):
    t = look(emma)
    emma.server.pause()
    try:
        slowest = 0
        typed = ""
        for letter in "lovelace":
            typed += letter
            begin = time.monotonic()
            t.type(letter)
            t.wait_for(f"/ {typed}", 5)
            slowest = max(slowest, time.monotonic() - begin)
        # Nothing waits for a server; seconds would be its.
        assert slowest < 1.5
        for _ in range(4):
            t.send_keys("BSpace")
        t.wait_for(re.compile(r"/ love\b"))
        t.send_keys("Escape")
        t.wait_for("Hedy Lamarr")
        t.send_keys("/")
        t.type("lovelace")
    finally:
        emma.server.resume()
    t.wait_for("Ada Lovelace")


def test_by_command(emma):
    # Nobody has looked for her before: the server is asked.
    found = emma.data("search", "lovelace")
    assert [(c["name"], c["directory"]) for c in found] == [
        ("Ada Lovelace", "global")], found
    assert "Ada Lovelace" in emma.command("search", "lovelace", "global")
    assert emma.command("search", "lovelace", "personal"
                        ).strip() == "Nobody found here."
    # Without it, what has been found is known, and it says that it is all.
    emma.server.stop()
    emma.wait_status(15, connection="lost")
    said = emma.command("search", "love")
    assert "Ada Lovelace" in said and "No connection" in said
    assert emma.data("search", "turing") == []


def test_by_command_on_the_screen(emma):
    """The list that / shows: live, the server is asked, keys act on it."""
    t = emma.attach(24, 80)
    other = emma.attach(24, 80)
    for each in (t, other):
        each.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type("search lovelace")
    t.send_keys("Enter")
    t.wait_for(re.compile(r"^ / lovelace .*all directories", re.M))
    t.wait_for("Ada Lovelace")
    t.send_keys("Down", "i")
    t.wait_for("Analytical Engines")
    assert "lovelace" not in str(other.screen()).lower()
    t.send_keys("Escape")
    t.wait_gone("Analytical Engines")
    t.send_keys(":")
    t.type("search e system")
    t.send_keys("Enter")
    t.wait_for(re.compile(r"^ / e .*system \(Tab\)", re.M))
    t.wait_for("Ericsson, service")
    assert "Agner Erlang" not in t.screen()
    said = emma.run("-c", "search e external")
    assert said.returncode != 0
    assert "no external directory" in said.stderr


def test_it_is_said_that_there_are_more(logged_in):
    """The server tells a hundred at a time; type on, and it is all."""
    emma = logged_in()
    book = emma.server.home / "many.csv"
    book.write_text("first,last,business\n" + "".join(
        f"Märia,Many{i:03},+49 30 {i:04}\n" for i in range(150)))
    emma.server.admin("--import", "global", str(book))
    t = look(emma)
    t.type("many")
    t.wait_for(re.compile(r"\(Tab\)  100 of more"))
    t.type("14")
    t.wait_for(re.compile(r"\(Tab\)  10 *$", re.M))
    lines = emma.command("search", "many").splitlines()
    assert lines[-1] == "There are more: type more of it."
    # In columns, whatever the letters.
    assert {line.index("+49") for line in lines[:-1]} == {30}
    assert "more" not in emma.command("search", "many14")


PEOPLE = ["Erika Mustermann", "Erich Kurz", "Adele Erlang", "Ernst Groß"]


def plain(request):
    """A server that only logs in and searches."""
    if "cmd=Login" in request:
        return http("<LOGIN><ID>3b06a3af</ID><CNT>1</CNT><LASVERSION>"
                    "<VERSION>4.00</VERSION><APPLICATION>UCSMART"
                    "</APPLICATION></LASVERSION></LOGIN>")
    if "cmd=PhBookSearch" not in request:
        return http("<X><ERROR><REASON>NOT_OFFERED</REASON></ERROR></X>")
    term = re.search("searchTerm=([^& ]*)", request)[1].lower()
    found = [(i, p) for i, p in enumerate(PEOPLE)
             if any(w.lower().startswith(term) for w in p.split())]
    return http("<PhBookSearch>" + "".join(
        f"<ENTRY><ID>glo:{i}</ID><DIRECTORY>global</DIRECTORY><FIRSTNAME>"
        f"{p.split()[0]}</FIRSTNAME><LASTNAME>{p.split()[1]}</LASTNAME>"
        f"<BUSINESS>+49 30 555 01{i:02}</BUSINESS></ENTRY>"
        for i, p in found if term) + "</PhBookSearch>")


def asked(server, word):
    return server.asked(f"searchTerm={word}&") + \
        server.asked(f"searchTerm={word} ")


def test_asked_no_more_than_it_must_be(box, client):
    """What the server has told about a beginning holds for what goes on like
    it; another beginning is asked for."""
    server, c = Fake(box, plain, certificate(box.path)), client()
    c.login(server)
    t = c.attach(24, 80)
    t.wait_for("No favourites yet")
    t.send_keys("/")
    t.type("erl")
    t.wait_for("Adele Erlang")
    assert asked(server, "erl") == 1
    t.type("ang")
    t.wait_for("/ erlang")
    t.wait_for("Adele Erlang")
    for _ in range(6):
        t.send_keys("BSpace")
    t.type("ad")
    t.wait_for("/ ad ")
    wait_until(lambda: asked(server, "ad") == 1, 10, "another word is asked")
    assert not server.asked("searchTerm=erla")
