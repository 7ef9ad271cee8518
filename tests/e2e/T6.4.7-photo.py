"""Import of vCards with pictures: what becomes of each is said in its line, a
picture that is no good leaves its contact be, a second run changes nothing, and
what the user has set by hand is left alone."""
import base64
import os
import pathlib
import re
import socket
import ssl
import threading

import pytest

from faces import look_at, png, wait_none, wait_of

RED, BLUE = (215, 0, 0), (0, 0, 215)
RED_256, BLUE_256 = "160", "20"


def fold(line):
    return "\r\n ".join(line[i:i + 74] for i in range(0, len(line), 74))


def in_21(image):
    return "PHOTO;PNG;ENCODING=BASE64:\r\n " + "\r\n ".join(
        re.findall(".{1,72}", base64.b64encode(image).decode())) + "\r\n\r\n"


def in_30(image):
    return fold("PHOTO;ENCODING=b;TYPE=PNG:"
                + base64.b64encode(image).decode()) + "\r\n"


def in_40(image):
    return fold("PHOTO:data:image/png;base64,"
                + base64.b64encode(image).decode()) + "\r\n"


def card(last, n, photo="", version="3.0", uid=True):
    return (f"BEGIN:VCARD\r\nVERSION:{version}\r\nN:{last};Ada;;;\r\n"
            f"FN:Ada {last}\r\nTEL;TYPE=cell:+49 171 {n}\r\n"
            + (f"UID:{last}\r\n" if uid else "") + photo + "END:VCARD\r\n")


def put(client, *cards, name="book.vcf"):
    path = os.path.join(client.home, name)
    with open(path, "w") as f:
        f.write("".join(cards))
    return path


def pictures(server, owner="200"):
    """{last name: its picture's row, None where it has none}"""
    return {r["last"]: r if r["version"] else None for r in server.query(
        "SELECT c.last, c.hand_made, p.* FROM contact AS c LEFT JOIN"
        " contact_picture AS p ON p.contact = c.id AND p.owner = c.owner AND"
        " p.version != '' WHERE c.directory = 0 AND c.owner = ? AND"
        " c.import_key != ''", owner)}


def images(server):
    return {k: bytes(v["image"]) if v else None
            for k, v in pictures(server).items()}


def look(emma, path):
    said = emma.run("-c", f"contact-import {path}", timeout=60)
    assert said.returncode == 0, said.stderr
    return said.stdout


def commit(emma):
    said = emma.run("-c", "contact-import-commit", timeout=80)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_all_versions_and_seen_at_once(logged_in):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    path = put(emma, card("Two", 2, in_21(png(60, 60, RED)), "2.1"),
               card("Three", 3, in_30(png(80, 50, BLUE)), "3.0"),
               card("Four", 4, in_40(png(40, 40, RED)), "4.0"),
               card("Zero", 5))
    t = emma.attach(30, 130)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type(f"contact-import {path}")
    t.send_keys("Enter")
    t.wait_for("4 to add, 0 to update, 0 skipped")
    for name in "Two", "Three", "Four":
        t.wait_for(re.compile(f"Ada {name} .*added: with its picture"))
    assert not re.search("Ada Zero .*picture", t.screen().text)
    assert pictures(emma.server) == {}
    t.send_keys("Enter")
    t.wait_for("Imported: 4 added, 0 updated, 0 skipped.")
    assert {k: v is not None for k, v in pictures(emma.server).items()} == {
        "Two": True, "Three": True, "Four": True, "Zero": False}
    for image in images(emma.server).values():
        assert not image or (image[:3] == b"\xff\xd8\xff"
                             and b"taken at home" not in image)
    for name, colour in (("Two", RED_256), ("Three", BLUE_256),
                         ("Four", RED_256)):
        x = look_at(other, f"Ada {name}")
        wait_of(x, f"Ada {name}", colour)
        x.send_keys("Escape")
    wait_none(look_at(other, "Ada Zero"), "Ada Zero")


def test_a_second_run_changes_nothing(logged_in):
    emma = logged_in()
    cards = [card("Two", 2, in_21(png(60, 60, RED)), "2.1", uid=False),
             card("Three", 3, in_30(png(80, 50, BLUE)))]
    path = put(emma, *cards)
    assert look(emma, path).count("added: with its picture") == 2
    assert "2 added" in commit(emma)
    before = pictures(emma.server)
    said = look(emma, path)
    assert said.count("nothing has changed") == 2, said
    assert "0 to add, 0 to update, 2 skipped" in said
    commit(emma)
    assert pictures(emma.server) == before
    # Another picture, and none any more.
    put(emma, card("Two", 2, in_30(png(60, 60, BLUE)), uid=False),
        card("Three", 3))
    said = look(emma, path)
    assert re.search("Ada Two .*updated: with its picture", said), said
    assert re.search("Ada Three .*updated$", said, re.M), said
    assert "2 updated" in commit(emma)
    now = pictures(emma.server)
    assert now["Three"] is None
    assert now["Two"]["version"] != before["Two"]["version"]
    # A file that has no pictures to say anything of leaves them.
    path = os.path.join(emma.home, "book.csv")
    with open(path, "w") as f:
        f.write("first,last,mobile\nAda,Two,+49 171 3\n")
    assert "1 to update" in look(emma, path)
    commit(emma)
    assert pictures(emma.server)["Two"]["version"] == now["Two"]["version"]


def test_by_hand_it_is_left_alone(logged_in):
    emma = logged_in()
    path = put(emma, card("Two", 2, in_30(png(60, 60, RED))),
               card("Three", 3, in_30(png(60, 60, RED))),
               card("Four", 4))
    look(emma, path)
    commit(emma)
    (emma.home / "mine.png").write_bytes(png(60, 60, BLUE))
    emma.command("contact-picture", "Ada Two", emma.home / "mine.png")
    emma.command("contact-picture", "Ada Three", "none")
    emma.command("contact-picture", "Ada Four", emma.home / "mine.png")
    before = pictures(emma.server)
    assert before["Two"]["hand_made"] == before["Four"]["hand_made"] == 1
    put(emma, card("Two", 22, in_30(png(60, 60, (0, 215, 0)))),
        card("Three", 33, in_30(png(60, 60, (0, 215, 0)))), card("Four", 4))
    said = look(emma, path)
    assert said.count("was changed by hand") == 3, said
    commit(emma)
    assert pictures(emma.server) == before


BAD = {
    "Link": ("PHOTO;VALUE=uri:http://127.0.0.1:9/ada.jpg\r\n", "a link"),
    "Gif": (in_30(b"GIF89a" + b"\0" * 400), "no JPG or PNG"),
    "Signs": ("PHOTO;ENCODING=b:iVBO?w0KGgo\r\n", "or damaged"),
    "Large": (in_30(png(40, 40, RED, more=513 * 1024)), "too large"),
}
# What only who decodes it can tell; the server does.
WORSE = {
    "Cut": (in_30(png(120, 80, RED)[:90]), "or damaged"),
    "Small": (in_40(png(39, 40, RED)), "too small"),
    "Bomb": (in_30(png(40, 40, RED).replace(
        b"\0\0\0\x28\0\0\0\x28", b"\0\0\xea\x60\0\0\xea\x60")),
        "too large"),
    "Noise": (in_30(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40),
              "or damaged"),
}


def test_a_bad_picture_leaves_its_contact_be(logged_in):
    emma = logged_in()
    rows = [card(name, 10 + i, photo)
            for i, (name, (photo, _)) in enumerate([*BAD.items(),
                                                    *WORSE.items()])]
    path = put(emma, *rows, card("Good", 9, in_30(png(60, 60, RED))))
    said = look(emma, path)
    assert "9 to add, 0 to update, 0 skipped" in said
    for name, (_, why) in BAD.items():
        assert re.search(f"Ada {name} .*added: picture left out: .*"
                         f"{why}", said), (name, said)
    said = commit(emma)
    for name, (_, why) in {**BAD, **WORSE}.items():
        assert re.search(f"Ada {name} .*added: picture left out: .*"
                         f"{why}", said), (name, said)
    assert "Ada Good" not in said
    assert said.splitlines()[-1] == ("Imported: 9 added, 0 updated, 0 skipped. "
                                     "8 pictures were left out.")
    kept = pictures(emma.server)
    assert len(kept) == 9
    assert [k for k, v in kept.items() if v] == ["Good"]
    assert "ada.jpg" not in emma.server.log.read_text()
    # Once more: what was no good is so still, and nothing is tried again.
    said = look(emma, path)
    assert "0 to add, 0 to update, 9 skipped" in said, said
    # One that was good stays when its next one is not.
    put(emma, card("Good", 9, WORSE["Cut"][0]))
    assert "1 to update" in look(emma, path)
    said = commit(emma)
    assert "1 picture was left out" in said
    assert pictures(emma.server)["Good"]["version"] == kept["Good"]["version"]
    assert "0 to add, 0 to update, 1 skipped" in look(emma, path)


def test_so_many_and_no_more(logged_in):
    emma = logged_in()
    emma.server.admin("--set", "contact_pictures_max", "2")
    path = put(emma, *(card(f"N{i}", i + 10, in_30(png(60, 60, (i, 0, 0))))
                       for i in range(4)))
    assert look(emma, path).count("with its picture") == 4
    said = commit(emma)
    assert said.count("the server keeps no more") == 2, said
    assert "Imported: 4 added" in said
    assert "2 pictures were left out." in said
    assert sum(v is not None for v in pictures(emma.server).values()) == 2


def test_where_none_are_kept(client, server):
    c = client()
    s = server(plain=True)
    c.login(s, "200")
    c.wait_status(connection="online")
    path = put(c, card("Two", 2, in_30(png(60, 60, RED))), card("Zero", 5))
    said = look(c, path)
    assert re.search("Ada Two .*picture left out: the server keeps none", said), said
    assert "1 picture was left out." in commit(c)
    assert "Ada Two" in c.run("-c", "search two").stdout
    assert "0 to add, 0 to update, 2 skipped" in look(c, path)


def peak(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])


def test_many_large_ones_take_no_memory(logged_in):
    """50 MB of pictures in a file, none of which waits in memory."""
    emma = logged_in()
    image = png(400, 400, RED, more=500 * 1024)
    path = put(emma, *(card(f"N{i}", i + 10, in_30(image + b"%d" % i))
                       for i in range(70)))
    assert os.stat(path).st_size > 45 << 20
    before = peak(emma.core())
    assert "70 to add" in look(emma, path)
    assert peak(emma.core()) - before < 16 * 1024
    assert "70 added" in commit(emma)
    assert peak(emma.core()) - before < 24 * 1024
    kept = pictures(emma.server)
    assert len(kept) == 70 and all(kept.values())
    # Nothing is left of it on the disk.
    assert not [f for f in emma.home.rglob("*") if "pictures" in f.name]


def test_the_example_has_one(logged_in):
    emma = logged_in()
    path = (pathlib.Path(__file__).resolve().parents[2]
            / "contrib/examples/contacts.vcf")
    assert "Lovelace" in look(emma, path)
    assert "left out" not in commit(emma)
    assert pictures(emma.server)["Lovelace"]


def hold(server, count=16):
    """Connections that send something large, and do not come to its end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    held = []
    for _ in range(count):
        s = context.wrap_socket(socket.create_connection(
            (server.host, server.https_port)))
        s.sendall(b"POST /cgi-bin/gadgetapi?cmd=Login HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Type: application/x-www-form-urlencoded\r\n"
                  b"Content-Length: 500000\r\n\r\n" + b"a" * 200000)
        held.append(s)
    return held


def test_it_waits_where_others_send_large_things(logged_in):
    emma = logged_in()
    path = put(emma, card("Large", 2, in_30(png(60, 60, RED, more=400000))))
    look(emma, path)
    held = hold(emma.server)
    over = threading.Timer(1, lambda: [s.close() for s in held])
    over.start()
    assert commit(emma).strip() == "Imported: 1 added, 0 updated, 0 skipped."
    over.join()
    assert pictures(emma.server)["Large"]


def test_what_is_exported_reads_back(logged_in):
    emma = logged_in()
    agner = logged_in("201", server_=emma.server)
    path = put(emma, card("Two", 2, in_30(png(60, 60, RED))),
               card("Three", 3, in_30(png(60, 60, BLUE))), card("Zero", 5))
    look(emma, path)
    commit(emma)
    out = os.path.join(emma.home, "out.vcf")
    emma.command("contact-export", out)
    text = open(out).read()
    assert text.count("\nPHOTO:data:image/jpeg;base64,") == 2
    assert max(len(line) for line in text.splitlines()) <= 75
    said = [base64.b64decode(x.replace("\n ", "")) for x in re.findall(
        "PHOTO:data:image/jpeg;base64,((?:.+\n )*.+)", text)]
    assert sorted(said) == sorted(x for x in images(emma.server).values() if x)
    # It is what the server has: nothing has changed.
    assert look(emma, out).count("nothing has changed") == 3
    # Somebody else gets the pictures as well.
    assert look(agner, out).count("added: with its picture") == 2
    commit(agner)
    wait_of(look_at(agner, "Ada Two"), "Ada Two", RED_256)
    assert {k for k, v in pictures(emma.server, "201").items() if v} >= {
        "Two", "Three"}


@pytest.mark.parametrize("way", ["x", "Escape"])
def test_given_up_or_left_to_itself(logged_in, way):
    emma = logged_in()
    path = put(emma, *(card(f"N{i}", i + 10, in_30(png(60, 60, (i, 0, 0))))
                       for i in range(40)))
    t = emma.attach(24, 100)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type(f"contact-import {path}")
    t.send_keys("Enter")
    t.wait_for("40 to add")
    emma.server.pause()
    t.send_keys("Enter")
    t.wait_for("Importing …")
    t.send_keys(way)
    t.wait_gone("Import contacts")
    emma.server.resume()
    if way == "x":
        emma.command("contact-add", "last=Later")
        assert pictures(emma.server) == {}
    else:
        t.wait_for("Imported: 40 added", timeout=20)
        assert all(pictures(emma.server).values())
