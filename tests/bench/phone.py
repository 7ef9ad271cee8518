"""Rows of the phone: a call by codec, beside baresip in the same place.

Both call the same phone through the same server, say the same speech and keep
nothing of what they hear: what differs is the program.
"""
import array
import os
import pathlib
import sys
import time
from functools import cached_property

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))

from harness import Client, Failure, Refused, sound, wait_until  # noqa: E402
from bare import Baresip, Callee  # noqa: E402
from cards import RATE, Cards, delays, middle  # noqa: E402
from peer import Baresip as Phone, add_user, sip_password  # noqa: E402

CALL_S, SETTLE_S, HELD = 10, 2, 50
CODECS = {"PCMA": "PCMA/8000/1", "opus": "opus/48000/2"}
SAYING = ("The quick brown fox jumps over the lazy dog, while seven wizards "
          "watch them from the hill and wonder what it may mean.")


def processor(pid):
    """Seconds of processor time that a program has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class PhoneRows:
    """Part of the bench: what one call costs, by codec."""

    @cached_property
    def speech(self):
        """{codec: a WAV file of speech at its rate, with its channels}"""
        rate, said = sound.speech(SAYING, self.box.path / "speech.wav")
        out = {}
        for name, codec in CODECS.items():
            to, channels = map(int, codec.split("/")[1:])
            samples = sound.resample(said, rate, to)
            if channels == 2:
                samples = array.array(
                    "h", (x for x in samples for _ in (0, 1)))
            out[name] = self.box.path / f"speech-{name}.wav"
            with sound.wave.open(str(out[name]), "wb") as w:
                w.setnchannels(channels)
                w.setsampwidth(2)
                w.setframerate(to)
                w.writeframes(samples.tobytes() * 5)
        return out

    @cached_property
    def phones(self):
        """{codec: (number of a phone that answers, a baresip that calls)}"""
        out = {}
        for n, (name, codec) in enumerate(CODECS.items()):
            called, caller = f"24{n}", f"25{n}"
            add_user(self.server, called, "Ida Called")
            add_user(self.server, caller, "Tom Caller")
            for user, answer in ((called, "auto"), (caller, "manual")):
                phone = Phone(self.server, user, codec=codec, answer=answer,
                              speech=self.speech[name], dump=False)
                phone.wait_registered()
            out[name] = called, phone
        return out

    @cached_property
    def talker(self):
        """A client of ours that says the same, and its control."""
        add_user(self.server, "260", "Una Talker", "Exchange-1878")
        c = self.logged_in(self.server, "260",
                           f"file:{self.speech['PCMA']}")
        return c, c.control()

    def in_call(self, pid):
        """(share of a processor, times woken a second, private MB)"""
        time.sleep(SETTLE_S)
        used, woken = processor(pid), self.switches(pid)
        begin = time.monotonic()
        time.sleep(CALL_S)  # what is measured is what happens in a time
        took = time.monotonic() - begin
        return ((processor(pid) - used) / took,
                (self.switches(pid) - woken) / took, self.memory(pid)[1])

    @cached_property
    def talking(self):
        """{codec: (ours, baresip's)}: in_call() of each, and at rest"""
        client, control = self.talker
        core, out = client.core(), {}
        for name, (number, phone) in self.phones.items():
            pid = phone.proc.pid
            rest = self.memory(core)[1], self.memory(pid)[1]
            control.do("dial", number)
            wait_until(lambda: client.data("status").get("call", {}).get(
                "state") == "talking", 10, "our call is answered")
            own = (*self.in_call(core), rest[0])
            control.do("hangup")
            client.wait_status(calls=0)
            phone.do("dial", number)
            phone.wait_event("CALL_ESTABLISHED")
            peer = (*self.in_call(pid), rest[1])
            phone.do("hangup")
            phone.wait_no_call()
            out[name] = own, peer
        return out

    def _percent(self, codec):
        return ["%.2f %%" % (who[0] * 100) for who in self.talking[codec]]

    def _woken(self, codec):
        return ["%.0f" % who[1] for who in self.talking[codec]]

    def _grown(self, codec):
        return ["%.2f MB" % (who[2] - who[3]) for who in self.talking[codec]]

    def call_cpu_pcma(self):
        """a call of PCMA: of a processor|baresip"""
        return self._percent("PCMA")

    def call_cpu_opus(self):
        """a call of opus: of a processor|baresip"""
        return self._percent("opus")

    def call_woken_pcma(self):
        """a call of PCMA: wake-ups a second|baresip"""
        return self._woken("PCMA")

    def call_woken_opus(self):
        """a call of opus: wake-ups a second|baresip"""
        return self._woken("opus")

    def call_memory_pcma(self):
        """a call of PCMA: private memory more than at rest|baresip"""
        return self._grown("PCMA")

    def call_memory_opus(self):
        """a call of opus: private memory more than at rest|baresip"""
        return self._grown("opus")

    @cached_property
    def mouth_to_ear(self):
        """Seconds of both, by the same kind of sound card: a call from ours
        to ours and one from baresip to baresip, at once."""
        rate, said = sound.speech(SAYING, self.box.path / "said.wav")
        said = sound.resample(said, rate, RATE)
        path = self.box.path / "said.raw"
        path.write_bytes(bytes(2 * 3 * RATE) + said.tobytes() * 2)
        ways = "own", "peer"
        cards = Cards(self.box, **{f"mouth_{w}": path for w in ways},
                      **{f"ear_{w}": "/dev/null" for w in ways})
        ends = {}
        for user, name in (("270", "mouth_own"), ("271", "ear_own")):
            add_user(self.server, user, "Mara Ear", "Exchange-1878")
            ends[name] = c = Client(
                self.box, f"set voip on\nset audio_input alsa:{name}\n"
                f"set audio_output alsa:{name}\nset ringer none\n",
                env=cards.env)
            c.start()
            c.login(self.server, user, "Exchange-1878")
            c.wait_status(voip=True)
        for user, name in (("272", "mouth_peer"), ("273", "ear_peer")):
            add_user(self.server, user, "Mara Ear")
            ends[name] = phone = Phone(
                self.server, user, codec=CODECS["opus"], answer="auto",
                dump=False, card=name, env=cards.env)
            phone.wait_registered()
        ends["mouth_own"].control().do("dial", "271")
        ear = ends["ear_own"].control()
        wait_until(lambda: ear.data("status").get("call", {}).get("state")
                   == "ringing-in", 10, "it rings")
        ear.do("answer")
        ends["mouth_peer"].do("dial", "273")
        ends["mouth_peer"].wait_event("CALL_ESTABLISHED")
        end = 3 * RATE + 2 * len(said)
        last = max(wait_until(lambda m=cards[f"mouth_{w}"]: m.log.exists()
                              and m.times("heard") and m, 10,
                              "its card listens").heard_at(end) for w in ways)
        time.sleep(max(0, last + 1 - time.monotonic()))
        # Not the first seconds: both may still be finding their delay.
        pieces = [(at, at + int(0.4 * RATE)) for at in
                  range(3 * RATE + len(said), end - RATE, RATE)]
        out = [delays(cards[f"mouth_{w}"], cards[f"ear_{w}"], pieces,
                      least=0.5) for w in ways]
        for one in ends.values():
            one.close()
        return out

    def call_delay(self):
        """a call of opus: from mouth to ear, by cards alike|baresip"""
        return [middle(of) for of in self.mouth_to_ear]

    @staticmethod
    def hold_it(hold, callee):
        """Until all are held: the ACK may not have arrived yet."""
        def held():
            try:
                hold()
            except Refused:
                pass  # not yet
            return wait_until(lambda: all(callee.held.values()), 0.5)

        for _ in range(10):
            try:
                return held()
            except Failure:
                pass
        raise Failure("not held")

    @cached_property
    def held_calls(self):
        """[(calls held, MB for each, share of a processor for all)] of ours
        and of baresip: HELD calls are dialled, each is held for the next."""
        callee, out = self.box.add(Callee()), []
        add_user(self.server, "280", "Hal Hold")
        callee.register(self.server.sip_port, "280",
                        sip_password(self.server, "280"))
        client, control = self.talker
        peer = self.box.add(Baresip(self.box, self.env))

        for pid, dial, hold in (
                (client.core(), lambda: control.do("dial", "280"),
                 lambda: control.do("hold")),
                (peer.pid, lambda: peer.dial(callee.port),
                 lambda: peer.command("hold"))):
            callee.held.clear()
            rest, count = self.memory(pid)[1], 0
            try:
                for count in range(HELD):
                    dial()
                    wait_until(lambda n=count: len(callee.held) > n, 5,
                               "it is answered")
                    self.hold_it(hold, callee)
            except Exception:
                pass  # that many, then
            count = len(callee.held)
            if not count:
                raise Failure("no call was answered")
            share, _, private = self.in_call(pid)
            out.append((count, (private - rest) / count, share))
        # The calls end with their programs.
        client.close()
        peer.close()
        return out

    def calls_held(self):
        """calls held at once, of 50 dialled one after the other|baresip"""
        return ["%d" % who[0] for who in self.held_calls]

    def calls_held_memory(self):
        """… private memory for each|baresip"""
        return ["%.0f KB" % (who[1] * 1024) for who in self.held_calls]

    def calls_held_cpu(self):
        """… of a processor, for all of them|baresip"""
        return ["%.2f %%" % (who[2] * 100) for who in self.held_calls]

    PHONE_ROWS = (call_cpu_pcma, call_cpu_opus, call_woken_pcma,
                  call_woken_opus, call_memory_pcma, call_memory_opus,
                  call_delay, calls_held, calls_held_memory,
                  calls_held_cpu)
