"""Search in conversations: names, numbers, messages; then inside, from hit to
hit."""
import re
import time

from filled import Filled
from messages import stay


def begin(server, client, fill, columns=80):
    s = server()
    f = Filled(s)
    fill(f)
    f.put()
    emma = stay(client(), s, "200")
    t = emma.attach(24, columns)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("▌"))
    return emma, t


def few(f):
    f.call("203", 1)
    f.call("+49305550199", 2, name="Käthe Größer")
    for n in range(40):
        text = f"note {n}" + (": the Löschgerät" if n in (3, 20, 37) else "")
        f.message("201", 10 + n, text)
    f.message("202", 60, "where is the ladder")


def test_names_numbers_texts(server, client):
    emma, t = begin(server, client, few)
    for typed, found in (("groesser", "Käthe Größer"), ("strow", "Almon"),
                         ("030 555", "Käthe"), ("+49 30 5550", "Käthe"),
                         ("LADD", "Hedy Lamarr"), ("loesch", "Agner Erlang"),
                         ("losch", "Agner Erlang"), ("203", "Almon")):
        t.send_keys("\\")
        t.type(typed)
        t.wait_for("\\ " + typed)
        t.wait_for(re.compile(r"Show: all.* 1\s*$", re.M))
        t.wait_for(re.compile("▌.*" + found))
        t.send_keys("Escape")
        t.wait_gone("Show:")
        t.wait_for("Hedy Lamarr")
    t.send_keys("\\")
    t.type("nobody at all")
    t.wait_for("Nothing found here.")
    t.send_keys("Escape")
    t.wait_for("Almon Strowger")


def test_inside_from_hit_to_hit(server, client):
    emma, t = begin(server, client, few)
    t.send_keys("\\")
    t.type("loesch")
    t.wait_for(re.compile("▌.*Agner Erlang.*note 37"))
    t.send_keys("Enter")
    t.wait_for("Enter call")
    t.send_keys("i")
    t.wait_for(re.compile("» .*note 37: the Löschgerät"))
    assert "» " in t.screen().text
    for key, n, which in (("N", 37, 3), ("N", 20, 2), ("N", 3, 1),
                          ("N", 37, 3), ("n", 3, 1), ("n", 20, 2)):
        t.send_keys(key)
        t.wait_for(f"{which} of 3 found")
        t.wait_for(re.compile(rf"▌ +» .*note {n}: the Lösch"))
    t.send_keys("Escape")
    t.wait_for("Show: all")
    t.send_keys("Escape")
    t.wait_gone("Show: all")
    t.send_keys("i")
    t.wait_for("note 20")
    t.wait_gone("»")
    t.send_keys("n")
    t.wait_for("Nothing is looked for")


def many(f):
    for n in range(4000):
        f.message("201", n, f"note {n} of what was said then and there")
    f.message("201", 4001, "here is a needle")
    for n in range(1000):
        f.message("201", 5000 + n, f"later {n}")


def test_without_lag(server, client):
    emma, t = begin(server, client, many)
    emma.command("export-conversation", "201", "-")  # all of it is here
    t.send_keys("\\")
    for typed in "needle":
        begun = time.monotonic()
        t.type(typed)
        t.wait_for(re.compile(rf"\\ \w*{typed}", re.M))
        assert time.monotonic() - begun < 1  # a stuck loop takes longer
    t.wait_for(re.compile("▌.*Agner Erlang.*here is a needle"))
    t.send_keys("Enter")
    t.send_keys("i")
    t.wait_for("later 999")
    t.send_keys("N")
    t.wait_for(re.compile("▌ +» .*here is a needle"))
    t.wait_for("1 of 1 found")
