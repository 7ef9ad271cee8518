"""The picture of a personal contact: set and removed by a command and by a key,
seen in the detail and in the pop-up of a call, by the user's other clients at
once and by nobody else; what is no picture is refused in one line."""
import pathlib
import re
import struct
import sys
import zlib

import pytest

from disk import Disk
from faces import colours, face, look_at, png, wait_none, wait_of
from harness import wait_until
from harness.terminal import parse_styled
from people import Person

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip  # noqa: E402

RED, BLUE = (215, 0, 0), (0, 0, 215)
RED_256, BLUE_256 = "160", "20"
NAME = "Ada King"


def add(emma, *more):
    emma.command("contact-add", "first=Ada", "last=King", *more)
    return emma.server.query("SELECT id FROM contact WHERE last = 'King'"
                             )[0]["id"]


def picture(server, owner="200"):
    rows = server.query("SELECT * FROM contact_picture WHERE owner = ? AND"
                        " deleted_ms = 0", owner)
    return rows[0] if rows else None


def put(emma, rgb, name="ada.png", **kw):
    (emma.home / name).write_bytes(png(120, 80, rgb, **kw))
    return emma.home / name


def test_set_seen_at_once_and_removed(logged_in):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    stranger = logged_in("201", server_=emma.server)
    id_ = add(emma)
    t = look_at(other, NAME)
    wait_none(t, NAME)
    emma.command("contact-picture", "king", put(emma, RED))
    wait_of(t, NAME, RED_256)
    kept = picture(emma.server)
    assert kept["contact"] == id_
    image = bytes(kept["image"])
    assert image[:3] == b"\xff\xd8\xff" and b"taken at home" not in image
    # Another one: the same screen, without anybody touching a key; and then
    # by the other client.
    emma.command("contact-picture", "king", put(emma, BLUE))
    wait_of(t, NAME, BLUE_256)
    mine = look_at(emma, NAME)
    wait_of(mine, NAME, BLUE_256)
    other.command("contact-picture", "king", put(emma, RED))
    wait_of(mine, NAME, RED_256)
    # A change of the contact keeps it; the contact is the user's alone.
    emma.command("contact-change", "king", "company=Engines")
    mine.wait_for("Engines")
    wait_of(t, NAME, RED_256)
    assert "King" not in stranger.run("-c", "search king").stdout
    assert emma.run("contact-picture", "king", "none").returncode == 0
    wait_none(t, NAME)
    wait_none(mine, NAME)
    assert picture(emma.server) is None
    # Once more: nothing is there, nothing is wrong.
    emma.command("contact-picture", "king", "none")


def test_taken_back(logged_in):
    """A picture that was taken away, or replaced, comes back; by another
    client than looks at it."""
    emma = logged_in()
    other = logged_in(server_=emma.server)
    add(emma)
    emma.command("contact-picture", "king", put(emma, RED))
    t = look_at(other, NAME)
    wait_of(t, NAME, RED_256)
    assert emma.run("contact-picture", "king", "none").returncode == 0
    wait_none(t, NAME)
    assert f"the picture of {NAME}" in emma.command("undo")
    wait_of(t, NAME, RED_256)
    emma.command("contact-picture", "king", put(emma, BLUE))
    wait_of(t, NAME, BLUE_256)
    mine = look_at(emma, NAME)
    wait_of(mine, NAME, BLUE_256)
    mine.send_keys("u")
    wait_of(t, NAME, RED_256)
    # What has come back is no change to be taken back.
    said = emma.run("undo")
    assert said.returncode != 0 and "nothing to take back" in said.stderr
    # My own one, which another client of mine has set.
    other.command("picture", put(other, RED))
    emma.command("picture", "none")
    wait_until(lambda: not emma.server.query("SELECT * FROM picture"
                                             " WHERE owner = '200'"))
    assert "your picture" in emma.command("undo")
    wait_until(lambda: emma.server.query("SELECT * FROM picture"
                                         " WHERE owner = '200'"))


def test_by_a_key_with_the_file_completed(logged_in):
    emma = logged_in()
    add(emma)
    put(emma, RED, "portrait-of-ada.png")
    t = look_at(emma, NAME)
    t.send_keys("i")
    t.wait_for("I picture")
    t.send_keys("I")
    t.wait_for(re.compile("contact-picture per:"))
    t.type("portr")
    t.send_keys("Tab")
    t.wait_for("portrait-of-ada.png")
    t.send_keys("Enter")
    t.wait_for("Ada King has a picture now.")
    wait_of(t, NAME, RED_256)
    assert picture(emma.server)
    # Not offered for who is none.
    t2 = look_at(emma, "Agner Erlang")
    t2.send_keys("i")
    t2.wait_for("Agner Erlang")
    t2.wait_for("A new contact")
    assert not t2.screen().has("I picture")


def test_it_is_not_said_to_be_there_before_it_was_looked_at(logged_in):
    emma = logged_in()
    add(emma)
    (emma.home / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(900))
    t = look_at(emma, NAME)
    t.send_keys("i")
    t.wait_for("I picture")
    emma.server.pause()
    try:
        t.send_keys("I")
        t.wait_for(re.compile("contact-picture per:"))
        t.type("bad.png")
        t.send_keys("Enter")
        t.wait_gone("contact-picture per:")
        assert not t.screen().has("has a picture now")
    finally:
        emma.server.resume()
    t.wait_for("damaged")
    assert not t.screen().has("has a picture now")
    assert picture(emma.server) is None


def test_gone_and_back_with_its_contact(logged_in):
    emma = logged_in()
    id_ = add(emma)
    emma.command("contact-picture", "king", put(emma, RED))
    emma.command("contact-delete", "king", "yes")
    assert picture(emma.server) is None
    emma.command("undo")
    t = look_at(emma, NAME)
    wait_of(t, NAME, RED_256)
    assert picture(emma.server)["contact"] == id_


def test_it_is_there_after_all_were_away(logged_in, client):
    emma = logged_in()
    add(emma)
    emma.command("contact-picture", "king", put(emma, RED))
    emma.quit()
    emma.server.restart()
    later = client()
    later.login(emma.server, "200")
    wait_of(look_at(later, NAME), NAME, RED_256)


@pytest.mark.parametrize("env, red", [
    ({"TERM": "linux"}, "red"),
    ({"NO_COLOR": "1"}, None),
])
def test_in_other_terminals(logged_in, env, red):
    emma = logged_in()
    add(emma)
    dark, light = (RED, (0,) * 3) if red else ((0,) * 3, (255,) * 3)
    emma.command("contact-picture", "king", put(emma, [
        [light] * 60 + [dark] * 60, [dark] * 60 + [light] * 60]))
    t = look_at(emma, NAME, env=env)

    def drawn():
        cells = face(t, NAME)
        if red:
            return sum(n for c, n in colours(cells).items()
                       if c.startswith(red)) > 20
        text = "".join(c for c, _ in cells)
        return len(set(text)) > 1 and "AK" not in text and not colours(cells)
    wait_until(drawn, 10, lambda: f"{face(t, NAME)}\n{t.screen()}")


def bomb(width, height):
    """A few kilobytes that say that they are millions of pixels, and are."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    rows = zlib.compress(bytes((width * 3 + 1) * height), 9)
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
                                         0, 0, 0))
            + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


@pytest.mark.parametrize("content, why", [
    (lambda: png(39, 40, RED), "at least 40 pixels wide and 40 high"),
    (lambda: png(40, 40, RED, more=513 * 1024), "at most 512 KB"),
    (lambda: bomb(8000, 6000), "32 million pixels"),
    (lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\xff" * 60,
     "32 million pixels"),
    (lambda: b"GIF89a" + b"\0" * 100, "neither a JPG nor a PNG"),
    (lambda: b"", "neither a JPG nor a PNG"),
    (lambda: png(120, 80, RED)[:90], "it is damaged"),
    (lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4, "it is damaged"),
])
def test_what_is_refused(logged_in, content, why):
    emma = logged_in()
    add(emma)
    emma.command("contact-picture", "king", put(emma, BLUE))
    was = picture(emma.server)
    (emma.home / "bad.png").write_bytes(content())
    got = emma.run("contact-picture", "king", str(emma.home / "bad.png"))
    assert got.returncode != 0 and why in got.stderr, got
    assert len(got.stderr.splitlines()) == 1, got.stderr
    assert picture(emma.server) == was
    # The server lives on.
    emma.command("contact-picture", "king", put(emma, RED))
    assert picture(emma.server) != was


def test_whose_it_is_and_how_many(logged_in, wsi):
    emma = logged_in()
    id_ = add(emma)
    got = emma.run("contact-picture", "201", str(put(emma, RED)))
    assert got.returncode != 0
    assert "Agner Erlang is no personal contact of yours" in got.stderr
    got = emma.run("contact-picture", "king", "/none/such.png")
    assert got.returncode != 0 and "No such file" in got.stderr
    assert picture(emma.server) is None
    emma.command("contact-picture", "king", put(emma, RED))
    was = picture(emma.server)
    stranger = wsi(emma.server)
    stranger.login("201", "Exchange-1878")
    for name, post, more in [
            ("ContactPictureGet", False, {}),
            ("ContactPictureGet", False, {"version": was["version"]}),
            ("ContactPictureDelete", True, {}),
            ("ContactPictureSet", True, {"picture": "iVBORw0KGgoAAAA"})]:
        answer = stranger.ours(name, post=post, entryID=f"per:{id_}", **more)
        assert b'"error"' in answer, (name, answer)
    assert picture(emma.server) == was
    # So many are kept, and no more.
    emma.server.admin("--set", "contact_pictures_max", "1")
    emma.command("contact-add", "last=Babbage")
    got = emma.run("contact-picture", "babbage", str(put(emma, RED)))
    assert got.returncode != 0
    assert got.stderr.strip() == (
        "The server keeps no more pictures of contacts for you.")


def test_a_full_disk(box, server, client):
    s = server(disk=lambda folder: Disk(box, folder))
    emma = client()
    emma.login(s, "200")
    emma.wait_status(connection="online")
    emma.server = s
    add(emma)
    emma.command("contact-picture", "king", put(emma, BLUE))
    was = picture(s)
    s.disk.fill()
    (emma.home / "noise.png").write_bytes(png(200, 200, [
        [tuple(zlib.crc32(bytes([x, y, k])) & 255 for k in range(3))
         for x in range(200)] for y in range(200)]))
    got = emma.run("contact-picture", "king", str(emma.home / "noise.png"))
    assert got.returncode != 0 and "disk is full" in got.stderr, got
    assert len(got.stderr.splitlines()) == 1, got.stderr
    assert picture(s) == was
    s.disk.free()
    emma.command("contact-picture", "king", emma.home / "noise.png")
    assert picture(s) != was


@pytest.mark.parametrize("kind, why", [
    ("suite", "another client manages them"),
    ("plain", "This server has no pictures of contacts."),
])
def test_where_it_is_not_offered(server, client, kind, why):
    c = client()
    s = server(plain=True) if kind == "plain" else server("suite")
    c.login(s, "200")
    c.wait_status(connection="online")
    if kind == "plain":
        c.command("contact-add", "first=Ada", "last=King")
    got = c.run("contact-picture", "king", str(put(c, RED)))
    assert got.returncode != 0 and why in got.stderr, got
    t = c.attach(40, 130)
    t.wait_for("search or dial")
    assert not t.screen().has("I picture")
    assert "ContactPicture" not in s.log.read_text()


# --- the pop-up of a call
def in_pop_up(t):
    """The cells where the pop-up has its picture."""
    rows = parse_styled(t.tmux.do("capture-pane -e -N -p -t t"))
    for i, row in enumerate(rows):
        line = "".join(c for c, _ in row)
        if "Call from outside" in line:
            at = line.index("┌") + 2
            return rows[i + 1][at:at + 4] + rows[i + 2][at:at + 4]
    return []


def test_the_pop_up_of_a_call_shows_it(server, client):
    s = server()
    s.admin("--add-trunk", "line", "Outside line")
    emma = Person(client, s, "200").client
    emma.server = s
    add(emma, "private=+49 30 5551234")
    emma.command("contact-picture", "king", put(emma, RED))
    ada = Baresip(s, "+49305551234", auth_user="line")
    t = emma.attach(24, 110)
    t.wait_for("Agner Erlang")
    ada.do("dial", "200")
    t.wait_for("Call from outside")
    t.wait_for(NAME)
    wait_until(lambda: colours(in_pop_up(t))[RED_256] == 8, 10,
               lambda: f"{in_pop_up(t)}\n{t.screen()}")
    # It goes while it is shown: initials at once.
    emma.command("contact-picture", "king", "none")
    wait_until(lambda: "AK" in "".join(c for c, _ in in_pop_up(t)), 10,
               lambda: f"initials\n{t.screen()}")
