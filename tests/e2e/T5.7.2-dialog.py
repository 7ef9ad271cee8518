"""The voicemail's settings in one dialog: what is recorded, which greeting in
which state, own recordings, e-mail; live when another client changes them."""
import re

import pytest

import voice
from harness import sound, wait_until
from mailbox import Mailbox
from people import Person

STATES = ["Office", "Meeting", "Sick", "Break", "Out of office", "Vacation",
          "Lunch", "Home", "Do Not Disturb"]


@pytest.fixture
def emma(server, client):
    c = client()
    c.server = server()
    c.speaker = voice.Speaker(c)
    c.login(c.server)
    return c


def upload(emma, number, hz):
    path = emma.home / f"{number}.wav"
    sound.write(path, sound.tone(hz, 3, 16000), 16000)
    emma.command("greeting-upload", number, path)


def opened(emma, rows=24, cols=80, **more):
    t = emma.attach(rows, cols, **more)
    t.wait_for("Emma Nutt 200")
    t.send_keys("V")
    t.wait_for("Voicemail ─" if more.get("env") is None else "Voicemail")
    t.wait_for("are recorded")
    return t


def settings(emma):
    return emma.command("voicemail-settings")


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120)])
def test_all_states_stand_in_it(emma, rows, cols):
    t = opened(emma, rows, cols)
    columns = set()
    for name in STATES:
        line = next(line for line in t.screen().text.splitlines()
                    if re.search(rf"│ +{name} +standard", line))
        columns.add(line.index("standard"))
    assert len(columns) == 1
    for text in "new greeting", "recorded note", "e-mail", "PIN":
        t.wait_for(text)
    # It is in the help, with its key.
    t.send_keys("Escape")
    t.wait_gone("new greeting")
    t.send_keys("?")
    t.wait_for("Help ─")
    t.send_keys("End")
    assert emma.run("help", "voicemail-box").returncode == 0
    assert "V" in emma.command("help", "voicemail-box")


def test_chosen_and_kept(emma, client):
    upload(emma, 1, 600)
    t = opened(emma)
    t.wait_for(re.compile(r"greeting 1 +0:03"))
    t.send_keys("Right")
    t.wait_for("< greeting only >")
    # Nothing is done yet.
    assert "are recorded" in settings(emma)
    t.send_keys("Down", "Down")
    t.wait_for("< standard greeting >")
    t.send_keys("Right")
    t.wait_for(re.compile(r"Meeting +< greeting 1 +0:03 >"))
    t.send_keys("Enter")
    wait_until(lambda: "Meeting: greeting 1" in settings(emma) and
               "greeting only" in settings(emma), 10, "it is kept")
    assert "Office: standard" in settings(emma)
    rows = emma.server.query("SELECT name, value FROM setting WHERE "
                             "owner = '200' AND name LIKE 'greet.%'")
    assert [(r["name"], r["value"]) for r in rows] == [("greet.2", "1")]


def test_what_another_client_changes_shows_at_once(emma, client):
    other = client()
    other.login(emma.server, "200")
    t = opened(emma)
    upload(emma, 2, 900)
    t.wait_for(re.compile(r"│ +greeting 2 +0:03"))
    other.command("greeting", "vacation", "2")
    t.wait_for(re.compile(r"Vacation +greeting 2 +0:03"))
    other.command("recording", "off")
    t.wait_for("greeting only")
    # One that is deleted there is nowhere any more.
    other.command("greeting-delete", "2", "yes")
    t.wait_gone("greeting 2")
    t.wait_for(re.compile(r"Vacation +standard greeting"))


def test_own_recordings(emma):
    upload(emma, 1, 600)
    t = opened(emma)
    t.wait_for(re.compile(r"greeting 1 +0:03"))
    t.send_keys(*["Down"] * 10)
    t.wait_for("x: delete")
    t.send_keys("Enter")
    emma.speaker.wait(600)
    t.send_keys("x")
    t.wait_for("Delete greeting 1?")
    t.send_keys("y")
    t.wait_gone("Delete greeting 1?")
    t.wait_gone(re.compile(r"│ +▌? *greeting 1 +0:03"))
    wait_until(lambda: "greeting 1" not in settings(emma), 5, "it is gone")
    # A new one out of a file, whose name is typed.
    sound.write(emma.home / "new.wav", sound.tone(800, 3, 16000), 16000)
    t.wait_for("r: by a phone that rings")
    t.send_keys("f")
    t.wait_for("greeting-upload 1 ~/")
    t.send_keys(*"new.wav", "Enter")
    t.wait_for(re.compile(r"greeting 1 +0:03"))


def test_recorded_by_a_phone(emma, client):
    agner = Person(client, emma.server, "201")
    t = opened(emma)
    t.send_keys(*["Down"] * 10)
    t.wait_for("r: by a phone that rings")
    t.send_keys("r")
    t.wait_for("greeting-record 1 200")
    t.send_keys("BSpace", "1", "Enter")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    wait_until(lambda: any(p.stat().st_size > 24000 for p in
                           (emma.server.state / "voicemail").glob("*.part")),
               30, "it is recorded", every=0.05)
    agner.client.command("tones", "#")
    t.wait_for(re.compile(r"greeting 1 +0:0\d"))


def test_the_recorded_note(emma):
    t = opened(emma)
    t.wait_for("none for this state")
    t.send_keys("End", "Up", "Up")
    t.wait_for("Heard behind the state")
    sound.write(emma.home / "note.wav", sound.tone(800, 3, 16000), 16000)
    t.send_keys("f")
    t.wait_for("note-upload ~/")
    t.send_keys(*"note.wav", "Enter")
    t.wait_for(re.compile(r"recorded note +0:03"))
    t.send_keys("Enter")
    emma.speaker.wait(800)
    emma.command("presence", "lunch")
    t.wait_for("none for this state")


def test_mail(emma, box):
    t = opened(emma)
    t.wait_for("this server sends none")
    m = Mailbox(box)
    emma.server.admin("--set", "smtp_host", "localhost")
    emma.server.admin("--set", "smtp_port", str(m.port))
    emma.server.admin("--set", "smtp_from", "voicemail@strowger.example")
    # Set up by the administrator: offered at once.
    t.wait_for(re.compile(r"e-mail +none"))
    t.wait_for("address")
    t.send_keys("End", "Up", "Up")
    t.wait_for("< none >")
    t.send_keys("Right")
    t.wait_for("< each new message >")
    t.send_keys("Down", "C-u", *"emma@nutt.example", "Enter")
    wait_until(lambda: "sent to emma@nutt.example" in settings(emma), 10,
               "it is kept")
    t.wait_for(re.compile(r"e-mail +each new message"))
    # What is no address is refused, and said.
    t.send_keys("C-u", *"nonsense", "Enter")
    t.wait_for("no e-mail address")
    assert "emma@nutt.example" in settings(emma)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"},
                                 {"LC_ALL": "C", "LANG": "C"}],
                         ids=["mono", "ascii"])
def test_it_is_plain_where_one_is(emma, env):
    t = opened(emma, env=env)
    t.send_keys("Down", "Down")
    t.wait_for("< standard greeting >")


def test_small(emma):
    t = opened(emma, 14, 60)
    t.send_keys("End")
    t.wait_for("PIN")
    t.send_keys("Home")
    t.wait_for("are recorded")


def test_by_mouse(emma):
    emma.command("set", "mouse", "on")
    t = opened(emma)
    row = next(i for i, line in enumerate(t.screen().text.splitlines())
               if "Sick" in line)
    t.click(row, 20)
    t.wait_for(re.compile(r"▌ Sick"))
    t.wait_for(re.compile(r"Sick +< standard greeting >"))


def test_who_has_none_is_told_why(server, client):
    s = server(mode="suite")
    c = client()
    c.login(s)
    t = c.attach(24, 80)
    t.wait_for("Emma Nutt 200")
    t.send_keys(":", *"voicemail-box", "Enter")
    t.wait_for("managed elsewhere")
