"""Sound by PulseAudio: a private server with null sinks for a loudspeaker and
a microphone; what the one plays is recorded, what the other hears is said."""
import pytest

from harness import sound, wait_until
from pulse import MISSING, RATE, Pulse
from tune import still_talks, talk

pytestmark = pytest.mark.skipif(
    MISSING, reason="pulseaudio and pulseaudio-utils are not installed")


@pytest.fixture
def pulse(box):
    return Pulse(box)


@pytest.fixture
def emma(pulse, server, client):
    """Emma's client; loudspeaker s1, microphone what is played to s2."""
    return logged_in(pulse, server, client)


def logged_in(pulse, server, client, output="pulse:s1",
              microphone="pulse:s2.monitor"):
    c = client(config=["set voip on", f"set audio_output {output}",
                       f"set audio_input {microphone}", "set ringer none"],
               env={"PULSE_SERVER": pulse.env["PULSE_SERVER"]})
    c.login(server(), "200")
    c.wait_status(voip=True)
    return c


def test_the_loudspeaker_plays_the_call(pulse, emma):
    pulse.record()
    assert not pulse.clients(), "connected while nothing sounds"
    talk(emma, "202")
    pulse.wait_tune()
    # Loudspeaker and microphone share one connection.
    assert len(pulse.clients()) == 1
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    # And once more, after the last stream has closed the connection.
    talk(emma, "202")
    pulse.wait_tune()


def test_the_microphone_is_heard(pulse, emma):
    pulse.record()
    talk(emma, "201")
    said = sound.chirp(400, 2000, 1.5, rate=RATE)
    path = sound.write(pulse.home / "said.wav", said, RATE)

    # Agner repeats what he hears: there and back, by both devices.
    def same():
        pulse.say(path).wait(10)
        got = pulse.last(4)
        return got and sound.likeness(said, got, RATE) > 0.6

    wait_until(same, 40, "what was said comes back", every=0.5)


def test_the_sound_server_ends_in_the_call(pulse, emma):
    talk(emma, "202")
    wait_until(pulse.clients, 5, "it is connected", every=0.1)
    pulse.proc.kill()
    pulse.proc.wait(5)
    wait_until(lambda: "PulseAudio: " in emma.log(), 5, "a line in the log")
    still_talks(emma)
    pulse.start()
    pulse.record()
    # The call goes on with the new one.
    pulse.wait_tune()
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    pulse.record()
    talk(emma, "202")
    pulse.wait_tune()


def test_a_headset_is_plugged_in_and_out(pulse, server, client):
    headset = pulse.plug("headset")
    emma = logged_in(pulse, server, client,
                     output="pulse:headset, pulse:s1, auto",
                     microphone="pulse:headset.monitor,pulse:s2.monitor")
    screen = emma.attach(cols=140)
    pulse.record("headset")
    talk(emma, "202")
    pulse.wait_tune()
    pulse.record("s1")
    pulse.unplug(headset)
    pulse.wait_tune()
    still_talks(emma)
    screen.wait_for("headset-phones does not work now; sound goes on with")
    headset = pulse.plug("headset")
    wait_until(lambda: "headset" in pulse.pactl("list", "short", "sinks"), 5,
               "the sink", every=0.1)
    pulse.record("headset")
    pulse.wait_tune()
    still_talks(emma)
    screen.wait_for("Sound is back: headset-phones")


def test_the_headset_is_not_there_at_first(pulse, server, client):
    emma = logged_in(pulse, server, client, output="pulse:headset, pulse:s1")
    pulse.record("s1")
    talk(emma, "202")
    pulse.wait_tune()
    headset = pulse.plug("headset")
    pulse.record("headset")
    pulse.wait_tune()
    pulse.unplug(headset)
    pulse.record("s1")
    pulse.wait_tune()
    still_talks(emma)
