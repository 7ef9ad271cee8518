"""The disk is full, the server's or one's own: one clear line, nothing that was
there is lost, nothing is shown as done that is not, and it goes on by itself
once there is room."""
import contextlib
import sqlite3

import pytest

import voice
from announced import assert_said
from disk import Disk
from harness import sound, wait_until
from messages import entries, stay, texts, wait_entries, wait_outbox, wait_texts
from people import Person


@pytest.fixture
def small(box, server):
    """A server on a disk of its own; .disk is that."""
    return server(disk=lambda folder: Disk(box, folder))


def line(run):
    """The one line that a command has failed with."""
    assert run.returncode, run
    assert len(run.stderr.splitlines()) == 1, run
    return run.stderr


def test_messages(small, client):
    emma, agner = (stay(client(), small, n) for n in ("200", "201"))
    emma.command("message", "201", "before")
    wait_entries(emma, ("before", "delivered"))
    t = emma.attach(30, 100)
    t.wait_for("Agner Erlang")
    small.disk.fill()
    assert "disk is full" in line(emma.run("message", "201", "while"))
    agner.run("message", "200", "from him")
    # Kept here, and not said to be there.
    wait_entries(emma, ("before", "delivered"), ("while", "waiting"))
    wait_outbox(emma, "while")
    assert texts(small, "201") == ["before"]
    small.disk.free()
    wait_texts(small, "201", "before", "while", "from him")
    wait_until(lambda: sorted(entries(emma)) == sorted([
        ("before", "delivered"), ("while", "delivered"), ("from him", "in")]),
        20, lambda: f"{entries(emma)}")
    wait_outbox(emma)


def test_what_is_changed_meanwhile(small, client):
    """Favourites, presence, contacts, settings: refused in one line, and the
    screen shows what the server has."""
    emma = stay(client(), small, "200")
    groups = small.query("SELECT * FROM favourite_member")
    path = emma.home / "book.csv"
    path.write_text("last,mobile\n" + "".join(
        f"Name{i},+49 171 {i}\n" for i in range(2000)))
    emma.command("contact-add", "last=Before", "mobile=+49 171 5")
    t = emma.attach(30, 100)
    t.wait_for("Agner Erlang")
    small.disk.fill()
    for argv in (("favourite", "212", "Workshop"),
                 ("contact-add", "last=Never", "mobile=+49 171 6"),
                 ("forward-state", "lunch", "202"),
                 ("forward", "busy", "202"),
                 ("my-data", "mobile", "+49 171 7"),
                 ("recording", "off"),
                 ("presence", "lunch")):
        assert "disk is full" in line(emma.run(*argv)), argv
    emma.command("contact-import", path)
    assert "disk is full" in line(emma.run("contact-import-commit",
                                           timeout=60))
    assert emma.data("status")["presence"] == "office"
    assert emma.data("forward-state")["lunch"] == "voicemail"
    assert small.query("SELECT * FROM favourite_member") == groups
    assert [r["last"] for r in small.query(
        "SELECT last FROM contact WHERE directory = 0 AND owner = '200'")
        if r["last"] in ("Before", "Never") or "Name" in r["last"]
        ] == ["Before"]
    small.disk.free()
    # No restart of anything is needed.
    emma.command("favourite", "212", "Workshop")
    emma.command("presence", "lunch")
    emma.command("contact-import", path)
    emma.command("contact-import-commit")
    assert len(small.query("SELECT 1 FROM contact WHERE last LIKE 'Name%'")
               ) == 2000
    small.restart(kill=True)
    assert small.query("SELECT presence FROM account WHERE extension = '200'"
                       )[0]["presence"] == 7


def leave(small, agner, fits):
    """He calls her box, and hangs up once that is so."""
    agner.dial("200")
    agner.wait_call("talking", 30)
    wait_until(fits, 40, "he has spoken", every=0.05)
    if agner.call():
        agner.client.run("hangup")
    agner.wait_no_call(20)


def recorded(small):
    return any(p.stat().st_size > 24000
               for p in (small.state / "voicemail").glob("*.part"))


@pytest.mark.seconds(150)
def test_a_voice_message(small, client):
    """It is recorded or it is not: none is listed whose sound is not there,
    none that was there goes, and the next one is recorded."""
    small.admin("--set", "voicemail_s", "1")
    emma = stay(client(), small, "200")
    entry = voice.put(small)
    emma.run("reconnect")
    emma.wait_status(40, connection="online", voice=1)
    agner = Person(client, small, "201")
    whole = (small.state / "voicemail" / f"{entry}.wav").read_bytes()
    small.disk.fill()
    leave(small, agner, lambda: "recording failed" in small.log.read_text() or
          not agner.call())
    assert small.running()
    assert [r["id"] for r in small.query("SELECT id FROM voicemail")
            ] == [entry]
    assert (small.state / "voicemail" / f"{entry}.wav").read_bytes() == whole
    emma.wait_status(voice=1)
    small.disk.free()
    leave(small, agner, lambda: recorded(small))
    emma.wait_status(20, voice=2)
    for row in small.query("SELECT id, length_ms FROM voicemail"):
        rate, samples = sound.read(
            small.state / "voicemail" / f"{row['id']}.wav")
        assert abs(len(samples) / rate * 1000 - row["length_ms"]) < 200
    # Nothing half is left behind.
    assert not list((small.state / "voicemail").glob("*.part"))


@pytest.mark.seconds(120)
def test_it_fills_while_he_speaks(small, client):
    """He hears that no more is kept; what he has said is there once there is
    room, sound and row."""
    small.admin("--set", "voicemail_s", "1")
    emma = stay(client(), small, "200")
    agner = Person(client, small, "201")

    def fills():
        if recorded(small) and not small.disk.filler.exists():
            small.disk.fill()
        return not agner.call()
    leave(small, agner, fills)
    assert_said(agner, "full")
    assert not small.query("SELECT * FROM voicemail")
    assert emma.data("status")["voice"] == 0
    small.disk.free()
    emma.wait_status(20, voice=1)
    [row] = small.query("SELECT id, length_ms FROM voicemail")
    rate, samples = sound.read(small.state / "voicemail" / f"{row['id']}.wav")
    assert abs(len(samples) / rate * 1000 - row["length_ms"]) < 200
    assert len(samples) > rate
    assert not list((small.state / "voicemail").glob("*.part"))


def test_calls_meanwhile(small, client):
    """They are in the journals of both once there is room, each once, in their
    order; and nothing of it is lost when somebody else asks meanwhile."""
    small.admin("--set", "voicemail", "")
    emma, agner = (Person(client, small, n) for n in ("200", "201"))

    def call():
        agner.dial("200")
        emma.wait_call("ringing-in")
        agner.client.command("hangup")
        emma.wait_no_call()
    small.disk.fill()
    for _ in range(3):
        call()
    assert "disk is full" in line(emma.client.run("presence", "lunch"))
    assert not small.query("SELECT * FROM journal")
    small.disk.free()
    wait_until(lambda: len(small.query("SELECT * FROM journal")) == 6, 20,
               lambda: f"they come: {small.query('SELECT * FROM journal')}")
    emma.client.wait_status(10, missed=3)
    for owner in ("200", "201"):
        began = [r["at_ms"] for r in small.query(
            "SELECT at_ms FROM journal WHERE owner = ? ORDER BY id", owner)]
        assert len(began) == 3 and began == sorted(began), began
    call()
    emma.client.wait_status(15, missed=4)


@pytest.fixture
def cramped(box, client):
    """A client whose own state is on a disk of its own."""
    c = client()
    c.disk = Disk(box, c.state, "4m")
    return c


def test_ones_own(cramped, server, client):
    s = server()
    c = stay(cramped, s, "200")
    agner = stay(client(), s, "201")
    c.command("message", "201", "before")
    wait_entries(c, ("before", "delivered"))
    t = c.attach(30, 100)
    t.wait_for("Agner Erlang")
    c.disk.fill()
    said = line(c.run("message", "201", "while"))
    assert "could not be kept: No space left" in said
    # Not taken is not shown; it is back where it was written.
    assert "while" not in [text for text, _ in entries(c)]
    # What was there is there; what comes is shown.
    agner.command("message", "200", "hello")
    wait_until(lambda: ("hello", "in") in entries(c), 10, "it comes")
    c.disk.free()
    c.command("message", "201", "after")
    wait_until(lambda: ("after", "delivered") in entries(c), 20,
               lambda: f"{entries(c)}")
    c.command("set", "date_format", "dmy")
    assert texts(s, "201") == ["before", "hello", "after"]
    with contextlib.closing(sqlite3.connect(
            f"file:{next(c.home.rglob('history.db'))}?mode=ro", uri=True
            )) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    c.quit()
    c.start()
    c.wait_status(40, connection="online")
    wait_until(lambda: ("before", "delivered") in entries(c), 20, "it is there")
