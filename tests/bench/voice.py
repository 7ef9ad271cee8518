#!/usr/bin/python3
"""How much of what is said over a bad line can be understood.

usage: voice.py BUILD-DIR [SENTENCES]

A hundred sentences are spoken over opus to a phone behind a bad line: to
offhook and to baresip, in the same network, from the same sender. What each
made of it is read by pocketsphinx, which knows the sentences' grammar. The
figure is the share of words that it got wrong. Needs root, for network
namespaces, and some minutes.
"""
import array
import concurrent.futures
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
from peer import Baresip, add_user  # noqa: E402

RATE, GAP_S = 48000, 0.8
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


def write(path, samples):
    """As baresip wants it for opus: 48 kHz stereo."""
    with sound.wave.open(str(path), "wb") as w:
        w.setnchannels(2)
        w.setsampwidth(2)
        w.setframerate(RATE)
        w.writeframes(array.array(
            "h", (x for x in samples for _ in (0, 1))).tobytes())


def spoken(texts, path):
    """All of them as one WAV file of 48 kHz stereo; its seconds."""
    out = array.array("h", bytes(2 * RATE))
    one = path.with_suffix(".one.wav")
    for text in texts:
        subprocess.run(["espeak-ng", *VOICE, "-w", one, text], check=True)
        rate, samples = sound.read(one)
        out += sound.resample(samples, rate, RATE)
        out += array.array("h", bytes(2 * int(GAP_S * RATE)))
    write(path, out)
    return len(out) / RATE


class Far(Client):
    """offhook at the far end of the line."""

    def __init__(self, box, via, config):
        super().__init__(box, config)
        self.via = list(via)

    def start(self):
        got = self.box.run([*self.via, boxes.build / "offhook-core",
                            "--ready-fd", "1"], env=self.env, cwd=self.home)
        if got.returncode:
            raise Failure(f"offhook-core: {got.stderr}")


def heard(speech, seconds, terms, folder):
    """In a network namespace of its own: what both made of the speech, as
    files in the folder."""
    line.leave()
    boxes.adopt_orphans()
    box = Box("voice")
    try:
        bad = box.add(line.Line(**terms))
        server = Server(box, host=bad.near)
        own = box.path / "own.wav"
        far = Far(box, bad.via, f"set voip on\nset audio_input none\n"
                                f"set audio_output file:{own}\n"
                                f"set ringer none\n")
        far.login(server, "200", "Exchange-1878", timeout=60)
        far.wait_status(60, voip=True)
        control = far.control()
        for user in ("240", "250", "251"):
            add_user(server, user, "Bad Line")
        opus = "opus/48000/2"
        # baresip hangs up when it has nothing to say any more.
        mute = box.path / "mute.wav"
        write(mute, array.array("h", bytes(2 * int((seconds + 20) * RATE))))
        peer = Baresip(server, "240", codec=opus, answer="auto", speech=mute,
                       host=bad.far, via=bad.via)
        peer.wait_registered()
        says = [Baresip(server, user, codec=opus, speech=speech, dump=False,
                        host=bad.near) for user in ("250", "251")]
        for phone in says:
            phone.wait_registered()
        says[0].do("dial", "200")
        wait_until(lambda: control.data("status").get("call", {}).get("state")
                   == "ringing-in", 30, "it rings")
        control.do("answer")
        says[1].do("dial", "240")
        for phone in says:
            phone.wait_event("CALL_ESTABLISHED", 30)
        # Who has nothing left to say hangs up.
        wait_until(lambda: not control.data("status")["calls"],
                   seconds + 30, "our call ends", every=0.5)
        peer.wait_no_call(60)
        own.replace(folder / "offhook.wav")
        max(peer.home.glob("dump-*-dec.wav"),
            key=lambda p: p.stat().st_size).replace(folder / "baresip.wav")
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


def main():
    if len(sys.argv) == 6 and sys.argv[1] == "--line":
        boxes.build = pathlib.Path(sys.argv[2])
        heard(sys.argv[4].split(":")[0], float(sys.argv[4].split(":")[1]),
              LINES[sys.argv[3]], pathlib.Path(sys.argv[5]))
        return
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    texts = sentences(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    said = " ".join(texts).split()
    box = Box("voices")
    try:
        speech, jsgf = box.path / "speech.wav", box.path / "office.jsgf"
        seconds = spoken(texts, speech)
        grammar(jsgf)
        runs = []
        for n, name in enumerate(LINES):
            folder = box.folder(f"l{n}")
            runs.append((name, folder, box.popen(
                [sys.executable, __file__, "--line", build, name,
                 f"{speech}:{seconds}", folder])))
        print(f"{'words wrong':36} {'offhook':>10}  baresip")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, folder, run in runs:
                if run.wait():
                    print(f"{name:36} not measured")
                    continue
                own, peer = pool.map(
                    lambda who, f=folder: wrong(said, understood(
                        f / f"{who}.wav", jsgf)), ("offhook", "baresip"))
                print(f"{name:36} {own * 100:>8.1f} %  {peer * 100:.1f} %",
                      flush=True)
    finally:
        box.close()


if __name__ == "__main__":
    main()
