"""Pictures as pixels, where the terminal shows them: what it gets, where it
stands, when it goes; and that no other terminal gets any of it."""
import re

import pytest

from faces import png
from harness import wait_until
from harness.pixels import KINDS, PLACEHOLDER, PixelTerminal
from people import Person

RED, BLUE = (215, 0, 0), (0, 0, 215)
ROWS, COLUMNS = 7, 14
WIDTH, HEIGHT = 9 * COLUMNS, 18 * ROWS


@pytest.fixture
def show(box):
    """show(client, kind, …): offhook in such a terminal."""
    def make(client, kind="kitty", args=(), env=None, **kw):
        return PixelTerminal(box, [client.program, *args], kind,
                             env={**client.env, **(env or {})},
                             cwd=client.home, **kw)
    return make


def look_at(t, name):
    t.wait_for("/ search or dial")
    t.send("/" + name)
    t.wait_for("/ " + name)
    t.send("\033[B")


def back(t):
    t.send("\033")
    t.wait_for("/ search or dial")


def set_picture(client, rgb):
    (client.home / "me.png").write_bytes(png(120, 80, rgb))
    client.command("picture", client.home / "me.png")


def near(pixel, rgb):
    return all(abs(a - b) < 12 for a, b in zip(pixel, rgb))


def whole(t, rows=ROWS, columns=COLUMNS):
    """The number of an image all of whose cells are on the screen, in their
    order; None while there is none."""
    for number, cells in t.placed().items():
        top, left = min(cells)
        want = {(top + r, left + c): (r, c)
                for r in range(rows) for c in range(columns)}
        if cells == want and number in t.images:
            return number
    return None


def wait_whole(t, *size):
    return wait_until(lambda: whole(t, *size), 10, lambda: f"a picture\n{t}")


def wait_of(t, rgb):
    """Until a whole picture is there that is of that colour; its number."""
    def fits():
        number = whole(t)
        with t.lock:
            image = t.images.get(number)
            rows = image.rgb() if image else []
        return rows and all(near(px, rgb) for row in rows
                            for px in row) and number
    return wait_until(fits, 10, lambda: f"a picture of {rgb}\n{t}")


def test_it_is_sent_once_and_stands_where_the_cells_would(logged_in, show):
    emma = logged_in()
    set_picture(emma, RED)
    t = show(emma)
    look_at(t, "Emma Nutt")
    number = wait_of(t, RED)
    image = t.images[number]
    assert (image.keys["s"], image.keys["v"]) == (str(WIDTH), str(HEIGHT))
    assert (image.columns, image.rows) == (COLUMNS, ROWS)
    # Left of the name.
    top, left = min(t.placed()[number])
    line = t.lines()[top]
    assert line.rindex("Emma Nutt") > line.rindex(PLACEHOLDER)
    # Painted anew, moved to: not sent again.
    sent = t.out.count(b"a=t")
    t.send("\033[A")
    t.send("\033[B")
    emma.command("set", "theme", "light")
    wait_whole(t)
    assert t.out.count(b"a=t") == sent
    # Another picture is another image.
    set_picture(emma, BLUE)
    assert wait_of(t, BLUE) != number


def test_all_of_it_is_freed_when_it_leaves(logged_in, show):
    emma = logged_in()
    t = show(emma)
    look_at(t, "Hedy Lamarr")
    wait_whole(t)
    back(t)
    look_at(t, "Agner Erlang")
    wait_until(lambda: len(t.images) == 2 and whole(t), 10, lambda: f"two\n{t}")
    emma.quit()
    t.wait_end()
    assert not t.images and len(t.freed) == 2
    # Before the screen that they are on is left.
    assert t.out.rindex(b"a=d,d=I") < t.out.rindex(b"\033[?1049l")
    assert t.unread() == b""


def test_a_dialog_covers_it_and_goes(logged_in, show):
    emma = logged_in()
    t = show(emma)
    look_at(t, "Hedy Lamarr")
    number = wait_whole(t)
    t.send("?")
    wait_until(lambda: whole(t) is None, 10, lambda: f"covered\n{t}")
    t.send("\033")
    assert wait_whole(t) == number
    assert t.out.count(b"a=t") == 1


@pytest.mark.parametrize("kind", ["kitty", "sixel"])
def test_one_person_in_two_sizes(server, client, show, kind):
    """In the detail, and in the pop-up of his call."""
    almon = Person(client, server(), "203")
    emma = Person(client, almon.server, "200")
    t = show(emma.client, kind)
    look_at(t, "Almon Strowger")

    def sizes():
        there = t.placed() if kind == "kitty" else t.painted()
        return sorted(max(parts.values()) for parts in there.values())
    wait_until(lambda: sizes() == [(ROWS - 1, COLUMNS - 1)], 10,
               lambda: f"one: {sizes()}\n{t}")
    almon.dial("200")
    t.wait_for("Call from inside")
    wait_until(lambda: sizes() == [(1, 3), (ROWS - 1, COLUMNS - 1)], 10,
               lambda: f"two: {sizes()}\n{t}")
    almon.client.command("hangup")
    t.wait_gone("Call from inside")
    wait_until(lambda: sizes() == [(ROWS - 1, COLUMNS - 1)], 10,
               lambda: f"one: {sizes()}\n{t}")


def test_who_wants_no_pixels_has_cells(logged_in, show):
    emma = logged_in()
    t = show(emma)
    look_at(t, "Hedy Lamarr")
    wait_whole(t)
    emma.command("set", "pictures", "cells")
    wait_until(lambda: not t.images and not t.placed(), 10, lambda: f"{t}")
    assert re.search("[▁-▟]", "".join(t.lines()))
    emma.command("set", "pictures", "off")
    wait_until(lambda: not re.search("[▁-▊▍-▟]", "".join(t.lines())), 10,
               lambda: f"none at all\n{t}")
    emma.command("set", "pictures", "on")
    wait_whole(t)
    emma.command("set", "theme", "mono")
    wait_until(lambda: not t.images and not t.placed(), 10, lambda: f"{t}")


def test_painted_anew_and_resized(logged_in, show):
    emma = logged_in()
    set_picture(emma, RED)
    t = show(emma)
    look_at(t, "Emma Nutt")
    wait_of(t, RED)
    sent = t.out.count(b"a=t")
    emma.configure("")
    t.send("\x0c")
    wait_until(lambda: t.out.count(b"a=t") > sent and whole(t), 10,
               lambda: f"again\n{t}")
    t.resize(30, 100)
    wait_until(lambda: whole(t) or whole(t, 4, 8), 10, lambda: f"again\n{t}")


@pytest.mark.parametrize("kind", ["kitty", "sixel"])
def test_another_font(logged_in, show, kind):
    emma = logged_in()
    t = show(emma, kind)
    look_at(t, "Hedy Lamarr")

    def heights():
        with t.lock:
            if kind == "kitty":
                return {int(t.images[i].keys["v"]) for i in t.placed()}
            return {len(t.sixels[i]) for i in t.painted()}
    wait_until(lambda: heights() == {HEIGHT}, 10, lambda: f"{heights()}\n{t}")
    t.cell = (10, 20)
    t.resize(40, 130)
    wait_until(lambda: heights() == {20 * ROWS}, 10,
               lambda: f"{heights()}\n{t}")


@pytest.mark.parametrize("how", [
    {"kind": "ghostty"}, {"slow": True}, {"delay": 0.4},
    {"cell": (20, 40)}, {"window_pixels": False},
    {"window_pixels": False, "slow": True},
])
def test_terminals_that_do(logged_in, show, how):
    emma = logged_in()
    t = show(emma, **how)
    look_at(t, "Hedy Lamarr")
    image = t.images[wait_whole(t)]
    assert (image.columns, image.rows) == (COLUMNS, ROWS)
    # Of large cells it gets what a picture has.
    assert int(image.keys["v"]) == (196 if "cell" in how else HEIGHT)


@pytest.mark.parametrize("kind, env", [
    ("old kitty", {}), ("other", {}), ("xterm", {}), ("tmux", {}),
    ("plain", {}), ("mute", {}), ("kitty", {"TMUX": "/tmp/tmux-0/default,1,0"}),
    ("kitty", {"STY": "1.pts-0.host"}), ("kitty", {"NO_COLOR": "1"}),
    ("kitty", {"LC_ALL": "C"}),
])
def test_terminals_that_do_not(logged_in, show, kind, env):
    emma = logged_in()
    t = show(emma, kind, env=env)
    look_at(t, "Hedy Lamarr")
    wait_until(lambda: env or re.search("[▁-▟]", "".join(t.lines())), 10,
               lambda: f"cells\n{t}")
    # What it has answered, and what it was asked, is nowhere on the screen.
    assert t.has("Hedy Lamarr") and not t.has("AAAA") and not t.has("62;c")
    emma.quit()
    t.wait_end()
    assert b"\033_G" not in t.out and b"\033P" not in t.out
    assert PLACEHOLDER.encode() not in t.out
    assert bool(t.asked) == (not env)
    assert t.unread() == b""


def test_tmux_itself_with_nothing_in_the_environment(logged_in):
    emma = logged_in()
    t = emma.attach(40, 130, env={"TERM": "xterm-256color"})
    t.wait_for("search or dial")
    t.type("/Hedy Lamarr")
    t.wait_for("/ Hedy Lamarr")
    t.send_keys("Down")
    t.wait_for(re.compile("[▁-▟]{3}"))
    bytes_ = t.record()
    t.send_keys("C-l")
    wait_until(lambda: b"Lamarr" in bytes_(), 10, "painted anew")
    assert b"\033_" not in bytes_() and b"\033P" not in bytes_()
    assert PLACEHOLDER not in t.screen().text
    assert "AAAA" not in t.flag("pane_title")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_typed_meanwhile_is_typed(logged_in, show, kind):
    emma = logged_in()
    t = show(emma, kind, slow=True)
    # Between question and answer, and between the bytes of the answer.
    wait_until(lambda: "DA1" in t.asked, 10, "it asks")
    for key in "/Lamarr":
        t.send(key)
    t.wait_for("Lamarr")
    t.wait_for("Hedy Lamarr")
    t.send("\033[B")
    t.wait_for("202")


def test_nothing_is_left_for_who_reads_next(logged_in, show):
    """It ends before the terminal has answered."""
    emma = logged_in()
    t = show(emma, delay=0.1)
    wait_until(lambda: "DA1" in t.asked, 10, "it asks")
    emma.quit()
    t.wait_end()
    assert t.unread() == b""


# --- sixel: painted over the cells, and never left over
def wait_painted(t, rgb=None, rows=ROWS, columns=COLUMNS):
    """Until one image is on the screen, whole, and nothing else is painted;
    its number, and where."""
    def fits():
        painted = t.painted()
        if len(painted) != 1:
            return None
        number, cells = painted.popitem()
        top, left = min(cells)
        if cells != {(top + r, left + c): (r, c)
                     for r in range(rows) for c in range(columns)}:
            return None
        if rgb and not all(near(px, rgb) for row in t.sixels[number]
                           for px in row):
            return None
        return number, (top, left)
    return wait_until(fits, 10, lambda: f"painted: {t.painted()}\n{t}")


def wait_bare(t):
    wait_until(lambda: not t.painted(), 10,
               lambda: f"painted: {t.painted()}\n{t}")


def test_sixels_lie_where_the_cells_are(logged_in, show):
    emma = logged_in()
    set_picture(emma, RED)
    t = show(emma, "sixel")
    look_at(t, "Emma Nutt")
    number, (top, left) = wait_painted(t, RED)
    image = t.sixels[number]
    assert (len(image[0]), len(image)) == (WIDTH, HEIGHT)
    assert t.lines()[top].rindex("Emma Nutt") == left + COLUMNS + 2
    # Another picture, at once; another person, who has other cells.
    set_picture(emma, BLUE)
    wait_painted(t, BLUE)
    back(t)
    look_at(t, "Hedy Lamarr")
    number, _ = wait_painted(t)
    assert all(px for row in t.sixels[number] for px in row)
    assert len({px for row in t.sixels[number] for px in row}) > 3


def test_sixels_give_way_to_what_covers_them(logged_in, show):
    emma = logged_in()
    t = show(emma, "sixel")
    look_at(t, "Hedy Lamarr")
    wait_painted(t)
    t.send("?")
    wait_bare(t)
    t.send("\033")
    wait_painted(t)
    # Somebody without a picture, and back.
    back(t)
    look_at(t, "Philipp Reis")
    t.wait_for("Sick")
    wait_bare(t)
    back(t)
    look_at(t, "Hedy Lamarr")
    wait_painted(t)
    emma.command("set", "pictures", "cells")
    wait_bare(t)
    assert re.search("[▁-▟]", "".join(t.lines()))
    emma.command("set", "pictures", "auto")
    wait_painted(t)
    emma.command("set", "pictures", "off")
    wait_bare(t)


def test_sixels_are_there_again(logged_in, show):
    """After what erases the screen, and after what writes beside them."""
    emma = logged_in()
    set_picture(emma, RED)
    t = show(emma, "sixel")
    look_at(t, "Emma Nutt")
    wait_painted(t, RED)
    n = len(t.sixels)
    t.send("\x0c")
    wait_until(lambda: len(t.sixels) > n, 10, "painted anew")
    wait_painted(t, RED)
    for rows, cols in (30, 100), (16, 60), (40, 130):
        t.resize(rows, cols)
        t.wait_for("Esc back")
        if (rows, cols) == (16, 60):
            wait_bare(t)
    wait_painted(t, RED)
    emma.command("presence", "lunch")
    t.wait_for("Lunch")
    wait_painted(t, RED)


def test_walking_through_people_leaves_nothing_over(logged_in, show):
    emma = logged_in()
    t = show(emma, "sixel")
    t.wait_for("search or dial")
    for key in ["\033[B"] * 12 + ["\033[A"] * 6 + ["i", "\033", "?", "\033"]:
        t.send(key)
        wait_until(lambda: len(t.painted()) <= 1, 5,
                   lambda: f"left over: {t.painted()}\n{t}")
    emma.command("set", "theme", "light")
    emma.quit()
    t.wait_end()
    assert b"\033_G" not in t.out
