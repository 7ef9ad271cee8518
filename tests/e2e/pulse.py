"""A PulseAudio server of the test's own, with null sinks for loudspeakers and
microphones: what one plays is recorded, what another hears is said."""
import array
import os
import shutil
import subprocess

import tune
from harness import wait_until

RATE = 16000
MISSING = not all(map(shutil.which, ("pulseaudio", "pactl", "parec",
                                     "paplay")))


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

    def wait_tune(self):
        """Until what is recorded is Hedy's tune."""
        tune.wait_tune(self.last, RATE)
