"""How the built-in phone sounds: devices listed and tried, volumes, levels,
a ringer of its own, and nothing at all while it rests."""
import pathlib
import time

import pytest

from harness import sound, wait_until
from pulse import MISSING, RATE, Pulse
from tune import talk

pytestmark = pytest.mark.skipif(
    MISSING, reason="pulseaudio and pulseaudio-utils are not installed")


@pytest.fixture
def pulse(box):
    return Pulse(box)


@pytest.fixture
def emma(pulse, server, client):
    c = client(config=["set voip on", "set audio_output pulse:s1",
                       "set audio_input pulse:s2.monitor",
                       "set ringer pulse:s2"],
               env={"PULSE_SERVER": pulse.env["PULSE_SERVER"]})
    c.login(server(), "200")
    c.wait_status(voip=True)
    return c


def level(pulse):
    """How loud s1 was in the last two seconds."""
    got = pulse.last(2)
    return sound.level(got) if got else None


def libraries(emma):
    """Of sound, in the core."""
    maps = pathlib.Path(f"/proc/{emma.core()}/maps").read_text()
    return {name for name in ("libpulse", "libasound", "offhook-pulse",
                              "offhook-alsa") if name in maps}


def test_nothing_at_rest(pulse, emma):
    assert not libraries(emma)
    assert not pulse.clients()
    talk(emma, "202")
    # PulseAudio answers: ALSA is not looked at.
    assert libraries(emma) == {"libpulse", "offhook-pulse"}
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    names = [p.read_text().strip() for p in pathlib.Path(
        f"/proc/{emma.core()}/task").glob("*/comm")]
    assert not [n for n in names if "pulse" in n or "threaded-ml" in n], names


def test_devices_are_listed(pulse, emma):
    pulse.plug("headset")
    got = emma.data("devices")
    assert [d["name"] for d in got] == ["pulse:s1", "pulse:s2",
                                        "pulse:headset"]
    assert {d["role"] for d in got} == {"output"}
    assert got[2]["text"] == "headset-phones"
    assert sum(d["standard"] for d in got) == 1
    text = emma.command("devices", "output")
    assert "pulse:headset" in text and "headset-phones" in text
    assert not pulse.clients(), "connected while nothing sounds"


def test_devices_are_completed(pulse, emma):
    screen = emma.attach(cols=120)
    screen.wait_for("Favourites")
    screen.type(":set audio_outp")
    screen.send_keys("Tab")
    screen.wait_for("set audio_output")
    emma.data("devices")
    screen.type(" pulse:s")
    screen.send_keys("Tab")
    screen.wait_for("pulse:s2")


def test_a_tone_and_a_loop(pulse, emma):
    pulse.record()
    emma.command("soundtest", "tone")
    wait_until(lambda: (got := pulse.last(1)) and sound.goertzel(
        got, RATE, 1000) > 0.9, 5, "the test tone", every=0.2)
    emma.command("soundtest", "stop")
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    emma.command("soundtest", "loop")
    said = sound.chirp(400, 2000, 1.5, rate=RATE)
    pulse.say(sound.write(pulse.home / "said.wav", said, RATE))

    def comes_back():
        got = pulse.last(4)
        return got and sound.likeness(said, got, RATE) > 0.6

    wait_until(comes_back, 10, "what was said is heard again", every=0.5)
    # A call takes the devices.
    talk(emma, "202")
    pulse.record()
    pulse.wait_tune()
    assert emma.run("soundtest").returncode
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)


def test_volume_in_a_call(pulse, emma):
    pulse.record()
    talk(emma, "202")
    pulse.wait_tune()
    before = level(pulse)
    emma.command("volume", "50")
    # Half of the scale is an eighth of the amplitude.
    wait_until(lambda: abs(before - 18 - level(pulse)) < 3, 10,
               lambda: f"18 dB less: {before}, {level(pulse)}", every=0.3)
    screen = emma.attach(cols=120)
    screen.wait_for("talking")
    screen.send_keys("+")
    wait_until(lambda: emma.data("volume")["output"] == 60, 5, "one step up")
    screen.send_keys("-")
    screen.send_keys("-")
    wait_until(lambda: emma.data("volume")["output"] == 40, 5, "two down")
    assert emma.run("volume", "loud").returncode


def test_levels(pulse, emma):
    assert not emma.data("levels")["on"]
    talk(emma, "202")
    pulse.say(sound.write(pulse.home / "said.wav",
                          sound.chirp(300, 2500, 15, rate=RATE), RATE))
    wait_until(lambda: (got := emma.data("levels"))["on"]
               and got["output"] > -40 and got["input"] > -40, 10,
               "both are heard", every=0.3)
    screen = emma.attach(cols=120)
    screen.wait_for("talking")
    screen.send_keys("L")
    screen.wait_for("said ▮▮▮")
    screen.wait_for("heard ▮▮▮")
    screen.send_keys("L")
    screen.wait_gone("said ▮")
    screen.send_keys("L")
    screen.wait_for("heard ▮")
    emma.command("hangup")
    # It goes with what it shows.
    screen.wait_gone("heard ▮")
    wait_until(lambda: not emma.data("levels")["on"], 5, "it rests")


def test_the_meter_without_a_call(pulse, emma):
    screen = emma.attach(cols=120)
    screen.wait_for("Favourites")
    screen.type(":meter")
    screen.send_keys("Enter")
    screen.wait_for("said ▯▯")
    pulse.say(sound.write(pulse.home / "said.wav",
                          sound.chirp(300, 2500, 5, rate=RATE), RATE))
    screen.wait_for("said ▮▮▮")
    screen.wait_for("heard ▮▮▮")
    screen.type(":soundtest stop")
    screen.send_keys("Enter")
    screen.wait_gone("heard")


def test_the_system_moves_the_sound(pulse, server, client):
    """What nobody has named, the sound server may move about."""
    c = client(config=["set voip on", "set audio_input none"],
               env={"PULSE_SERVER": pulse.env["PULSE_SERVER"]})
    c.login(server(), "200")
    c.wait_status(voip=True)
    screen = c.attach(cols=120)
    talk(c, "202")
    pulse.plug("headset")
    pulse.record("headset")

    def mine():
        return [line.split()[0] for line in pulse.pactl(
            "list", "short", "sink-inputs").splitlines()]

    wait_until(lambda: len(mine()) == 1, 5, "its stream", every=0.1)
    pulse.pactl("move-sink-input", mine()[0], "headset")
    pulse.wait_tune()
    screen.wait_for("Sound goes on with headset-phones.")


def test_the_ringer_has_its_own_device(pulse, emma):
    pulse.record("s2")
    emma.command("soundtest", "ring")
    # The bell's two notes of its first half second.
    wait_until(lambda: (got := pulse.last(2)) and sum(
        sound.goertzel(f, RATE, 587) + sound.goertzel(f, RATE, 740) > 0.8
        for f in sound.frames(got, RATE)) > 5, 8, "the bell", every=0.3)
    pulse.record("s1")
    time.sleep(1)
    assert level(pulse) is None or level(pulse) < -80


def test_switches_in_a_call(pulse, emma):
    """What is done to the voice may change while it is spoken."""
    said = sound.chirp(400, 2000, 1.5, rate=RATE)
    path = sound.write(pulse.home / "said.wav", said, RATE)
    pulse.record()
    talk(emma, "201")
    for name in ("gain_control", "echo_cancelling", "noise_suppression",
                 "gain_control", "echo_cancelling"):
        now = "off" if emma.data("show", name)[name] == "on" else "on"
        emma.command("set", name, now)
    emma.command("set", "echo_cancelling", "off")

    def same():
        pulse.say(path).wait(10)
        got = pulse.last(4)
        return got and sound.likeness(said, got, RATE) > 0.6

    wait_until(same, 40, "what was said comes back", every=0.5)


def test_how_a_call_sounds_is_kept_with_it(server, client):
    """Said while it goes on, and with the conversation afterwards, also when
    offhook has been started anew."""
    emma = client(config=["set voip on", "set audio_output none",
                          "set audio_input none"])
    emma.start()
    emma.command("slot", "1", "automatic", "on")
    emma.login(server(), "200")
    emma.wait_status(voip=True)
    talk(emma, "202")
    # Until something has been heard there is nothing to say.
    wait_until(lambda: emma.run("quality").returncode == 0
               and "mos" in emma.data("quality"), 20,
               "a second of packets says how it sounds", every=0.2)
    got = emma.data("quality")
    assert got["codec"] in ("opus", "G722", "PCMA", "PCMU")
    assert 1 <= got["mos"] <= 4.5 and 0 <= got["lost"] <= 100, got
    assert not emma.data("calls")[0]["poor"]
    emma.command("hangup")
    emma.wait_status(calls=0)

    def kept():
        entries = [e for v in emma.data("history") for e in v["entries"]
                   if v["number"] == "202" and "quality" in e]
        return entries and entries[-1]["quality"]
    wait_until(kept, 10, "it stands with the call")
    before = kept()
    assert before["codec"] == got["codec"]
    emma.quit()
    emma.start()
    emma.wait_status(connection="online")
    wait_until(kept, 20, "it stands there after a restart")
    assert kept() == before
