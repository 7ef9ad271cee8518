"""Conversations into a file: as text, as JSON lines, onto standard output; and
what can go wrong with files."""
import json
import os
import re
import stat

from filled import Filled
from harness import wait_until
from messages import stay


def fill(server):
    s = server()
    f = Filled(s)
    for n in range(450):
        f.call("201", n)
    f.message("201", 1000, "where is\nthe ladder\x1b]0;evil\x07\u202e", 1)
    f.message("202", 1001, "ends\n2026-01-01 00:00:00  message")
    f.put()
    return s


def filled(server, client):
    """She has read of both conversations."""
    emma = stay(client(), fill(server), "200")
    wait_until(lambda: len(emma.data("history")) == 2, 15,
               lambda: f"both are read: {emma.data('history')}")
    return emma


def lines(text):
    return [json.loads(x) for x in text.splitlines()]


def test_files(server, client):
    emma = filled(server, client)
    path = emma.home / "erlang.txt"
    emma.command("export-conversation", "201", str(path))
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # All that the server has, not just what the log-in has brought.
    assert text.startswith("Agner Erlang, 201\n\n")
    assert text.count("in   answered  0:42  201\n") == 450
    assert "message sent" in text
    assert "\n    where is\n    the ladder" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    # There already: it stays, and says how to replace it.
    got = emma.run("export-conversation", "201", str(path), "json")
    assert got.returncode and "is there already" in got.stderr
    assert path.read_text() == text
    emma.command("export-conversation", "201", "~/erlang.txt", "json",
                 "replace")
    rows = lines(path.read_text())
    assert len(rows) == 451
    assert rows[-1]["name"] == "Agner Erlang"
    assert rows[-1]["entry"]["kind"] == "message-out"
    assert rows[-1]["entry"]["text"].startswith("where is\nthe ladder")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_standard_output_and_all(server, client):
    emma = filled(server, client)
    rows = lines(emma.command("export-conversation", "all", "-", "json"))
    assert len(rows) == 452
    assert {r["name"] for r in rows} == {"Agner Erlang", "Hedy Lamarr"}
    text = emma.command("export-conversation", "202", "-")
    # What looks like an entry in a message is set in.
    assert "\n    2026-01-01 00:00:00  message\n" in text
    got = emma.run("export-conversation", "209", "-")
    assert got.stderr.strip() == "There is no such conversation."


def test_what_goes_wrong_is_one_line(server, client):
    emma = filled(server, client)
    shut = emma.home / "shut"
    shut.mkdir(mode=0o500)
    bad = [(emma.home / "no" / "a.txt", "No such file"),
           (shut, "is no file that can be replaced"),
           ("/dev/full", "is no file that can be replaced")]
    if os.geteuid():  # nothing is shut to root
        bad.append((shut / "a.txt", "Permission denied"))
    for path, why in bad:
        got = emma.run("export-conversation", "202", str(path), "text",
                       "replace")
        assert got.returncode
        assert len(got.stderr.strip().splitlines()) == 1
        assert why in got.stderr
    assert not list(shut.iterdir())


def test_on_the_screen(server, client):
    emma = filled(server, client)
    (emma.home / "letters").mkdir()
    (emma.home / "letters" / "old.txt").write_text("old")
    t = emma.attach(24, 100)
    t.wait_for("Favourites")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Hedy Lamarr"))
    t.send_keys("w")
    t.wait_for(re.compile(r":export-conversation \S*202"))
    # The path is completed.
    t.type("~/let")
    t.send_keys("Tab")
    t.wait_for("~/letters/")
    t.send_keys("Tab")
    t.wait_for("~/letters/old.txt")
    t.send_keys("Enter")
    t.wait_for(re.compile("old.txt is there already"))
    t.send_keys("Enter")
    t.wait_gone("Replace it")
    assert (emma.home / "letters" / "old.txt").read_text() == "old"
    t.send_keys("w")
    t.type("~/letters/old.txt")
    t.send_keys("Enter")
    t.wait_for("Replace it")
    t.send_keys("Right", "Enter")
    t.wait_for(re.compile("1 entry is in .*old.txt"))
    assert "Hedy Lamarr" in (emma.home / "letters" / "old.txt").read_text()
