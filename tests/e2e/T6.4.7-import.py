"""Import personal contacts from CSV, XML and vCard: what would happen is shown
line by line, then all of it happens or nothing; what the user has changed by
hand is left alone; a second run changes nothing; the export reads back."""
import os
import pathlib
import re
import subprocess

import pytest

from harness import wait_until

CSV = ("first,last,company,mobile,business\n"
       "Clara,Ringer,Bell,+49 171 1001,\n"
       "Karl,Hörer,,+49 171 1002,0301234\n"
       ",,,+49 171 1003,\n"
       "Nora,Leer,,,\n"
       "Bad,Number,,call me,\n"
       "Clara,Ringer,Bell,+49 171 1001,\n")


def contacts(server, owner="200"):
    rows = server.query("SELECT * FROM contact WHERE directory = 0 AND"
                        " owner = ? AND import_key != '' ORDER BY id", owner)
    return {r["last"]: r for r in rows}


def put(client, name, text, encoding="utf-8"):
    path = os.path.join(client.home, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def test_shown_then_imported(logged_in):
    emma = logged_in()
    other = logged_in(server_=emma.server)
    path = put(emma, "book.csv", CSV)
    t = emma.attach(30, 120)
    t.wait_for("Agner Erlang")
    t2 = other.attach(24, 80)
    t2.wait_for("Agner Erlang")
    t2.send_keys("/")
    t2.type("ringer")
    t.send_keys(":")
    t.type(f"contact-import {path}")
    t.send_keys("Enter")
    t.wait_for("2 to add, 0 to update, 4 skipped")
    t.wait_for(re.compile(r"2 +Clara Ringer .*added"))
    t.wait_for(re.compile(r"3 +Karl Hörer .*added"))
    t.wait_for(re.compile(r"4 .*has no name"))
    t.wait_for(re.compile(r"5 +Nora Leer .*has no number"))
    t.wait_for(re.compile(r"6 +Bad Number .*a number is none"))
    t.wait_for(re.compile(r"7 +Clara Ringer .*is twice in the file"))
    t.wait_for("CSV, utf-8 (guessed)")
    assert contacts(emma.server) == {}
    t.send_keys("Enter")
    t.wait_for("Imported: 2 added, 0 updated, 4 skipped")
    rows = contacts(emma.server)
    assert set(rows) == {"Ringer", "Hörer"}
    # National, as anybody writes it: no access code is meant.
    assert rows["Hörer"]["n1"] == "+49301234"
    t.send_keys("Enter")
    t.wait_gone("Import contacts")
    t2.wait_for("Clara Ringer")

    # A second run changes nothing.
    before = contacts(emma.server)
    said = emma.run("-c", f"contact-import {path}")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("nothing has changed") == 2
    assert "0 to add, 0 to update, 6 skipped" in said.stdout
    said = emma.run("-c", "contact-import-commit")
    assert said.returncode == 0, said.stderr
    assert contacts(emma.server) == before
    # A path may begin where the shell is.
    said = emma.box.run([emma.program, "-c", "contact-import ../book.csv"],
                        env=emma.env, cwd=emma.home / ".config")
    assert "0 to add, 0 to update, 6 skipped" in said.stdout, said.stderr


def test_what_was_changed_by_hand_is_left_alone(logged_in):
    emma = logged_in()
    path = put(emma, "book.csv", CSV)
    emma.command("contact-import", path)
    emma.command("contact-import-commit")
    emma.command("contact-change", "Clara Ringer", "company=Mine")
    put(emma, "book.csv", CSV.replace("1001", "2001").replace("1002", "2002"))
    said = emma.run("-c", f"contact-import {path}")
    assert re.search("Clara Ringer .*was changed by hand", said.stdout)
    assert re.search("Karl Hörer .*updated", said.stdout)
    emma.command("contact-import-commit")
    rows = contacts(emma.server)
    assert rows["Ringer"]["company"] == "Mine"
    assert rows["Ringer"]["n3"] == "+49 171 1001"
    assert rows["Ringer"]["hand_made"] == 1
    assert rows["Hörer"]["n3"] == "+49 171 2002"
    assert len(rows) == 2


@pytest.mark.parametrize("name, text, encoding, about", [
    ("w.csv", "Vorname;Nachname;Telefon geschäftlich;Mobiltelefon\r\n"
     "Jürgen;Größer–Weiß;030 555 1;+49 171 5\r\n", "windows-1252",
     "CSV, windows-1252 (guessed), separator: ;"),
    ("l.csv", "Prénom\tNom\tTél. mobile\nJürgen\tGrößer\t+33 1 5\n",
     "iso-8859-1", "CSV, iso-8859-1 (guessed), separator: tab"),
    ("g.csv", "First Name,Last Name,Phone 1 - Label,Phone 1 - Value\n"
     "Jürgen,Größer,Mobile,+49 171 5\n", "utf-8", "CSV, utf-8 (guessed)"),
    ("x.xml", "<?xml version='1.0' encoding='iso-8859-15'?><contacts><contact>"
     "<first>Jürgen</first><last>Größer</last>"
     "<number kind='mobile'>+49 171 5</number></contact></contacts>",
     "iso-8859-15", "XML, iso-8859-15"),
    ("3.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Größer;Jür\r\n gen;;;\r\n"
     "TEL;TYPE=CELL,VOICE:+49 171 5\r\nPHOTO;ENCODING=b:" + "QUJD" * 40000 +
     "\r\nEND:VCARD\r\n", "utf-8", "vCard, utf-8"),
    ("2.vcf", "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-"
     "PRINTABLE:Gr=C3=B6=C3=9Fer;J=C3=BC=\r\nrgen\r\nTEL;HOME;CELL:"
     "+49 171 5\r\nEND:VCARD\r\n", "ascii", "vCard, utf-8"),
    ("w.csv", "last;first;mobile\nGrößer;Jürgen;+49 171 5\n", "utf-16",
     "CSV, utf-16"),
    ("w.vcf", "BEGIN:VCARD\nVERSION:3.0\nN:Größer;Jürgen\n"
     "TEL;TYPE=cell:+49 171 5\nEND:VCARD\n", "utf-16", "vCard, utf-16"),
    ("w.xml", "<a><c><first>Jürgen</first><last>Größer</last>"
     "<mobile>+49 171 5</mobile></c></a>", "utf-16", "XML, utf-16"),
    ("4.vcf", "BEGIN:VCARD\nVERSION:4.0\nFN:Jürgen Größer\n"
     "TEL;VALUE=uri;TYPE=\"cell,voice\":tel:+49-171-5\nEND:VCARD\n",
     "utf-8", "vCard, utf-8"),
])
def test_formats_and_encodings(logged_in, name, text, encoding, about):
    emma = logged_in()
    path = put(emma, name, text, encoding)
    said = emma.run("-c", f"contact-import {path}")
    assert said.returncode == 0, said.stderr
    assert about in said.stdout
    said = emma.run("-c", "contact-import-commit")
    assert "1 added" in said.stdout, said.stdout + said.stderr
    row, = contacts(emma.server).values()
    assert row["first"] == "Jürgen" and row["last"].startswith("Größer")
    assert row["n3"].startswith("+")


def test_the_encoding_can_be_chosen(logged_in):
    emma = logged_in()
    path = put(emma, "b.csv", "last,mobile\nPreis €,+49 171 5\n",
               "iso-8859-15")
    t = emma.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type(f"contact-import {path} iso-8859-1")
    t.send_keys("Enter")
    t.wait_for("Preis ¤")
    t.send_keys("e")
    t.wait_for("Preis €")
    assert "iso-8859-15" in str(t.screen())
    # Esc: nothing has changed.
    t.send_keys("Escape")
    t.wait_gone("Import contacts")
    assert contacts(emma.server) == {}
    said = emma.run("-c", f"contact-import {path} utf-8")
    assert said.returncode != 0
    assert "not in UTF-8" in said.stderr


@pytest.mark.parametrize("name, data, why", [
    ("a.csv", b"", "is empty"),
    ("b.csv", b"colour,size\nred,3\n", "names no column"),
    ("c.csv", "colour,size\nred,3\n".encode("utf-16"), "names no column"),
    ("d.xml", b"<a><b>", "no well-formed XML"),
    ("e.xml", b'<!DOCTYPE a [<!ENTITY b "bbb">]><a><c><last>&b;</last></c></a>',
     "document type declaration"),
    ("f.vcf", b"BEGIN:VCARD\nVERSION:1.0\nN:X;Y\nTEL:1\nEND:VCARD\n", None),
    ("h.vcf", b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=EBCDIC;QUOTED-PRINTABLE:"
     b"=C1\nTEL:+49 171 5\nEND:VCARD\n", None),
    ("g.csv", b"last,mobile\nX\0Y,+49 171 5\nZ,+49 171 6\n", None),
])
def test_bad_files(logged_in, name, data, why):
    emma = logged_in()
    path = put(emma, name, data)
    said = emma.run("-c", f"contact-import {path}")
    if why:
        assert said.returncode != 0
        assert why in said.stderr
        assert len(said.stderr.strip().splitlines()) == 1
    else:
        assert "can't be read" in said.stdout
    assert contacts(emma.server) == {}


def test_large_files(logged_in):
    emma = logged_in()
    said = emma.run("-c", "contact-import /nowhere/book.csv")
    assert said.returncode != 0 and "can't be read" in said.stderr
    said = emma.run("-c", "contact-import /dev/zero")
    assert said.returncode != 0
    path = os.path.join(emma.home, "huge.csv")
    with open(path, "wb") as f:
        f.write(b"last,mobile\nX,+49 171 5\n")
        f.truncate(2 << 30)
    said = emma.run("-c", f"contact-import {path}")
    assert said.returncode != 0
    assert "larger than the option import_max allows (64 MB)" in said.stderr
    # One endless line below it costs no memory.
    path = os.path.join(emma.home, "line.vcf")
    with open(path, "wb") as f:
        f.write(b"BEGIN:VCARD\nVERSION:4.0\nFN:A B\nTEL:+49 171 5\nPHOTO:")
        for _ in range(60):
            f.write(b"QUJD" * (1 << 18))
        f.write(b"\nEND:VCARD\n")
    before = peak(emma.core())
    said = emma.run("-c", f"contact-import {path}")
    assert "1 to add" in said.stdout
    assert peak(emma.core()) - before < 50 * 1024


def test_what_is_not_read_takes_no_memory(logged_in):
    """A column of 100 kB in each of 600 records, 60 MB in all."""
    emma = logged_in()
    path = os.path.join(emma.home, "notes.csv")
    with open(path, "wb") as f:
        f.write(b"last,notes,mobile\n")
        for i in range(600):
            f.write(b"Name%d,%s,+49 171 %d\n" % (i, b"n" * 100000, i))
    before = peak(emma.core())
    said = emma.run("-c", f"contact-import {path}")
    assert "600 to add" in said.stdout, said.stderr
    assert peak(emma.core()) - before < 50 * 1024


def write_many(emma, name, notes):
    path = os.path.join(emma.home, name)
    with open(path, "wb") as f:
        f.write(b"last,mobile,notes\n")
        for i in range(50000):
            f.write(b"Name%d,+49 171 %d,%s\n" % (i, i, b"n" * notes))
    return path


def test_50_mb_take_no_more_than_what_is_in_them(logged_in):
    """As many records as are read at all: with a kilobyte each that is not
    read they take as much memory as without."""
    emma = logged_in()
    small, large = write_many(emma, "s.csv", 0), write_many(emma, "l.csv", 1040)
    assert os.stat(large).st_size > 50 << 20
    said = emma.run("-c", f"contact-import {small}", timeout=80)
    assert "50000 to add" in said.stdout, said.stderr
    emma.command("contact-import-cancel")
    before = peak(emma.core())
    said = emma.run("-c", f"contact-import {large}", timeout=80)
    assert "50000 to add" in said.stdout, said.stderr
    assert peak(emma.core()) < 1.25 * before
    emma.command("contact-import-cancel")
    # No room in the account: refused as a whole, the old data intact.
    emma.command("contact-add", "last=Before", "mobile=+49 171 5")
    emma.run("-c", f"contact-import {large}", timeout=80)
    said = emma.run("-c", "contact-import-commit", timeout=80)
    assert said.returncode and len(said.stderr.splitlines()) == 1, said
    assert contacts(emma.server) == {}
    assert emma.server.query("SELECT 1 FROM contact WHERE last = 'Before'")


def test_nothing_to_import_is_no_offer(logged_in):
    emma = logged_in()
    t = emma.attach(24, 80)
    t.wait_for("search or dial")
    t.send_keys(":")
    t.type("contact-import " + put(emma, "bad.vcf", "BEGIN:VCARD\n" * 50))
    t.send_keys("Enter")
    t.wait_for("There is nothing to import.")
    assert "Enter import" not in t.screen().text
    t.send_keys("Enter")
    t.send_keys("Escape")
    t.wait_gone("Import contacts")
    assert contacts(emma.server) == {}


def peak(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])


def test_a_server_that_refuses_leaves_all_as_it_was(logged_in):
    emma = logged_in()
    emma.server.admin("--set", "contacts_max", "1")
    path = put(emma, "book.csv", CSV)
    emma.command("contact-import", path)
    said = emma.run("-c", "contact-import-commit")
    assert said.returncode != 0
    assert "more contacts than the server allows" in said.stderr
    assert contacts(emma.server) == {}


def test_many(logged_in):
    emma = logged_in()
    text = "first,last,mobile\n" + "".join(
        f"Given{i},Family{i},+49 171 {100000 + i}\n" for i in range(3000))
    path = put(emma, "many.csv", text)
    emma.command("contact-import", path)
    said = emma.run("-c", "contact-import-commit")
    assert "3000 added" in said.stdout
    assert len(contacts(emma.server)) == 3000
    said = emma.run("-c", f"contact-import {path}")
    assert "0 to add, 0 to update, 3000 skipped" in said.stdout


def begin_and_pause(emma):
    path = put(emma, "book.csv", CSV)
    t = emma.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type(f"contact-import {path}")
    t.send_keys("Enter")
    t.wait_for("2 to add")
    emma.server.pause()
    t.send_keys("Enter")
    t.wait_for("Importing …")
    return t


def test_one_that_is_sent_can_be_left(logged_in):
    emma = logged_in()
    t = begin_and_pause(emma)
    t.send_keys("Escape")
    t.wait_gone("Import contacts")
    emma.server.resume()
    t.wait_for("Imported: 2 added")
    assert len(contacts(emma.server)) == 2


def test_one_that_is_sent_can_be_given_up(logged_in):
    emma = logged_in()
    t = begin_and_pause(emma)
    t.send_keys("x")
    t.wait_gone("Import contacts")
    emma.server.resume()
    # The server answers again, and nothing has come.
    emma.command("contact-add", "last=Later")
    assert contacts(emma.server) == {}


@pytest.mark.parametrize("name", ["out.csv", "out.vcf"])
def test_what_is_exported_reads_back(logged_in, name):
    emma = logged_in()
    other = logged_in("201", server_=emma.server)
    emma.command("contact-add", "first=Zoë, \"the\" cat; ok",
                 "last=O'Brien\\n", "company=A;B", "department=C,D",
                 "email=z@x.example", "mobile=+49 171 77", "private=+49 30 1",
                 "business=+49 30 2", "business2=+49 30 3", "internal=299",
                 "other=*17")
    path = os.path.join(emma.home, name)
    assert re.search(rf"^\d+ contacts? (is|are) in {path}",
                     emma.command("contact-export", path))
    assert oct(os.stat(path).st_mode & 0o777) == "0o600"
    said = emma.run("-c", f"contact-export {path}")
    assert said.returncode != 0 and "is there already" in said.stderr
    emma.command("contact-export", path, "yes")
    other.command("contact-import", path)
    other.command("contact-import-commit")
    fields = "first last company department email n0 n1 n2 n3 n4 n5".split()

    def of(owner):
        return sorted(tuple(r[f] for f in fields) for r in emma.server.query(
            "SELECT * FROM contact WHERE directory = 0 AND owner = ?", owner)
            if any(r[f"n{i}"] for i in range(6)))
    assert [r for r in of("200") if r not in of("201")] == []


def test_an_export_replaces_files_only(logged_in):
    """No link, no device, no folder; and none is named as what it is not."""
    emma = logged_in()
    emma.command("contact-add", "last=King", "mobile=+49 171 77")
    kept = pathlib.Path(emma.home) / "kept"
    kept.write_text("mine")
    link, folder = kept.with_name("link.csv"), kept.with_name("folder.csv")
    link.symlink_to(kept)
    folder.mkdir()
    for path in (link, folder):
        said = emma.run("contact-export", path, "yes")
        assert said.returncode != 0
        assert "is no file that can be replaced" in said.stderr
    assert link.is_symlink() and kept.read_text() == "mine"
    said = emma.run("contact-export", kept.with_name("book.xml"))
    assert said.returncode != 0
    assert "Contacts are written as .csv or .vcf." in said.stderr
    assert not kept.with_name("book.xml").exists()
    said = emma.run("contact-import", "/dev/zero")
    assert said.returncode != 0 and "zero is no file." in said.stderr


def test_a_file_is_completed(logged_in):
    emma = logged_in()
    put(emma, "my-address-book.csv", CSV)
    t = emma.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys(":")
    t.type("contact-import my-a")
    t.send_keys("Tab")
    t.wait_for("contact-import my-address-book.csv")


def test_a_plain_server(client, server):
    c = client()
    s = server(plain=True)
    c.login(s, "200")
    path = put(c, "book.csv", CSV)
    c.command("contact-import", path)
    said = c.run("-c", "contact-import-commit")
    assert "2 added" in said.stdout, said.stderr
    assert "Karl Hörer" in c.run("-c", "search hörer").stdout
    said = c.run("-c", f"contact-import {path}")
    assert "0 to add, 0 to update, 6 skipped" in said.stdout
    assert not s.query("SELECT 1 FROM contact WHERE last = 'Hörer'")
