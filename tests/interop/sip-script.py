"""sipp follows scripts that a phone would not: wrong digests, calls without
an offer, codecs that nobody has; and garbage comes from sockets."""
import random
import socket

import pytest

from harness import Failure, box as boxes
from peer import HERE, sip_password

TRANSPORT = {"udp": "u1", "tcp": "t1"}
KIND = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def sipp(server, script, service="204", to="201", transport="udp", calls=1,
         rate=10):
    """Run a script of sipp/ to its end; Failure unless every call of it went
    as written."""
    home = server.box.folder("p")
    text = (HERE / f"sipp/{script}.xml").read_text()
    # sipp puts nothing of its own into [authentication …].
    for name, value in (("@USER@", service), ("@TO@", to),
                        ("@PASSWORD@", sip_password(server, service))):
        text = text.replace(name, value)
    (home / "script.xml").write_text(text)
    for _ in range(3):
        got = server.box.run([
            "sipp", f"127.0.0.1:{server.sip_port}", "-sf",
            home / "script.xml", "-t", TRANSPORT[transport],
            "-i", "127.0.0.1", "-p", boxes.free_port(KIND[transport]),
            "-m", calls, "-r", rate, "-nostdin", "-timeout", "15s",
            "-timeout_error", "-trace_err", "-error_file",
            home / "errors.txt"], cwd=home)
        # Somebody was faster with that port.
        if "Unable to bind" not in got.stderr:
            break
    if got.returncode:
        wrong = home / "errors.txt"
        raise Failure(f"sipp {script}: {got.returncode}\n{got.stderr}\n"
                      + (wrong.read_text() if wrong.exists() else ""))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("script", [
    "options", "register-wrong", "call", "no-offer", "no-codec",
    "in-call", "offers", "timer"])
def test_script(server, script, transport):
    sipp(server(), script, transport=transport)


def test_wrong_digests_are_slowed_down_not_the_right_ones(server):
    s = server()
    sipp(s, "register-wrong", calls=2)
    sipp(s, "call")


def test_many_calls_at_once(server):
    s = server()
    sipp(s, "call", to="213", calls=50, rate=50)
    sipp(s, "options")


GARBAGE = [
    b"", b"\0", b"\r\n\r\n", b"\xff" * 1400, b"INVITE", b"SIP/2.0 200 OK\r\n",
    b"INVITE sip:201@x SIP/2.0\r\n\r\n",
    b"REGISTER sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
    b"OPTIONS sip:x SIP/2.0\r\n" + b"Via: x\r\n" * 150 + b"\r\n",
    b"SIP/2.0 999999 x\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z\r\n\r\n",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_garbage_hurts_nobody(server, transport):
    s, rng = server(), random.Random(1)
    noise = [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 900)))
             for _ in range(100 if transport == "udp" else 10)]
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    for piece in GARBAGE + noise:
        with socket.socket(socket.AF_INET, kind) as peer:
            peer.connect(("127.0.0.1", s.sip_port))
            try:
                peer.send(piece)
            except ConnectionError:
                pass
    sipp(s, "options", transport=transport)
    sipp(s, "call", transport=transport)
    assert s.running()
