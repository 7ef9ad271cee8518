"""My picture: what is taken, what is refused; others see it at once, each
terminal as well as it can. What stands on the server is the picture and
nothing else of the file."""
import re
import shutil
import struct
import subprocess

import pytest

import harness.box as boxes
from faces import (ROWS, colours, face, has_none, is_of, look_at, png,
                   wait_none, wait_of)
from harness import wait_until
from harness.terminal import parse_styled
from people import Person

RED, BLUE = (215, 0, 0), (0, 0, 215)
RED_256, BLUE_256 = "160", "20"


def row(server, user="200"):
    rows = server.query("SELECT * FROM picture WHERE owner = ?", user)
    return rows[0] if rows else None


def set_picture(emma, rgb, name="me.png", size=(120, 80)):
    (emma.home / name).write_bytes(png(*size, rgb))
    emma.command("picture", emma.home / name)


def test_others_see_it_at_once(logged_in):
    emma = logged_in()
    agner = logged_in("201", server_=emma.server)
    t = look_at(agner, "Emma Nutt")
    was = row(emma.server)
    set_picture(emma, RED)
    wait_of(t, "Emma Nutt", RED_256)
    now = row(emma.server)
    assert now["version"] != was["version"]
    image = bytes(now["image"])
    assert image[:3] == b"\xff\xd8\xff" and b"taken at home" not in image
    # Another one: the same screen, without anybody touching a key.
    set_picture(emma, BLUE)
    wait_of(t, "Emma Nutt", BLUE_256)
    assert row(emma.server)["version"] != now["version"]
    # Oneself, too.
    wait_of(look_at(emma, "Emma Nutt"), "Emma Nutt", BLUE_256)


def test_it_is_there_after_all_were_away(logged_in, client):
    emma = logged_in()
    set_picture(emma, RED)
    emma.quit()
    emma.server.restart()
    later = client()
    later.login(emma.server, "203")
    wait_of(look_at(later, "Emma Nutt"), "Emma Nutt", RED_256)


@pytest.mark.parametrize("name, content, why", [
    ("small.png", png(39, 40, RED), "at least 40 pixels wide and 40 high"),
    ("large.png", png(40, 40, RED, more=513 * 1024), "at most 512 KB"),
    ("gif.png", b"GIF89a" + b"\0" * 100, "neither a JPG nor a PNG"),
    ("empty.png", b"", "neither a JPG nor a PNG"),
    ("cut.png", png(120, 80, RED)[:90], "it is damaged"),
])
def test_what_is_refused(logged_in, name, content, why):
    emma = logged_in()
    (emma.home / name).write_bytes(content)
    was = row(emma.server)
    got = emma.run("picture", str(emma.home / name))
    assert got.returncode != 0 and why in got.stderr
    assert len(got.stderr.splitlines()) == 1, got.stderr
    assert row(emma.server) == was


def test_the_smallest_and_a_file_that_is_not_there(logged_in):
    emma = logged_in()
    set_picture(emma, RED, size=(40, 40))
    was = row(emma.server)
    got = emma.run("picture", "/none/such.png")
    assert got.returncode != 0
    assert "No such file" in got.stderr
    assert row(emma.server) == was


# --- each terminal as well as it can
# What ncurses-term has; of 16 million colours the first 8 are the palette's.
DIRECT = r"""xterm-direct|16 million colours,
	RGB, colors#0x1000000, pairs#0x10000, use=xterm-256color,
	setaf=\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,
	setab=\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m,
"""


@pytest.mark.parametrize("env, red", [
    ({}, RED_256),
    ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "#d"),
    ({"TERM": "linux"}, "red"),
])
def test_in_the_colours_there_are(logged_in, env, red):
    emma = logged_in()
    subprocess.run(["tic", "-x", "-o", emma.home / ".terminfo", "-"],
                   input=DIRECT, text=True, check=True)
    set_picture(emma, RED)
    t = look_at(emma, "Emma Nutt", env=env)
    wait_until(lambda: sum(n for c, n in colours(face(t, "Emma Nutt")).items()
                           if c.startswith(red)) > 60, 10,
               lambda: f"{red}: {colours(face(t, 'Emma Nutt'))}\n{t.screen()}")


@pytest.mark.parametrize("env, letters", [
    ({"NO_COLOR": "1"}, False),
    ({"NO_COLOR": "1", "LC_ALL": "C"}, True),
])
def test_without_colours_it_is_shapes_or_letters(logged_in, env, letters):
    emma = logged_in()
    t = look_at(emma, "Hedy Lamarr", env=env)
    bar = "|" if letters else "│"

    def shape(name):
        for i, line in enumerate(t.screen()):
            at = line.find(name, line.find(bar) + 1)
            if line.find(bar) >= 0 and at > line.find(bar):
                return [x[at - 16:at - 2] for x in t.screen()[i:i + ROWS]]
        return []

    def drawn():
        text = "".join(shape("Hedy Lamarr"))
        return len(set(text)) > 4 and "HL" not in text
    wait_until(drawn, 10, lambda: f"a shape\n{t.screen()}")
    text = "".join(shape("Hedy Lamarr"))
    assert text.isascii() == letters
    assert all(not style.colour("fg") for _, style in sum(t.styled(), []))


def test_different_people_look_different(logged_in):
    emma = logged_in()
    t = emma.attach(40, 130)
    seen = []
    for name in "Agner Erlang", "Hedy Lamarr", "Almon Strowger":
        t.wait_for("Agner Erlang")
        if seen:
            t.send_keys("Down")
        wait_until(lambda: len(colours(face(t, name))) > 5, 10,
                   lambda: f"{name}\n{t.screen()}")
        seen.append(face(t, name))
    assert seen[0] != seen[1] != seen[2] != seen[0]


# --- where there is none, or no room, or nobody to draw it
def test_who_has_none_leaves_no_hole(logged_in):
    emma = logged_in()
    t = look_at(emma, "Philipp Reis")
    wait_none(t, "Philipp Reis")


@pytest.mark.parametrize("rows, cols", [(18, 80), (24, 44), (12, 50)])
def test_a_narrow_window_has_text(logged_in, rows, cols):
    emma = logged_in()
    t = emma.attach(rows, cols)
    t.wait_for("Hedy Lamarr")
    t.send_keys("Down", "i")
    t.wait_for(re.compile("^ +internal +201|^.*internal +202", re.M))
    assert not re.search("[▁-▟]", t.screen().text.replace("▌", ""))


def test_it_can_be_done_without(logged_in):
    emma = logged_in()
    t = look_at(emma, "Hedy Lamarr")
    wait_until(lambda: len(colours(face(t, "Hedy Lamarr"))) > 5, 10, "drawn")
    emma.command("set", "pictures", "off")
    wait_none(t, "Hedy Lamarr")


def test_a_plain_server_is_not_asked(server, client):
    c = client()
    s = server(plain=True)
    c.login(s, "200")
    c.wait_status(connection="online")
    (c.home / "me.png").write_bytes(png(60, 60, RED))
    got = c.run("picture", str(c.home / "me.png"))
    assert got.returncode != 0
    assert "This server has no pictures." in got.stderr
    t = look_at(c, "Hedy Lamarr")
    wait_none(t, "Hedy Lamarr")
    assert "PictureGet" not in c.log(500) and "Picture" not in s.log.read_text()


def test_letters_where_the_program_is_missing(logged_in, monkeypatch, box):
    emma = logged_in()
    set_picture(emma, RED)
    emma.quit()
    folder = box.folder("b")
    for name in "offhook", "offhook-core", "offhookd":
        shutil.copy(boxes.build / name, folder / name)
    monkeypatch.setattr(boxes, "build", folder)
    emma.login(emma.server)
    t = look_at(emma, "Emma Nutt")
    wait_until(lambda: "EN" in "".join(c for c, _ in face(t, "Emma Nutt")), 10,
               lambda: f"initials\n{t.screen()}")
    emma.command("set", "pictures", "off")
    wait_none(t, "Emma Nutt")
    emma.command("set", "pictures", "on")
    t.wait_for("EN")
    assert emma.log(500).count("offhook-picture is not installed") == 1
    assert not is_of(t, "Emma Nutt", RED_256)
    assert not has_none(t, "Emma Nutt")


# --- the pop-up of a call
def in_pop_up(t):
    """The cells where the pop-up has its picture."""
    rows = parse_styled(t.tmux.do("capture-pane -e -N -p -t t"))
    for i, row in enumerate(rows):
        line = "".join(c for c, _ in row)
        if "Call from inside" in line:
            at = line.index("┌") + 2
            return rows[i + 1][at:at + 4] + rows[i + 2][at:at + 4]
    return []


@pytest.fixture
def almon(server, client):
    return Person(client, server(), "203")


def test_the_pop_up_of_a_call_shows_it(almon, client):
    emma = Person(client, almon.server, "200")
    set_picture(almon.client, RED)
    t = emma.client.attach(24, 110)
    t.wait_for("Almon Strowger")
    almon.dial("200")
    t.wait_for("Call from inside")
    wait_until(lambda: colours(in_pop_up(t))[RED_256] == 8, 10,
               lambda: f"{in_pop_up(t)}\n{t.screen()}")
    # It goes while it is shown: initials at once.
    almon.client.command("picture", "none")
    wait_until(lambda: "AS" in "".join(c for c, _ in in_pop_up(t)), 10,
               lambda: f"initials\n{t.screen()}")


# --- photographs
def helper(*argv, image):
    got = subprocess.run([boxes.build / "offhook-picture", *argv],
                         input=image, stdout=subprocess.PIPE, check=True)
    return got.stdout


def corners(image):
    """Red, green, blue or white, at top left, top right, bottom …"""
    lines = helper("cells", "16777216", "blocks", "4", "4",
                   image=image).decode().split("\n")
    found = ""
    for line in (lines[0], lines[3], lines[12], lines[15]):
        fg, bg, char = line.split(" ", 2)
        rgb = (int(bg if char == " " else fg) & 0xffffff).to_bytes(3, "big")
        found += "W" if min(rgb) > 150 else "RGB"[rgb.index(max(rgb))]
    return found


def with_orientation(jpg, way, order="<"):
    """A camera's note of how the picture is to be turned (Exif 2.3)."""
    tiff = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(
        order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, way, 0, 0)
    note = b"Exif\0\0" + tiff
    return (jpg[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
            + jpg[2:])


# Red and green above blue and white, as the sensor has them.
@pytest.mark.parametrize("way, upright", [
    (1, "RGBW"), (2, "GRWB"), (3, "WBGR"), (4, "BWRG"), (5, "RBGW"),
    (6, "BRWG"), (7, "WGBR"), (8, "GWRB"), (0, "RGBW"), (9, "RGBW"),
    (65535, "RGBW"),
])
def test_photographs_are_upright(way, upright):
    jpg = helper("normalise", image=png(60, 60, [
        [RED] * 30 + [(0, 220, 0)] * 30,
        [BLUE] * 30 + [(250,) * 3] * 30]))
    for order in "<>":
        noted = with_orientation(jpg, way, order)
        kept = helper("normalise", image=noted)
        assert corners(kept) == upright
        assert b"Exif" not in kept
