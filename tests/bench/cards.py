"""Sound cards without hardware (harness/alsa_card.c) for both programs alike.

A card knows when a sample was heard or played, so how long a sound was on its
way from one card to another can be told to a fraction of a millisecond.
"""
import array
import operator
import pathlib
import statistics
import subprocess

from harness import sound

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests/e2e/harness/alsa_card.c"
SYSTEM = pathlib.Path("/usr/share/alsa/alsa.conf")
RATE = 48000


class Card:
    """Of 48 kHz. heard is what it hears from when it is first opened on, then
    silence: a raw file, mono."""

    def __init__(self, home, name, heard):
        self.name, self.heard = name, heard
        self.state, self.log = home / f"{name}.state", home / f"{name}.log"
        self.played = home / f"{name}.out"
        self.state.write_text("\n")

    def config(self):
        return (f'pcm.{self.name} {{ type card state "{self.state}" '
                f'played "{self.played}" heard "{self.heard}" '
                f'log "{self.log}" }}\n')

    def times(self, way):
        """[(frame of the file, seconds of the monotonic clock)]"""
        rows = (line.split() for line in self.log.read_text().splitlines())
        return [(max(0, int(at)), int(ns) / 1e9) for kind, at, ns in rows
                if kind == way]

    def heard_at(self, sample):
        """When it heard that sample of its file."""
        at, t = [x for x in self.times("heard") if x[0] <= sample][-1]
        return t + (sample - at) / RATE

    def sound(self):
        """(when it began, samples): what it played, with silence for the
        times when there was nothing to play."""
        data = array.array("h", self.played.read_bytes()[:
                           self.played.stat().st_size // 2 * 2])
        times, out = self.times("played"), array.array("h")
        for n, (at, t) in enumerate(times):
            end = times[n + 1][0] if n + 1 < len(times) else len(data)
            gap = int((t - times[0][1]) * RATE) - len(out)
            out += array.array("h", bytes(2 * max(0, gap)))
            out += data[at:end]
        return times[0][1], out


class Cards:
    """A configuration of ALSA with these cards and none other."""

    def __init__(self, box, **heard):
        """heard: by the name of a card the path of what it hears"""
        home = box.folder("a")
        plugin = home / "card.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-DPIC", "-o",
                        plugin, SOURCE, "-lasound"], check=True)
        self.card = {name: Card(home, name, path)
                     for name, path in heard.items()}
        config = home / "asound.conf"
        config.write_text(f'<{SYSTEM}>\npcm_type.card {{ lib "{plugin}" }}\n'
                          + "".join(c.config() for c in self.card.values()))
        self.env = {"ALSA_CONFIG_PATH": config,
                    "PULSE_SERVER": f"unix:{home}/nobody"}

    def __getitem__(self, name):
        return self.card[name]


def _best(piece, within):
    """(likeness, where) of a piece in what is longer."""
    power = sum(map(operator.mul, piece, piece))
    n, best = len(piece), (0.0, 0)
    square = sum(map(operator.mul, within[:n], within[:n]))
    for at in range(len(within) - n):
        if square > power / 100:
            like = sum(map(operator.mul, piece, within[at:at + n]))
            if like > 0 and like * like / (square * power) > best[0]:
                best = like * like / (square * power), at
        square += within[at + n] ** 2 - within[at] ** 2
    return best[0] ** 0.5, best[1]


def delays(mouth, ear, pieces, longest=0.8, least=0.6):
    """Seconds from one card's microphone to another's loudspeaker, for each
    of the pieces (first sample, end) of what it heard; what is not found is
    left out."""
    thin, said = 12, array.array("h", mouth.heard.read_bytes())
    begin, played = ear.sound()
    out = []
    for first, end in pieces:
        spoken = mouth.heard_at(first)
        at = int((spoken - begin) * RATE)
        if at < 0:
            continue
        piece = sound.resample(said[first:end], thin, 1)
        within = sound.resample(
            played[at:at + end - first + int(longest * RATE)], thin, 1)
        like, where = _best(piece, within)
        if like >= least:
            out.append(where * thin / RATE)
    return out


def middle(values):
    """Their median in ms as a text."""
    return f"{statistics.median(values) * 1000:.0f} ms" if values \
        else "not heard"
