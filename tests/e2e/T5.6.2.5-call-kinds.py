"""The nine kinds of call event, each in words of its own: in the list of
conversations and in the details of one, in 80 columns, in both languages."""
import re
import sqlite3
import time

import pytest

from harness import wait_until

ENGLISH = ["in   answered", "in   missed", "in   to group, answered",
           "in   to group, missed", "in   forwarded", "out  answered",
           "out  unanswered", "out  to group, answered",
           "out  to group, unanswered"]
GERMAN = ["angenommen", "verpasst", "Gruppe, angenommen", "Gruppe, verpasst",
          "weitergeleitet", "erreicht", "nicht erreicht", "Gruppe, erreicht",
          "Gruppe, nicht erreicht"]
# enum db_entry_kind: those that somebody has talked in, those missed.
TALKED, MISSED = (0, 2, 4, 5, 7), (1, 3)


def kinds_of(server):
    """A journal with all of them: one number each, and a colleague who has
    them all."""
    s = server()
    now = int(time.time() * 1000)
    rows = []
    for kind in range(9):
        length = 60 + kind if kind in TALKED else 0
        for number, name, later in ((f"+4930555010{kind}", "", 0),
                                    ("201", "Agner Erlang", 30000)):
            at = now - 3600000 + kind * 60000 + later
            rows.append(("200", kind, at, length, number, number, name,
                         int(kind in MISSED and not name)))
    db = sqlite3.connect(s.database(), timeout=10)
    with db:
        db.executemany("INSERT INTO journal(owner, kind, at_ms, duration_s, "
                       "number, number_key, name, unread) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.close()
    return s


@pytest.mark.parametrize("language, words", [("en", ENGLISH), ("de", GERMAN)])
@pytest.mark.parametrize("columns", [80, 120])
def test_each_has_words_of_its_own(server, client, language, words, columns):
    s = kinds_of(server)
    c = client(config=f"set language {language}")
    c.login(s, "200")
    t = c.attach(40, columns, env={"NO_COLOR": "1"})
    t.wait_for("Agner Erlang")
    t.send_keys("F3")

    def rows():
        """What the list says of each number, without its length."""
        found = {}
        for line in t.screen():
            # In the hour after midnight they are yesterday's.
            got = re.search(r"\+49305550?10(\d) .*?(?:\d\d:\d\d|\b[A-Z]\w\w?) +"
                            r"(.*?)(?:  \d+:\d\d)? *(?:│.*)?$", line)
            if got:
                found[int(got[1])] = got[2]
        return [found.get(kind) for kind in range(9)]
    wait_until(lambda: rows() == words, 10,
               lambda: f"a row with its words each; {rows()}\n{t.screen()}")
    # How many were missed is told apart, too: in the header.
    t.wait_for(re.compile(r"(missed|verpasst) 2"))
    # All of one person, the oldest first.
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("i")
    t.wait_for(re.compile(r"\d\d:\d\d +" + re.escape(words[8])))

    def said():
        return [got[1] for got in re.finditer(
            r"(?:│|^).{4,8}\d\d:\d\d  +(\S.*?)(?:  +\d+:\d\d)? *$",
            t.screen().text, re.M)]
    wait_until(lambda: said() == words, 10,
               lambda: f"all nine; {said()}\n{t.screen()}")
