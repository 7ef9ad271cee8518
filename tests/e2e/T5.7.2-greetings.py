"""Recording on or off, and which greeting callers hear: the standard one, or
one's own, chosen for each state; recorded by phone, or uploaded."""
import pytest

import voice
from harness import sound, wait_until
from people import Person

TONE = 1400


@pytest.fixture
def emma(server, client):
    c = client()
    c.server = server()
    c.server.admin("--set", "voicemail_s", "1")
    c.speaker = voice.Speaker(c)
    c.login(c.server)
    return c


@pytest.fixture
def agner(emma, client):
    return Person(client, emma.server, "201")


def upload(emma, number, hz):
    path = emma.home / f"{number}.wav"
    sound.write(path, sound.tone(hz, 8, 16000), 16000)
    emma.command("greeting-upload", number, path)


def call(agner):
    agner.dial("200")
    agner.wait_call("talking", 30)


def hang_up(agner):
    if agner.call():
        agner.client.run("hangup")
    agner.wait_no_call(20)


def test_recording_off(emma, agner):
    emma.command("recording", "off")
    assert "greeting only" in emma.command("voicemail-settings")
    call(agner)
    # Said to its end, there is no tone to speak after; it hangs up.
    agner.wait_no_call(30)
    rate, samples = agner.last(0)
    of, said = sound.read(voice_prompt("cannot"))
    assert sound.likeness(said, samples, of, rate) > 0.4
    assert not sound.has_tone(samples[-3 * rate:], rate, TONE, 0.25)
    assert not emma.server.query("SELECT * FROM voicemail")
    emma.command("recording", "on")
    call(agner)
    wait_until(lambda: agner.last(3) and sound.has_tone(
        agner.last(3)[1], agner.last(3)[0], TONE, 0.25), 30, "there is a tone",
        every=0.1)


def voice_prompt(name):
    from harness import box as boxes
    return boxes.build / "prompts" / "en" / f"{name}.wav"


def test_own_ones_by_state(emma, agner):
    upload(emma, 1, 600)
    upload(emma, 2, 2100)
    emma.command("greeting", "office", "1")
    emma.command("greeting", "meeting", "2")
    said = emma.command("voicemail-settings")
    assert "Office: greeting 1" in said and "Meeting: greeting 2" in said
    assert "Vacation: standard" in said
    call(agner)
    agner.wait_hears(600)
    hang_up(agner)
    emma.command("presence", "meeting")
    emma.wait_status(presence="meeting")
    call(agner)
    agner.wait_hears(2100, 30)
    hang_up(agner)
    # Who may not know of it hears the one of Office.
    emma.command("greeting", "meeting", "standard")
    assert "Meeting: standard" in emma.command("voicemail-settings")


def test_one_that_is_deleted(emma, agner):
    upload(emma, 1, 600)
    emma.command("greeting", "office", "1")
    t = emma.attach(24, 100)
    t.send_keys(":", *"greeting-delete 1", "Enter")
    t.wait_for("Delete greeting 1?")
    t.send_keys("n")
    t.wait_gone("Delete greeting 1?")
    assert (emma.server.state / "greetings" / "200-1.wav").exists()
    emma.command("greeting-delete", "1", "yes")
    wait_until(lambda: not list((emma.server.state / "greetings").iterdir()),
               5, "its sound is gone")
    assert "Office: standard" in emma.command("voicemail-settings")
    got = emma.run("greeting", "office", "1")
    assert got.returncode, got


def test_recorded_by_phone(emma, agner):
    """Any phone: here a colleague's."""
    emma.command("greeting-record", "3", "201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    wait_until(lambda: agner.last(3) and sound.has_tone(
        agner.last(3)[1], agner.last(3)[0], TONE, 0.25), 30, "there is a tone",
        every=0.1)
    # The folder comes with its first recording.
    wait_until(lambda: any(p.stat().st_size > 24000 for p in
                           (emma.server.state / "voicemail").glob("*.part")),
               20, "it is recorded", every=0.05)
    agner.client.command("tones", "#")
    agner.wait_no_call(20)
    path = emma.server.state / "greetings" / "200-3.wav"
    wait_until(path.exists, 5, "it is kept")
    rate, samples = sound.read(path)
    middle = samples[len(samples) // 4:len(samples) // 2]
    assert sound.goertzel(middle, rate, agner.tone) > 0.8
    # Heard right here.
    emma.command("greeting-listen", "3")
    emma.speaker.wait(agner.tone)


def test_what_is_none(emma):
    bad = emma.home / "bad.wav"
    bad.write_bytes(b"RIFFnonsense")
    assert emma.run("greeting-upload", "1", bad).returncode
    long = emma.home / "long.wav"
    sound.write(long, sound.tone(500, 62, 4000), 4000)
    assert emma.run("greeting-upload", "1", long).returncode
    assert emma.run("greeting-upload", "1", "/nowhere.wav").returncode
    assert emma.run("greeting-upload", "17", bad).returncode
    for argv in (("greeting", "office", "1"),
                 ("greeting-delete", "1", "yes")):
        got = emma.run(*argv)
        assert got.returncode and got.stderr.strip() == \
            "That greeting has not been recorded yet."
    folder = emma.server.state / "greetings"
    assert not folder.exists() or not list(folder.iterdir())


def test_suite_manages_nothing(server, client):
    s = server(mode="suite")
    c = client()
    c.login(s)
    for argv in (["recording", "off"], ["greeting", "office", "standard"],
                 ["voicemail-settings"]):
        got = c.run(*argv)
        assert got.returncode and "Suite" in got.stderr, got
