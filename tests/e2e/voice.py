"""Voice messages that are there already, and what of them is heard."""
import array
import os
import sqlite3
import time

from harness import sound, wait_until

# One tone each two seconds: what is heard says where in it one is.
STEPS = (500, 800, 1100, 1400, 1700, 2000)
STEP_S = 2


def steps(rate=8000):
    """The message: twelve seconds, six tones."""
    out = array.array("h")
    for hz in STEPS:
        out += sound.tone(hz, STEP_S, rate)
    return out


def put(server, owner="200", number="201", name="Agner Erlang", samples=None,
        data=None, heard_ms=0, at_ms=None, length_ms=None):
    """File a message in a box while the server is not there; its id. The
    sound is samples, or a file of any bytes (data)."""
    running = server.running()
    if running:
        server.stop()
    samples = steps() if samples is None else samples
    db = sqlite3.connect(server.database())
    with db:
        got = db.execute(
            "INSERT INTO voicemail(owner, at_ms, length_ms, number, name, "
            "heard_ms) VALUES(?, ?, ?, ?, ?, ?)",
            (owner, at_ms or int(time.time() * 1000),
             length_ms or len(samples) // 8, number, name, heard_ms))
        entry = got.lastrowid
    db.close()
    folder = server.state / "voicemail"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{entry}.wav"
    if data is None:
        sound.write(path, samples, 8000)
    else:
        path.write_bytes(data)
    os.chmod(path, 0o600)
    if running:
        server.start()
    return entry


class Speaker:
    """A client's loudspeaker: a file. The built-in phone is not used for
    calls."""

    def __init__(self, client):
        self.heard = client.home / "heard.wav"
        client.configure([f"set audio_output file:{self.heard}"])

    def all(self):
        try:
            return sound.read(self.heard)
        except (OSError, ValueError):
            return 48000, array.array("h")

    def last(self, seconds):
        rate, samples = self.all()
        n = int(rate * seconds)
        return (rate, samples[-n:]) if len(samples) >= n else None

    def hears(self, hz, seconds=0.3):
        got = self.last(seconds)
        return bool(got and sound.level(got[1]) > -20 and
                    sound.goertzel(got[1], got[0], hz) > 0.8)

    def wait(self, hz, timeout=10):
        wait_until(lambda: self.hears(hz), timeout, f"{hz} Hz are heard",
                   every=0.05)

    def rests(self):
        """Nothing is written to it any more."""
        size = self.heard.stat().st_size if self.heard.exists() else 0
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            if self.heard.exists() and self.heard.stat().st_size != size:
                return False
            time.sleep(0.05)
        return True


def wait_listening(client, **want):
    """Until `offhook listening` says so; all that it says."""
    seen = {}

    def fits():
        got = client.run("--json", "listening")
        seen.clear()
        if got.returncode == 0:
            import json
            seen.update(json.loads(got.stdout))
        return seen and all(seen.get(k) == v for k, v in want.items())
    wait_until(fits, 10, lambda: f"listening {want}; it is {seen}",
               every=0.05)
    return dict(seen)


def wait_silent(client):
    wait_until(lambda: client.run("listening").returncode, 10,
               "no message is listened to")
