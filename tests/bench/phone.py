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

from harness import sound, wait_until  # noqa: E402
from peer import Baresip as Phone, add_user  # noqa: E402

CALL_S, SETTLE_S = 10, 2
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

    PHONE_ROWS = (call_cpu_pcma, call_cpu_opus, call_woken_pcma,
                  call_woken_opus, call_memory_pcma, call_memory_opus)
