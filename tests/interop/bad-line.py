"""What Emma hears over a line that loses, delays, jitters, reorders and
doubles packets: the same ones each time."""
import pathlib
import re
import socket
import struct
import sys
import threading
import time

import pytest

from harness import sound, wait_until
from harness.impair import Impairer
from people import Person
from peer import sip_password

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bench"))
from bare import Callee  # noqa: E402

TONE, FRAME, PACE = 600, 160, 0.02


def alaw(v):
    """One sample as G.711 has it."""
    sign, v = (0x80, v) if v >= 0 else (0, -v - 1)
    v >>= 4
    part = max(v.bit_length() - 5, 0)
    return (sign | (part + (v > 15)) << 4 | v >> part & 15) ^ 0x55


class Speaker(Callee):
    """Answers at once, and says a tone through a bad line until its end."""

    def __init__(self, **how):
        self.how, self.remote = how, None
        super().__init__()
        self.speech = threading.Thread(target=self.speak, daemon=True)
        self.speech.start()

    def _message(self, text, peer, now):
        port = re.search(r"^m=audio (\d+) ", text, re.M)
        if port and not text.startswith("SIP/2.0"):
            self.remote = "127.0.0.1", int(port[1])
        super()._message(text, peer, now)

    def packets(self):
        wave = bytes(map(alaw, sound.tone(TONE, 1, 8000)))
        n = 0
        while not self.end:
            at = n * FRAME % len(wave)
            yield struct.pack("!BBHII", 0x80, 8, n & 0xffff, n * FRAME,
                              4711) + wave[at:at + FRAME]
            n += 1

    def speak(self):
        while not self.remote and not self.end:
            time.sleep(0.01)
        if self.end:
            return
        with Impairer(self.remote, **self.how) as line, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            begin = time.monotonic()
            for n, packet in enumerate(self.packets()):
                out.sendto(packet, line.address)
                time.sleep(max(0, begin + (n + 1) * PACE - time.monotonic()))

    def close(self):
        self.end = True
        self.speech.join()
        super().close()


@pytest.mark.parametrize("loss", [5, 10, 20])
def test_a_voice_comes_through(server, client, loss):
    s = server()
    speaker = Speaker(loss=loss, delay=20, jitter=60, reorder=3, double=3,
                      seed=7)
    try:
        speaker.register(s.sip_port, "204", sip_password(s, "204"))
        emma = Person(client, s, "200")
        emma.dial("204")
        emma.wait_call("talking")
        emma.wait_hears(TONE)
        # Of four seconds on, most of the time it is that tone.
        before = len(emma.last(0)[1])
        rate = emma.last(0)[0]
        wait_until(lambda: len(emma.last(0)[1]) > before + 4 * rate, 20,
                   "four seconds more")
        heard = emma.last(0)[1][before:before + 4 * rate]
        assert sound.tone_seconds(heard, rate, TONE) > 4 * 0.85
        emma.client.command("hangup")
        emma.wait_no_call()
    finally:
        speaker.close()
