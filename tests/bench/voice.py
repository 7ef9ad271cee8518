#!/usr/bin/python3
"""How much of what is said over a bad line can be understood, and when it is
heard.

usage: voice.py BUILD-DIR [SENTENCES]

A hundred sentences are spoken over opus from phone to phone through a bad line:
from offhook to offhook, from baresip to baresip, as it is installed and with
its error correction switched on, and from baresip as it is to offhook. All at
once, in one network, and packet by packet with the same fate; all speak and
hear by the same kind of sound card (cards.py). What the cards have played is
read by pocketsphinx, which knows the sentences' grammar: the first figure is
the share of words that it got wrong. The second is the time from mouth to ear.
Needs root, for network namespaces, and half an hour on two processors.
"""
import array
import concurrent.futures
import json
import os
import pathlib
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/interop")]
sys.dont_write_bytecode = True

from harness import Box, Client, Failure, Server, line, sound  # noqa: E402
from harness import box as boxes, wait_until  # noqa: E402
from cards import Cards, delays, middle  # noqa: E402
from peer import Baresip, add_user  # noqa: E402

RATE, GAP_S, LEAD_S, PIECES, PIECE_S = 48000, 0.8, 12, 12, 0.4
PASSWORD = "Exchange-1878"
CALLS = {"own": "offhook", "mixed": "baresip to offhook",
         "plain": "baresip", "fec": "baresip with FEC"}
FEC = ["opus_inbandfec yes", "opus_packet_loss 10"]
MODEL = pathlib.Path("/usr/share/pocketsphinx/model/en-us")
VOICE = ["-v", "en-us+f3", "-s", "140"]
WORDS = {
    "verb": ["call", "ask", "tell", "meet", "visit"],
    "who": ["robert", "amanda", "michael", "jessica", "the manager",
            "the doctor", "my sister"],
    "where": ["in the office", "at the station", "in the garden",
              "near the river", "behind the hotel"],
    "day": ["on monday", "on tuesday", "on thursday", "on saturday",
            "tomorrow"],
    "time": ["after breakfast", "before dinner", "at seven", "at eleven",
             "at twenty past four"],
}
LINES = {
    "a good line": {},
    "5 % lost": {"loss": 5},
    "10 % lost": {"loss": 10},
    "20 % lost": {"loss": 20},
    "60 ms jitter": {"jitter": 60},
}


def sentences(count):
    pick = random.Random(4)
    return [" ".join(["please", *(pick.choice(w) for w in WORDS.values())])
            for _ in range(count)]


def spoken(texts, path):
    """All of them as a raw file of 48 kHz mono, for a card to hear; where each
    begins, and the end."""
    out = array.array("h", bytes(2 * LEAD_S * RATE))
    one, begins = path.with_suffix(".one.wav"), []
    for text in texts:
        subprocess.run(["espeak-ng", *VOICE, "-w", one, text], check=True)
        rate, samples = sound.read(one)
        begins.append(len(out))
        out += sound.resample(samples, rate, RATE)
        out += array.array("h", bytes(2 * int(GAP_S * RATE)))
    path.write_bytes(out.tobytes())
    return begins, len(out)


class Far(Client):
    """offhook at the far end of the line."""

    def __init__(self, box, via, config, env):
        super().__init__(box, config, env=env)
        self.via = list(via)

    def start(self):
        got = self.box.run([*self.via, boxes.build / "offhook-core",
                            "--ready-fd", "1"], env=self.env, cwd=self.home)
        if got.returncode:
            raise Failure(f"offhook-core: {got.stderr}")


def offhook(box, server, cards, name, user, via=()):
    """A client of ours with that card."""
    c = Far(box, via, f"set voip on\nset audio_input alsa:{name}\n"
                      f"set audio_output alsa:{name}\nset ringer none\n",
            cards.env)
    c.login(server, user, PASSWORD, timeout=60)
    c.wait_status(60, voip=True)
    return c


def heard(speech, said, terms, folder):
    """In a network namespace of its own: what all made of the speech, as
    files in the folder. said: (where its sentences begin, its end)"""
    line.leave()
    boxes.adopt_orphans()
    box = Box("voice")
    try:
        bad = box.add(line.Line())
        server = Server(box, host=bad.near)
        cards = Cards(box, **{f"{end}_{call}": speech if end == "mouth"
                              else "/dev/null" for call in CALLS
                              for end in ("mouth", "ear")})
        for user in ("240", "241", "250", "251", "252", "260", "261", "262"):
            add_user(server, user, "Bad Line", PASSWORD)
        mouth = offhook(box, server, cards, "mouth_own", "260")
        ears = [offhook(box, server, cards, f"ear_{call}", user, bad.via)
                for call, user in (("own", "261"), ("mixed", "262"))]

        def phone(card, user, **more):
            p = Baresip(server, user, codec="opus/48000/2", dump=False,
                        card=card, env=cards.env, **more)
            p.wait_registered()
            return p

        phone("ear_plain", "240", answer="auto", host=bad.far, via=bad.via)
        phone("ear_fec", "241", answer="auto", host=bad.far, via=bad.via,
              more=FEC)
        says = [phone("mouth_mixed", "250", host=bad.near),
                phone("mouth_plain", "251", host=bad.near),
                phone("mouth_fec", "252", host=bad.near, more=FEC)]
        mouth.control().do("dial", "261")
        says[0].do("dial", "262")
        for ear in ears:
            control = ear.control()
            wait_until(lambda c=control: c.data("status").get("call", {}).get(
                "state") == "ringing-in", 40, "it rings")
            control.do("answer")
        says[1].do("dial", "240")
        says[2].do("dial", "241")
        for p in says:
            p.wait_event("CALL_ESTABLISHED", 40)
        # What is set up is set up: from now on it is about voices.
        bad.become(**terms)
        begins, end = said
        mouths = {call: cards[f"mouth_{call}"] for call in CALLS}
        last = max(wait_until(lambda m=m: m.log.exists() and m.times("heard"),
                              20, "its card listens") and m.heard_at(end)
                   for m in mouths.values())
        # All of it is spoken: time is what this is about.
        time.sleep(max(0, last + 2 - time.monotonic()))
        pieces = [(b + RATE // 4, b + RATE // 4 + int(PIECE_S * RATE))
                  for b in begins[::max(1, len(begins) // PIECES)]]
        out = {}
        for call, m in mouths.items():
            ear = cards[f"ear_{call}"]
            out[call] = delays(m, ear, pieces, least=0.5)
            sound.write(folder / f"{call}.wav", ear.sound()[1], RATE)
        (folder / "delays").write_text(json.dumps(out))
    except Failure as err:
        sys.exit(f"{terms}: {err}")
    finally:
        for text in box.close():
            print(text, file=sys.stderr)


def grammar(path):
    rules = "".join(f"<{name}> = {' | '.join(words)};\n"
                    for name, words in WORDS.items())
    path.write_text("#JSGF V1.0;\ngrammar office;\n" + rules +
                    "public <sentence> = please <" +
                    "> <".join(WORDS) + ">;\n")


def pieces(samples, rate):
    """What stands between pauses, with a little silence around."""
    step, pad = rate // 20, array.array("h", bytes(2 * rate // 4))
    floor = sound.level(samples) - 35
    out, begin, quiet = [], None, 0
    for at in range(0, len(samples) + 1, step):
        if sound.level(samples[at:at + step]) > floor:
            begin, quiet = at if begin is None else begin, 0
        elif begin is not None:
            quiet += 1
            if quiet * step >= 0.4 * rate or at + step > len(samples):
                out.append(pad + samples[begin:at] + pad)
                begin = None
    return out


def understood(path, jsgf):
    """The words that are recognised in it."""
    plain, folder = path.with_suffix(".16k.wav"), path.with_suffix(".d")
    subprocess.run(["sox", path, "-r", "16000", "-c", "1", "-b", "16", plain],
                   check=True, stderr=subprocess.DEVNULL)
    rate, samples = sound.read(plain)
    folder.mkdir()
    names = []
    for n, piece in enumerate(pieces(samples, rate)):
        names.append(f"{n:04}")
        (folder / f"{n:04}.raw").write_bytes(piece.tobytes())
    (folder / "list").write_text("\n".join(names) + "\n")
    subprocess.run(["pocketsphinx_batch", "-adcin", "yes", "-cepdir", folder,
                    "-cepext", ".raw", "-ctl", folder / "list", "-hyp",
                    folder / "words", "-jsgf", jsgf, "-hmm", MODEL / "en-us",
                    "-dict", MODEL / "cmudict-en-us.dict",
                    "-logfn", "/dev/null"], check=True)
    # "the words (name score)"
    return [word for text in (folder / "words").read_text().splitlines()
            for word in text[:text.rindex("(")].split()]


def wrong(said, got):
    """Share of words to change, add or leave out to get from one to the
    other (word error rate)."""
    row = list(range(len(got) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[:], i
        for k, b in enumerate(got, 1):
            row[k] = min(before[k] + 1, row[k - 1] + 1,
                         before[k - 1] + (a != b))
    return row[-1] / len(said)


def row(title, cells):
    print(f"{title:16}" + "".join(f"{c:>20}" for c in cells), flush=True)


def main():
    if len(sys.argv) == 6 and sys.argv[1] == "--line":
        boxes.build = pathlib.Path(sys.argv[2])
        speech = pathlib.Path(sys.argv[4])
        heard(speech, json.loads(speech.with_suffix(".json").read_text()),
              LINES[sys.argv[3]], pathlib.Path(sys.argv[5]))
        return
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    texts = sentences(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    said = " ".join(texts).split()
    box = Box("voices")
    try:
        speech, jsgf = box.path / "speech.raw", box.path / "office.jsgf"
        speech.with_suffix(".json").write_text(
            json.dumps(spoken(texts, speech)))
        grammar(jsgf)
        folders = {name: box.folder(f"l{n}") for n, name in enumerate(LINES)}

        def run(name):
            return box.popen(
                [sys.executable, __file__, "--line", build, name, speech,
                 folders[name]]).wait()

        # A line takes half of a processor.
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            failed = dict(zip(LINES, pool.map(run, LINES)))
        row("words wrong", CALLS.values())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, folder in folders.items():
                row(name, ["not measured"] * len(CALLS) if failed[name] else
                    (f"{share * 100:.1f} %" for share in pool.map(
                        lambda call, f=folder: wrong(said, understood(
                            f / f"{call}.wav", jsgf)), CALLS)))
        row("mouth to ear", CALLS.values())
        for name, folder in folders.items():
            of = {} if failed[name] else json.loads(
                (folder / "delays").read_text())
            row(name, (middle(of.get(call)) for call in CALLS))
    finally:
        box.close()


if __name__ == "__main__":
    main()
