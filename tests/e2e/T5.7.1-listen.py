"""Play a voice message right here: pause, seek, faster; call back; save the
sound file. What is heard is measured: each two seconds of the message are a
tone of their own."""
import re
import stat

import pytest

import voice
from harness import sound, wait_until
from people import Person


@pytest.fixture
def emma(server, client):
    """Her client, without a SIP account; one new message in her box."""
    c = client()
    c.server = server()
    c.entry = voice.put(c.server)
    c.speaker = voice.Speaker(c)
    c.login(c.server)
    # Who is in has not yet read everything.
    c.wait_status(voice=1)
    return c


def heard_ms(server):
    return server.query("SELECT heard_ms FROM voicemail")[0]["heard_ms"]


def test_by_keys(emma):
    t = emma.attach(30, 110)
    t.wait_for("voice 1")
    t.send_keys("F3")
    t.wait_for("l listen")
    assert emma.speaker.rests()
    t.send_keys("l")
    t.wait_for(re.compile(r"Agner Erlang 201 .*0:0\d / 0:12 .*Space pause"))
    emma.speaker.wait(voice.STEPS[0])
    # Heard is what was begun: here, and at the server.
    t.wait_for("voice 0")
    assert heard_ms(emma.server) > 0
    emma.speaker.wait(voice.STEPS[1])
    t.send_keys("Space")
    at = voice.wait_listening(emma, paused=True)["at"]
    assert emma.speaker.rests()
    assert voice.wait_listening(emma, paused=True)["at"] == at
    t.send_keys("]")
    voice.wait_listening(emma, paused=True)
    wait_until(lambda: voice.wait_listening(emma)["at"] >= at + 4900, 5,
               "it is five seconds on")
    t.send_keys("Space")
    emma.speaker.wait(voice.STEPS[(at + 5000) // 2000])
    t.send_keys("[")
    wait_until(lambda: voice.wait_listening(emma)["at"] < at + 4500, 5,
               "it has gone back")
    emma.speaker.wait(voice.STEPS[2])
    t.send_keys("z")
    t.wait_gone("Space pause")
    voice.wait_silent(emma)
    assert emma.speaker.rests()


def test_nothing_to_hear_it_by(emma):
    emma.command("set", "audio_output", "alsa:nothing")
    t = emma.attach(24, 80)
    t.send_keys("F3")
    t.wait_for("l listen")
    for _ in range(2):  # not only the first time
        t.send_keys("l")
        t.wait_for("It cannot be heard, sound does not work: ")
        t.wait_gone("Space pause")
        t.send_keys("F2")
        t.wait_gone("It cannot be heard")
        t.send_keys("F3")
        t.wait_for("l listen")
    got = emma.run("listen")
    assert got.returncode and "It cannot be heard" in got.stderr, got
    # What nobody has heard is new.
    t.wait_for("voice 1")
    assert heard_ms(emma.server) == 0


def test_faster_at_the_same_pitch(emma):
    emma.command("listen", f"v:{emma.entry}")
    emma.command("listen-faster")
    emma.command("listen-faster")
    emma.command("listen-faster")
    assert voice.wait_listening(emma)["pace"] == 200
    # Each tone is as high as it was said, and all are there.
    for hz in voice.STEPS[1:]:
        emma.speaker.wait(hz)
    voice.wait_silent(emma)
    rate, samples = emma.speaker.all()
    loud = sound.loud_seconds(samples, rate)
    assert 5 < loud < 9, f"12 s were heard in {loud}"


def test_slower(emma):
    emma.command("listen")
    for _ in range(2):
        emma.command("listen-slower")
    assert voice.wait_listening(emma)["pace"] == 50
    emma.speaker.wait(voice.STEPS[0])
    emma.speaker.wait(voice.STEPS[1])
    rate, samples = emma.speaker.all()
    share = [sound.goertzel(samples[i:i + rate // 10], rate, voice.STEPS[0])
             > 0.7 for i in range(0, len(samples) - rate // 10, rate // 10)]
    assert sum(share) / 10 > 2.6, "two seconds take longer"


def test_a_call_makes_it_rest(server, client, box):
    s = server()
    entry = voice.put(s)
    emma = Person(client, s, "200")
    agner = Person(client, s, "201")
    emma.client.command("listen", f"v:{entry}")
    voice.wait_listening(emma.client, paused=False, loading=False)
    agner.dial("200")
    emma.wait_call("ringing-in")
    at = voice.wait_listening(emma.client, paused=True)["at"]
    emma.client.command("answer")
    emma.wait_hears(agner)
    got = emma.client.run("listen-pause")
    assert got.returncode and "call" in got.stderr, got
    agner.client.command("hangup")
    emma.wait_no_call()
    # It goes on where it was, once that is wanted.
    assert voice.wait_listening(emma.client, paused=True)["at"] == at
    emma.client.command("listen-pause")
    wait_until(lambda: voice.wait_listening(emma.client)["at"] > at + 500, 10,
               "it goes on")


def test_in_the_detail_and_call_back(server, client):
    s = server()
    voice.put(s)
    emma = Person(client, s, "200")
    agner = Person(client, s, "201")
    t = emma.client.attach(30, 130)
    t.send_keys("F3")
    t.wait_for("voice message")
    t.send_keys("Right")
    t.wait_for("l listen")
    t.send_keys("l")
    t.wait_for("Space pause")
    t.send_keys("z")
    t.wait_gone("Space pause")
    t.send_keys("Enter")
    agner.wait_call("ringing-in")


def test_save(emma, box):
    where = emma.home / "kept"
    where.mkdir()
    wav = (emma.server.state / "voicemail" / f"{emma.entry}.wav").read_bytes()
    t = emma.attach(30, 110)
    t.send_keys("F3")
    t.wait_for("l listen")
    t.send_keys("S")
    t.wait_for(f"save-message v:{emma.entry}")
    # The path is completed: from the home folder on, folders with a slash.
    t.send_keys(*"kep", "Tab")
    t.wait_for("kept/")
    t.send_keys(*"one.wav", "Enter")
    t.wait_for("Saved as")
    got = where / "one.wav"
    assert got.read_bytes() == wav
    assert stat.S_IMODE(got.stat().st_mode) == 0o600
    # One that is there is replaced only if one says so.
    got.write_bytes(b"mine")
    line = f"save-message v:{emma.entry} {got}"
    t.send_keys(":", *line, "Enter")
    t.wait_for("Replace it?")
    t.send_keys("n")
    t.wait_gone("Replace it?")
    assert got.read_bytes() == b"mine"
    t.send_keys(":", *line, "Enter")
    t.wait_for("Replace it?")
    t.send_keys("y")
    wait_until(lambda: got.read_bytes() == wav, 5, "it is replaced")
    # Saving is not hearing.
    assert heard_ms(emma.server) == 0


def test_save_where_that_is_not_possible(emma):
    got = emma.run("save-message", f"v:{emma.entry}", "/nowhere/there.wav")
    assert got.returncode and "/nowhere/there.wav" in got.stderr
    got = emma.run("save-message", "v:999", "/tmp/x.wav")
    assert got.returncode and "no such voice message" in got.stderr


HOSTILE = {
    "nothing": b"",
    "no sound": b"<html>" * 100,
    "a header only": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0",
    "no rate": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0"
               b"\2\0\x10\0data\4\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_sound(server, client, data):
    c, s = client(), server()
    entry = voice.put(s, data=data)
    voice.Speaker(c)
    c.login(s)
    c.wait_status(voice=1)
    got = c.run("listen", f"v:{entry}")
    assert got.returncode and got.stderr.count("\n") == 1, got
    assert c.run("listening").returncode
    # The program lives on.
    assert c.data("status")["connection"] == "online"
    assert s.query("SELECT heard_ms FROM voicemail")[0]["heard_ms"] == 0


def test_a_rate_and_length_that_are_lies(server, client):
    """Sound of 11025 Hz whose header claims four gigabytes."""
    c, s = client(), server()
    samples = sound.tone(700, 3, 11025)
    data = bytearray()
    data += b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0"
    data += (11025).to_bytes(4, "little") + (22050).to_bytes(4, "little")
    data += b"\2\0\x10\0data\xff\xff\xff\xff" + samples.tobytes()
    entry = voice.put(s, data=bytes(data), length_ms=3600 * 1000)
    speaker = voice.Speaker(c)
    c.login(s)
    c.wait_status(voice=1)
    c.command("listen", f"v:{entry}")
    assert abs(voice.wait_listening(c, loading=False)["length"] - 3000) < 50
    speaker.wait(700)
    voice.wait_silent(c)


def test_with_a_server_that_hands_out_none(server, client):
    s = server(plain=True)
    c = client()
    c.login(s)
    got = c.run("listen")
    assert got.returncode and "voice messages" in got.stderr
    t = c.attach(30, 100)
    t.send_keys("F3")
    assert "l listen" not in t.screen().text
