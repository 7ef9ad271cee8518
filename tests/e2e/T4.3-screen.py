"""The screen: header, list, detail, hints, at two sizes; connection lost:
greyed, one line that counts down; back: as it was and up to date."""
import re

import pytest

from harness import wait_until


@pytest.fixture
def emma(logged_in):
    return logged_in()


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120), (50, 200)])
def test_what_is_there(emma, rows, cols):
    t = emma.attach(rows, cols)
    t.wait_for("Hedy Lamarr")
    # Who I am, how I am, the phone, what was missed: in every view.
    for key in ("F2", "F3", "F2"):
        t.send_keys(key)
        t.wait_for(re.compile(
            r"\A *Emma Nutt 200 .*Office .*desk.* 200.*missed 0.*\d\d:\d\d"))
        assert "Favourites" in t.screen()[1]
        assert "Conversations" in t.screen()[1]
        assert "search or dial" in t.screen()[1]
    t.wait_for("Hedy Lamarr")
    # The focused thing explains itself, and its keys are named.
    t.wait_for(lambda s: "I repeat what you say" in s[-2])
    s = t.screen()
    assert s[-1].strip().startswith("Enter call")
    assert "m message" in s[-1] and "? help" in s[-1]
    assert s[-1].endswith(": command")
    assert cols < 90 or "Q quit" in s[-1]
    # The real cursor is on the selected row, once all is drawn.
    wait_until(lambda: "Agner Erlang" in s[t.cursor()[0]], 10,
               lambda: f"the cursor stands there, and not at {t.cursor()}")
    t.send_keys("Down")
    t.wait_for(lambda s: "Hedy Lamarr" in s[t.cursor()[0]])
    # Nothing is wider than the terminal, columns stand under each other.
    assert max(map(len, s)) <= cols
    column = {m.start(1) for line in s
              if (m := re.match(r".{2,4}[○╳] [A-Z].*? (2\d\d)(?: *│.*)?$",
                                line))}
    assert len(column) == 1, column


def test_wide_terminals_have_list_and_detail(emma):
    t = emma.attach(40, 120)
    t.wait_for(re.compile("│ +Agner Erlang"))
    t.send_keys("Down")
    t.wait_for(re.compile("│ +Hedy Lamarr"))
    t.resize(24, 80)
    t.wait_gone("│")
    t.resize(40, 120)
    t.wait_for(re.compile("│ +Hedy Lamarr"))


def test_without_colour_it_can_be_read(emma):
    t = emma.attach(24, 80, env={"NO_COLOR": "1"})
    t.wait_for("Hedy Lamarr")
    for row in t.styled():
        for _, style in row:
            assert not style.colour("fg") and not style.colour("bg")
    for word in ("Office", "Meeting", "Sick", "Lunch", "Do Not Disturb"):
        assert word in t.screen().text


def test_connection_lost_and_back(emma, wsi):
    t = emma.attach(24, 80)
    t.wait_for("Hedy Lamarr")
    t.send_keys("Down", "Down")
    t.wait_for(re.compile("▌.*Almon Strowger"))
    style = t.style_of("Hedy Lamarr")
    emma.server.kill()
    # What was there is still there, but greyed.
    m = t.wait_for(re.compile(r"No connection to (\S+) since \d\d:\d\d.*"
                              r"[Nn]ext try in (\d+) s", re.S))
    assert m[1].startswith("127.0.0.1")
    assert "Hedy Lamarr" in t.screen().text
    wait_until(lambda: t.style_of("Hedy Lamarr") != style, 5, "it is greyed")
    # Everything is, but for the one line that says so.
    grey = t.style_of("Hedy Lamarr")
    assert t.style_of("Favourites") == t.style_of("Almon") == grey
    assert t.style_of("No connection") != grey
    # It counts down.
    t.wait_for(lambda s: (n := re.search(r"try in (\d+) s", s.text)) and
               n[1] != m[2])
    # Settings and help still work, calling says why not.
    t.send_keys("s")
    t.wait_for("LAN address")
    t.send_keys("Escape")
    t.wait_gone("LAN address")
    got = emma.run("dial", "201")
    assert got.returncode != 0 and "no connection" in got.stderr.lower()

    emma.server.start()
    # Meanwhile the world has changed.
    w = wsi(emma.server)
    w.login("202", "Exchange-1878")
    w.set_presence(6)
    t.wait_gone("No connection to", 30)
    t.wait_for(re.compile("Hedy Lamarr +Vacation"), 15)
    t.wait_for(re.compile("▌.*Almon Strowger"))
    assert t.style_of("Hedy Lamarr") == style
    # And what changes from now on is seen, too.
    w.set_presence(1)
    t.wait_for(re.compile("Hedy Lamarr +Office"))


def test_quit_works_without_a_connection(emma):
    t = emma.attach()
    t.wait_for("Hedy Lamarr")
    emma.server.kill()
    t.wait_for("No connection")
    t.send_keys("Q")
    assert t.wait_end() == "exit 0"
    emma.wait_core_gone()


def test_try_now(emma):
    t = emma.attach()
    t.wait_for("Hedy Lamarr")
    emma.server.kill()
    t.wait_for("No connection")
    emma.server.start()
    t.send_keys("r")
    t.wait_gone("No connection", 5)
    emma.wait_status(connection="online")


@pytest.mark.parametrize("rows, cols", [(24, 80), (10, 40), (5, 20)])
def test_small_and_lost(emma, rows, cols):
    t = emma.attach(rows, cols)
    t.wait_for(lambda s: s.text.strip())
    emma.server.kill()
    t.wait_for(re.compile("[Nn]o connection|connection"))
    assert max(map(len, t.screen())) <= cols
