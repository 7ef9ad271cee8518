"""Sound by PulseAudio: a private server with null sinks for a loudspeaker and
a microphone; what the one plays is recorded, what the other hears is said."""
import array
import os
import shutil
import subprocess

import pytest

import tune
from harness import sound, wait_until
from tune import still_talks, talk

RATE = 16000

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("pulseaudio", "pactl", "parec", "paplay"))),
    reason="pulseaudio and pulseaudio-utils are not installed")


class Pulse:
    """A sound server of the test's own, with the sinks s1 and s2."""

    def __init__(self, box):
        self.box, self.home = box, box.folder("p")
        self.proc = self.recorder = None
        self.raw = self.home / "played.raw"
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

    def plug(self, name):
        """Another sink, until unplug()ged with what this returns."""
        return self.pactl("load-module", "module-null-sink", "rate=48000",
                          f"sink_name={name}",
                          f"sink_properties=device.description={name}-phones"
                          ).strip()

    def unplug(self, module):
        self.pactl("unload-module", module)

    def record(self, sink="s1"):
        """Begin to record what a sink plays, and that only."""
        if self.recorder:
            self.recorder.terminate()
            self.recorder.wait(5)
        self.recorder = self.box.popen(
            ["parec", "-d", sink + ".monitor", "--format=s16le", "--channels=1",
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
    return logged_in(pulse, server, client)


def logged_in(pulse, server, client, output="pulse:s1",
              microphone="pulse:s2.monitor"):
    c = client(config=["set voip on", f"set audio_output {output}",
                       f"set audio_input {microphone}", "set ringer none"],
               env={"PULSE_SERVER": pulse.env["PULSE_SERVER"]})
    c.login(server(), "200")
    c.wait_status(voip=True)
    return c


def wait_tune(pulse):
    tune.wait_tune(pulse.last, RATE)


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
    still_talks(emma)
    pulse.start()
    pulse.record()
    # The call goes on with the new one.
    wait_tune(pulse)
    emma.command("hangup")
    emma.wait_status(calls=0)
    wait_until(lambda: not pulse.clients(), 5, "it leaves the sound server",
               every=0.1)
    pulse.record()
    talk(emma, "202")
    wait_tune(pulse)


def test_a_headset_is_plugged_in_and_out(pulse, server, client):
    headset = pulse.plug("headset")
    emma = logged_in(pulse, server, client,
                     output="pulse:headset, pulse:s1, auto",
                     microphone="pulse:headset.monitor,pulse:s2.monitor")
    screen = emma.attach(cols=140)
    pulse.record("headset")
    talk(emma, "202")
    wait_tune(pulse)
    pulse.record("s1")
    pulse.unplug(headset)
    wait_tune(pulse)
    still_talks(emma)
    screen.wait_for("headset-phones does not work now; sound goes on with")
    headset = pulse.plug("headset")
    wait_until(lambda: "headset" in pulse.pactl("list", "short", "sinks"), 5,
               "the sink", every=0.1)
    pulse.record("headset")
    wait_tune(pulse)
    still_talks(emma)
    screen.wait_for("Sound is back: headset-phones")


def test_the_headset_is_not_there_at_first(pulse, server, client):
    emma = logged_in(pulse, server, client, output="pulse:headset, pulse:s1")
    pulse.record("s1")
    talk(emma, "202")
    wait_tune(pulse)
    headset = pulse.plug("headset")
    pulse.record("headset")
    wait_tune(pulse)
    pulse.unplug(headset)
    pulse.record("s1")
    wait_tune(pulse)
    still_talks(emma)
