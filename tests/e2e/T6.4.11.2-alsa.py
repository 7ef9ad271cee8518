"""Sound by ALSA: cards without hardware (harness/alsa_card.c), which are
plugged in and out, sleep and stumble as those of flesh do."""
import array
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import tune
from harness import sound, wait_until
from tune import still_talks, talk

RATE = 48000
SOURCE = pathlib.Path(__file__).with_name("harness") / "alsa_card.c"
SYSTEM = pathlib.Path("/usr/share/alsa/alsa.conf")

pytestmark = pytest.mark.skipif(
    not shutil.which("cc") or not SYSTEM.exists(),
    reason="no compiler, or libasound2-data is not installed")


class Card:
    def __init__(self, home, name):
        self.name, self.state = name, home / f"{name}.state"
        self.played, self.heard = home / f"{name}.out", home / f"{name}.in"
        self.heard.write_bytes(b"")
        self.plug()

    def plug(self, state=""):
        self.state.write_text(state + "\n")

    def unplug(self):
        self.state.unlink()

    def config(self):
        return (f'pcm.{self.name} {{ type card state "{self.state}" '
                f'played "{self.played}" heard "{self.heard}" }}\n')

    def forget(self):
        """What was played so far."""
        if self.played.exists():
            os.truncate(self.played, 0)

    def last(self, seconds):
        """What it played last at a third of the rate, or None."""
        n = 2 * int(seconds * RATE)
        size = self.played.stat().st_size if self.played.exists() else 0
        if size < n:
            return None
        with open(self.played, "rb") as f:
            f.seek(size // 2 * 2 - n)
            return array.array("h", f.read(n))[::3]


class Cards:
    """A configuration of ALSA with the cards a and b, and none other."""

    def __init__(self, box):
        self.home = box.folder("a")
        plugin = self.home / "card.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-DPIC", "-o", plugin, SOURCE,
                        "-lasound"], check=True)
        self.a, self.b = Card(self.home, "a"), Card(self.home, "b")
        config = self.home / "asound.conf"
        config.write_text(f'<{SYSTEM}>\npcm_type.card {{ lib "{plugin}" }}\n'
                          "pcm.idle { type null }\n"
                          + self.a.config() + self.b.config())
        self.env = {"ALSA_CONFIG_PATH": config,
                    "PULSE_SERVER": f"unix:{self.home}/nobody"}


@pytest.fixture
def cards(box):
    return Cards(box)


@pytest.fixture
def emma(cards, server, client):
    return logged_in(cards, server, client)


def logged_in(cards, server, client, output="alsa:a, alsa:b",
              microphone="alsa:a,alsa:b"):
    c = client(config=["set voip on", f"set audio_output {output}",
                       f"set audio_input {microphone}", "set ringer none"],
               env=cards.env)
    c.login(server(), "200")
    c.wait_status(voip=True)
    return c


def wait_tune(card):
    card.forget()
    tune.wait_tune(card.last, RATE // 3)


def wait_size(card):
    """Until it plays on."""
    size = card.played.stat().st_size
    wait_until(lambda: card.played.stat().st_size > size + 2 * RATE, 10,
               "it plays")


def stands_still(card):
    size = card.played.stat().st_size
    time.sleep(0.3)
    return card.played.stat().st_size == size


def test_a_card_plays_and_hears(cards, emma):
    said = sound.chirp(400, 2000, 1.5, rate=RATE)
    silence = array.array("h", bytes(2 * RATE))
    cards.a.heard.write_bytes((said + silence).tobytes() * 12)
    # Agner repeats what he hears.
    talk(emma, "201")

    def same():
        got = cards.a.last(5)
        return got and sound.likeness(said[::3], got, RATE // 3) > 0.6

    wait_until(same, 30, "what was said comes back", every=0.5)
    emma.command("hangup")
    emma.wait_status(calls=0)
    talk(emma, "202")
    wait_tune(cards.a)


def test_a_card_is_plugged_out_and_in(cards, emma):
    screen = emma.attach(cols=140)
    talk(emma, "202")
    wait_tune(cards.a)
    cards.a.unplug()
    wait_tune(cards.b)
    still_talks(emma)
    screen.wait_for("does not work now; sound goes on with")
    cards.a.plug()
    wait_tune(cards.a)
    still_talks(emma)
    screen.wait_for("Sound is back:")
    cards.b.forget()
    wait_size(cards.a)
    assert not cards.b.played.stat().st_size


def test_a_card_sleeps_and_stumbles(cards, emma):
    talk(emma, "202")
    wait_tune(cards.a)
    cards.a.plug("sleep")
    wait_until(lambda: stands_still(cards.a), 5, "it sleeps")
    still_talks(emma)
    cards.a.plug()
    wait_tune(cards.a)
    for _ in range(5):
        cards.a.plug("xrun")
        wait_size(cards.a)
    wait_tune(cards.a)
    assert not cards.b.played.exists()
    assert "does not work" not in emma.log()


def test_a_card_without_a_clock_costs_no_processor(cards, server, client):
    emma = logged_in(cards, server, client, "alsa:idle", "alsa:idle")
    talk(emma, "202")
    core = emma.core()

    def ticks():
        stat = pathlib.Path(f"/proc/{core}/stat").read_text().split()
        return sum(map(int, stat[13:15]))

    begin = ticks()
    time.sleep(2)
    # A loop without a pause would be 200.
    assert ticks() - begin < 60
    still_talks(emma)


def test_no_card_at_all(cards, server, client):
    cards.a.unplug()
    cards.b.unplug()
    emma = logged_in(cards, server, client, "alsa:a", "none")
    screen = emma.attach(cols=140)
    talk(emma, "202")
    screen.wait_for("Sound does not work: ALSA: a: there is no such device")
    cards.a.plug()
    wait_tune(cards.a)
    still_talks(emma)
