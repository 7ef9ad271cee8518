"""Sound by PulseAudio: a private server with null sinks for a loudspeaker and
a microphone; what the one plays is recorded, what the other hears is said."""
import array
import os
import shutil
import subprocess

import pytest

from harness import sound, wait_until

RATE = 16000
# Notes of the tune that Hedy plays, equal temperament over A4.
NOTES = [440 * 2 ** (key / 12) for key in (3, 5, 7, 8, 10)]

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("pulseaudio", "pactl", "parec", "paplay"))),
    reason="pulseaudio and pulseaudio-utils are not installed")


class Pulse:
    """A sound server of the test's own, with the sinks s1 and s2."""

    def __init__(self, box):
        self.box, self.home = box, box.folder("p")
        self.proc = self.recorder = None
        self.raw = self.home / "s1.raw"
        self.socket = self.home / "native"
        self.env = box.environment(self.home, XDG_RUNTIME_DIR=self.home,
                                   PULSE_SERVER=f"unix:{self.socket}")
        box.add(self)
        self.start()

    def start(self):
        self.socket.unlink(missing_ok=True)
        own = {k: v for k, v in self.env.items() if k != "PULSE_SERVER"}
        sink = "module-null-sink rate=48000 sink_name="
        self.proc = self.box.popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
             "--use-pid-file=no", "--disable-shm=yes", "--realtime=no",
             "--high-priority=no", "-L", sink + "s1", "-L", sink + "s2",
             "-L", f"module-native-protocol-unix socket={self.socket} "
             "auth-anonymous=1"],
            env=own, cwd=self.home, stderr=open(self.home / "pulse.log", "w"))
        wait_until(lambda: "s2" in self.pactl("list", "short", "sinks"), 15,
                   self.log, every=0.1)

    def log(self):
        return (self.home / "pulse.log").read_text()

    def report(self):
        return [("pulseaudio", self.log()[-4000:])]

    def close(self):
        for proc in (self.recorder, self.proc):
            if proc and proc.poll() is None:
                proc.terminate()
                proc.wait(5)

    def pactl(self, *args):
        return self.box.run(["pactl", *args], env=self.env).stdout

    def clients(self):
        """Connections of the program under test."""
        return [line for line in self.pactl("list", "short",
                                            "clients").splitlines()
                if "offhook" in line]

    def record(self):
        """Begin to record what s1 plays."""
        self.recorder = self.box.popen(
            ["parec", "-d", "s1.monitor", "--format=s16le", "--channels=1",
             f"--rate={RATE}", "--latency-msec=50"], env=self.env,
            stdout=open(self.raw, "wb"), stderr=subprocess.DEVNULL)

    def say(self, path):
        """Play a file once into s2, so that its monitor hears it."""
        return self.box.popen(["paplay", "-d", "s2", path], env=self.env,
                              stderr=subprocess.DEVNULL)

    def last(self, seconds):
        """What s1 played last; None until there is so much."""
        n = 2 * int(seconds * RATE)
        size = os.path.getsize(self.raw) // 2 * 2
        if size < n:
            return None
        with open(self.raw, "rb") as f:
            f.seek(size - n)
            return array.array("h", f.read(n))


@pytest.fixture
def pulse(box):
    return Pulse(box)


@pytest.fixture
def emma(pulse, server, client):
    """Emma's client; loudspeaker s1, microphone what is played to s2."""
    c = client(config=["set voip on", "set audio_output pulse:s1",
                       "set audio_input pulse:s2.monitor", "set ringer none"],
               env={"PULSE_SERVER": pulse.env["PULSE_SERVER"]})
    c.login(server(), "200")
    c.wait_status(voip=True)
    return c


def talk(c, number):
    c.command("dial", number)
    wait_until(lambda: c.data("status").get("call", {}).get("state")
               == "talking", 15, f"{number} answers", every=0.05)


def tuneful(samples):
    """Share of the time that one of the tune's notes, and no other, sounds."""
    frames = sound.frames(samples, RATE)
    notes = [f for f in frames if sound.level(f) > -60
             and max(sound.goertzel(f, RATE, hz) for hz in NOTES) > 0.6]
    return len(notes) / len(frames)


def wait_tune(pulse):
    seen = []

    def heard():
        got = pulse.last(2)
        seen[:] = [got and (sound.level(got), tuneful(got))]
        # Beside three programs that leave no processor free it is 0.85.
        return got and sound.level(got) > -40 and tuneful(got) > 0.8

    wait_until(heard, 20, lambda: f"the tune from s1; (level, share): {seen}",
               every=0.3)


def test_the_loudspeaker_plays_the_call(pulse, emma):
    pulse.record()
    assert not pulse.clients(), "connected while nothing sounds"
    talk(emma, "202")
    wait_tune(pulse)
    # Loudspeaker and microphone share one connection.
    assert len(pulse.clients()) == 1
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    # And once more, after the last stream has closed the connection.
    talk(emma, "202")
    wait_tune(pulse)


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
    assert emma.data("status")["call"]["state"] == "talking"
    pulse.start()
    pulse.record()
    emma.command("hangup")
    emma.wait_status(calls=0)
    # The next call finds the new one.
    talk(emma, "202")
    wait_tune(pulse)
