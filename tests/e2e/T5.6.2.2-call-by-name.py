"""Call by name: type the beginning, Enter on the hit; the colleague answers,
sound goes both ways, and the call stands in Conversations with its length."""
import re

import pytest

from desk import Desk
from harness import sound, wait_until


def heard(path, seconds):
    """(rate, samples) of what came last; None until there is so much."""
    try:
        rate, samples = sound.read(path)
    except (OSError, ValueError):
        return None
    n = int(seconds * rate)
    return (rate, samples[-n:]) if len(samples) >= n else None


def voice(box, rate=48000):
    """(config of a phone that says a melody and writes what it hears, the
    melody, path of what is heard)"""
    said = sound.chirp(400, 2000, 1.5, rate=rate)
    pause = type(said)("h", [0] * (rate // 2))
    sound.write(box.path / "said.wav", said + pause, rate)
    path = box.path / "heard.wav"
    return ("set voip on", f"set audio_input file:{box.path}/said.wav",
            f"set audio_output file:{path}"), said, path


@pytest.mark.parametrize("rate", [48000, 16000])
def test_call_by_name_and_talk(logged_in, box, rate):
    config, said, path = voice(box, rate)
    c = logged_in(config=config)
    c.wait_status(voip=True)
    t = c.attach(30, 100)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.type("erl")
    t.wait_for(lambda s: s[3].startswith("▌") and "Agner Erlang" in s[3])
    t.send_keys("Enter")
    t.wait_for("rings there")
    t.wait_for(re.compile(r"Agner Erlang 201.*talking"))

    # Agner repeats what he hears: it has gone there and come back.
    def same():
        got = heard(path, 5)
        return got and sound.likeness(said, got[1], rate, got[0]) > 0.6

    wait_until(same, 20, "what was said comes back", every=0.5)
    t.send_keys("F12")
    t.wait_gone("talking")
    t.send_keys("F3")
    t.wait_for(re.compile(r"out +answered +0:\d\d"))


def test_music_is_heard(logged_in, box):
    config, _, path = voice(box)
    c = logged_in(config=config)
    c.wait_status(voip=True)
    c.command("dial", "202")
    wait_until(lambda: c.data("status").get("call", {}).get("state")
               == "talking", 15, "Hedy answers")

    def loud():
        got = heard(path, 2)
        return got and sound.loud_seconds(got[1], got[0]) > 1.5 \
            and sound.level(got[1]) > -40

    wait_until(loud, 15, "music", every=0.2)
    c.command("hangup")
    c.wait_status(calls=0)


def test_by_the_phone_on_the_desk(server, client):
    emma = Desk(client, server(), "200")
    t = emma.client.attach(30, 100)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.type("erl")
    t.wait_for(lambda s: s[3].startswith("▌") and "Agner Erlang" in s[3])
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile(r"Agner Erlang 201.*talking"))
    # He repeats what she says.
    emma.wait_hears(emma)
    t.send_keys("F12")
    t.wait_gone("talking")
    emma.phone.wait_no_call()
    t.send_keys("F3")
    t.wait_for(re.compile(r"out +answered +0:\d\d"))
