"""An e-mail for a new voice message: by a real mail server, with the sound,
byte for byte; from a queue that loses nothing."""
import email
import email.policy
import re
import sqlite3

import pytest

import voice
from fakes import certificate
from harness import sound, wait_until
from mailbox import Mailbox
from people import Person

TONE = 1400


def set_up(server, mailbox, **more):
    server.admin("--set", "smtp_host", "localhost")
    server.admin("--set", "smtp_port", str(mailbox.port))
    server.admin("--set", "smtp_from", "voicemail@strowger.example")
    server.admin("--set", "smtp_security", more.pop("security", "none"))
    server.admin("--set", "mail_retry_s", "1")
    for name, value in more.items():
        server.admin("--set", name, value)


def speak(agner, server):
    """He says two seconds into the box of her number and hangs up."""
    agner.dial("200")
    agner.wait_call("talking", 30)

    def tone():
        got = agner.last(3)
        return got and sound.has_tone(got[1], got[0], TONE, 0.25)
    wait_until(tone, 30, "the tone is heard", every=0.1)
    # The folder comes with its first message.
    wait_until(lambda: any(p.stat().st_size > 32000 for p in
                           (server.state / "voicemail").glob("*.part")),
               20, "two seconds are recorded", every=0.05)
    agner.client.command("hangup")
    agner.wait_no_call()


def leave(agner, server):
    """He leaves her two seconds; the row."""
    before = server.query("SELECT id FROM voicemail")
    speak(agner, server)
    wait_until(lambda: len(server.query("SELECT id FROM voicemail")) >
               len(before), 10, "there is a message")
    return server.query("SELECT * FROM voicemail ORDER BY id")[-1]


def parsed(mail):
    return email.message_from_bytes(mail[2], policy=email.policy.default)


@pytest.fixture
def people(server, client):
    s = server()
    s.admin("--set", "voicemail_s", "1")
    emma = client()
    emma.login(s)
    return s, emma, Person(client, s, "201")


def test_the_mail(people, box):
    s, emma, agner = people
    got = emma.run("voicemail-mail", "on", "emma@nutt.example")
    assert got.returncode, "no administrator has set it up"
    m = Mailbox(box)
    set_up(s, m)
    # Off at first: nothing leaves.
    assert "not sent" in emma.command("voicemail-settings")
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    assert "emma@nutt.example" in emma.command("voicemail-settings")
    row = leave(agner, s)
    wait_until(lambda: m.mails, 15, "the mail comes")
    sender, to, _ = m.mails[0]
    assert sender == "voicemail@strowger.example"
    assert to == ["emma@nutt.example"]
    mail = parsed(m.mails[0])
    assert mail["To"] == "emma@nutt.example"
    assert mail["Subject"] == "Voice message from Agner Erlang"
    assert mail["Date"] and mail["Message-ID"] and mail["MIME-Version"]
    text = mail.get_body(("plain",)).get_content()
    assert "Agner Erlang" in text and "201" in text
    seconds = -(-row["length_ms"] // 1000)
    assert f"0:{seconds:02d}" in text
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", text), text
    part, = mail.iter_attachments()
    assert part.get_content_type() == "audio/x-wav"
    wav = (s.state / "voicemail" / f"{row['id']}.wav").read_bytes()
    assert part.get_content() == wav
    where = emma.home / "mail.wav"
    where.write_bytes(part.get_content())
    rate, samples = sound.read(where)
    middle = samples[len(samples) // 4:-len(samples) // 4]
    assert sound.goertzel(middle, rate, agner.tone) > 0.8
    # The message is in the box all the same, and new.
    assert row["heard_ms"] == 0
    wait_until(lambda: not s.query("SELECT * FROM setting WHERE name LIKE "
                                   "'mail.%'"), 5, "the queue is empty")
    # Off again.
    emma.command("voicemail-mail", "off")
    leave(agner, s)
    assert len(m.mails) == 1


def test_in_the_users_language(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    s.admin("--language", "200", "de")
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    leave(agner, s)
    wait_until(lambda: m.mails, 15, "the mail comes")
    mail = parsed(m.mails[0])
    assert mail["Subject"] == "Sprachnachricht von Agner Erlang"
    assert "Länge" in mail.get_body(("plain",)).get_content()


def test_encrypted_and_with_a_password(people, box):
    s, emma, agner = people
    cert = certificate(s.home, "localhost")
    word = s.home / "word"
    word.write_text("Strowger-1889\n")
    word.chmod(0o600)
    m = Mailbox(box, cert=cert, user="offhook", password="Strowger-1889")
    set_up(s, m, security="starttls", smtp_user="offhook",
           smtp_password_file=str(word), smtp_ca=str(cert[0]))
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    leave(agner, s)
    wait_until(lambda: m.mails, 20, "the mail comes")
    assert "Strowger-1889" not in s.log.read_text()


def test_without_encryption_it_is_not_sent(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m, security="starttls")
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    leave(agner, s)
    wait_until(lambda: "not sent yet" in s.log.read_text(), 15, "it is said")
    assert not m.mails


def test_later_and_after_a_restart(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    m.stop()
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    row = leave(agner, s)
    wait_until(lambda: "not sent yet, try 2" in s.log.read_text(), 20,
               "it is tried again")
    s.restart(kill=True)
    again = Mailbox(box, port=m.port)
    wait_until(lambda: again.mails, 30, "the mail comes")
    wav = (s.state / "voicemail" / f"{row['id']}.wav").read_bytes()
    part, = parsed(again.mails[0]).iter_attachments()
    assert part.get_content() == wav
    wait_until(lambda: not s.query("SELECT * FROM setting WHERE name LIKE "
                                   "'mail.%'"), 5, "the queue is empty")
    assert len(again.mails) == 1


def test_a_crash_right_after_it_is_filed(people, box):
    """In the moment that a message is on the disk the power fails: its mail
    goes with the next start."""
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    m.stop()
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    speak(agner, s)
    db = sqlite3.connect(f"file:{s.database()}?mode=ro", uri=True)
    while not db.execute("SELECT 1 FROM voicemail").fetchall():
        pass
    s.kill()
    db.close()
    again = Mailbox(box, port=m.port)
    s.start()
    wait_until(lambda: again.mails, 30, "the mail comes")
    assert len(again.mails) == 1


def test_given_up(people, box):
    s, emma, agner = people
    m = Mailbox(box, refuse="451 later")
    set_up(s, m, mail_tries="2")
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    leave(agner, s)
    wait_until(lambda: "given up after 2" in s.log.read_text(), 20,
               "it is given up")
    assert m.tries == 2


def test_a_hostile_name_ends_no_header(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    for bad in "no address", "a@b\nBcc: x@y.example", "<x@y.example>", "a@b,c@d":
        assert emma.run("voicemail-mail", "on", bad).returncode, bad
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    # As if it had been queued before the restart, whatever its caller said.
    s.stop()
    name = "Ägner\r\nBcc: all@strowger.example\r\n\r\nbody " + "ü" * 200
    entry = voice.put(s, name=name)
    db = sqlite3.connect(s.database())
    with db:
        db.execute("INSERT INTO setting(owner, name, value) VALUES('200', ?, "
                   "'0')", (f"mail.{entry}",))
    db.close()
    s.start()
    wait_until(lambda: m.mails, 15, "the mail comes")
    sender, to, raw = m.mails[0]
    assert to == ["emma@nutt.example"]
    head = raw.split(b"\r\n\r\n")[0]
    assert all(c < 128 for c in head) and max(map(len, head.split(b"\r\n"))) < 200
    mail = parsed(m.mails[0])
    assert mail["Bcc"] is None and "all@strowger.example" in mail["Subject"]
    assert len(list(mail.iter_attachments())) == 1


def test_without_the_licence(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    emma.command("voicemail-mail", "on", "emma@nutt.example")
    s.admin("--mail", "200", "off")
    got = emma.run("voicemail-mail", "on", "emma@nutt.example")
    assert got.returncode, got
    assert "sends no e-mail" in emma.command("voicemail-settings")
    leave(agner, s)
    s.admin("--mail", "200", "on")
    leave(agner, s)
    wait_until(lambda: m.mails, 15, "the mail comes")
    assert len(m.mails) == 1


def test_a_box_of_several_sends_and_keeps_none(people, box):
    s, emma, agner = people
    m = Mailbox(box)
    set_up(s, m)
    s.admin("--add-box", "80", "Exchange")
    s.admin("--mail", "80", "exchange@strowger.example")
    s.admin("--voicemail", "200", "off")
    wait_until(lambda: emma.run("forward-state", "meeting", "80").returncode
               == 0, 10, "her calls go to the box")
    emma.command("presence", "meeting")
    emma.wait_status(presence="meeting")
    speak(agner, s)
    wait_until(lambda: m.mails, 15, "the mail comes")
    assert m.mails[0][1] == ["exchange@strowger.example"]
    wait_until(lambda: not s.query("SELECT * FROM voicemail"), 5,
               "nothing is kept")
