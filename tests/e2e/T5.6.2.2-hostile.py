"""Names from outside are hostile: escape sequences, 64 KB, wide and combining
characters, directions. The screen stays in order, and the call goes through."""
import re
import sqlite3

import pytest

from people import Person

NAMES = {
    "escape": "\x1b]0;pwned\x07\x1b[2J\x1b[31mEvil\x1b[0m Caller",
    "c1": "\x9b2JEvil\u0085 Caller",
    "direction": "Evil \u202eSdrawkcab\u2066 Caller",
    "long": "Evil " + "W" * 65536,
    "wide": "Evil " + "電話" * 300,
    "combining": "Evil " + "e\u0301" * 50 + "\u0300" * 2000,
    "format": "Evil %s%n#{?x,#(touch pwned)} Caller",
    "newline": "Evil\nCaller\r\nSecond\tline",
    "emoji": "Evil 👩‍👩‍👧‍👦🇩🇪 Caller",
}


def rename(server, extension, name):
    """In the server's own database, as an import could have."""
    server.stop()
    db = sqlite3.connect(server.database())
    with db:
        first, _, last = name.partition(" ")
        db.execute("UPDATE account SET first = ?, last = ?, note = ?, "
                   "department = ? WHERE extension = ?",
                   (first, last, name, name, extension))
        # A global entry too, which nobody has cleaned.
        db.execute("UPDATE contact SET last = ?, company = ? "
                   "WHERE last = 'Lovelace'", (name, name))
    db.close()
    server.start()


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_hostile_name(server, client, kind):
    s = server()
    rename(s, "201", NAMES[kind])
    emma = Person(client, s, "200")
    t = emma.client.attach(30, 100)
    wire = t.record()
    t.wait_for("Hedy Lamarr")
    t.wait_for("Evil")
    in_order(t)
    # Search and call it, by its number.
    t.send_keys("/")
    t.type("201")
    t.wait_for(lambda x: "Evil" in "\n".join(x[2:-2]))
    t.send_keys("Enter")
    t.wait_for("talking", 15)
    in_order(t)
    t.send_keys("F12")
    t.wait_gone("talking")
    t.send_keys("F3")
    t.wait_for(re.compile(r"\d\d:\d\d +out +answer"))
    in_order(t)
    # One of them rings here.
    agner = Person(client, s, "201")
    agner.dial("200")
    t.send_keys("F2")
    t.wait_for("F9 answer")
    in_order(t)
    for argv in (("status", "#{call}"), ("calls",), ("search", "evil")):
        said = emma.client.command(*argv)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]",
                             said)
    # tmux would run what stands in #(…).
    assert "#(" not in emma.client.command("status", "#{call}").replace(
        "##", "")
    assert b"pwned\x07" not in wire() and b"\x1b[2J\x1b[31mEvil" not in wire()
    assert t.flag("pane_title") != "pwned"


def in_order(t):
    """The frame stands, and nothing is wider than the terminal."""
    s = t.screen()
    assert s[0].startswith(" Emma Nutt 200"), str(s)
    assert s[2].startswith("──"), str(s)
    assert any(line.startswith("──") for line in s[20:]), str(s)
