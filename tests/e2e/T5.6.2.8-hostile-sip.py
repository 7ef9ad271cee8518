"""Nonsense to the SIP port and to the ports of a call's sound: the server
lives, and the call of others goes on."""
import os
import random
import re
import socket

import pytest

from harness import wait_until
from harness.box import resident

DEMO = "200", "Exchange-1878"


def udp_ports(pid):
    """Local UDP ports of a process."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            m = re.match(r"socket:\[(\d+)\]", os.readlink(
                f"/proc/{pid}/fd/{fd}"))
        except OSError:
            continue
        if m:
            inodes.add(m[1])
    ports = []
    for line in list(open("/proc/net/udp"))[1:]:
        f = line.split()
        if f[9] in inodes:
            ports.append(int(f[1].split(":")[1], 16))
    return ports


SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
       "t=0 0\r\nm=audio 9 RTP/AVP 0\r\n")
BODIES = [
    "", SDP, SDP.replace("audio 9", "audio 99999999999"),
    SDP.replace("audio 9", "audio 0"), SDP.replace("audio 9", "audio -1"),
    SDP.replace("127.0.0.1\r\nt", "999.1.1.1\r\nt"),
    SDP.replace("IP4 127.0.0.1\r\nt", "IP6 ::1\r\nt"),
    SDP.replace("IP4 127.0.0.1\r\nt", "IP4 0.0.0.0\r\nt"),
    SDP.replace(" 0\r\n", " 0" * 3000 + "\r\n", 1),
    SDP + "a=rtpmap:0 PCMU/4294967295/255\r\n",
    SDP + "a=rtpmap:0 /0/0\r\na=ptime:0\r\na=maxptime:-5\r\n",
    SDP + "a=ptime:999999999\r\n" + "a=fmtp:0 " + "x=y;" * 2000 + "\r\n",
    SDP + "m=audio 9 RTP/AVP 0\r\n" * 300,
    SDP.replace("RTP/AVP", "RTP/SAVP") + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
    "inline:AAAA\r\n", "v=0\r\n" * 500, "\0" * 500, "m=\r\na=\r\n\r\n",
    SDP + "a=sendonly\r\na=recvonly\r\na=inactive\r\n",
]


def request(method, port, n, body="", user="201", **headers):
    lines = {
        "Via": f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{n};rport",
        "Max-Forwards": "70", "From": f"<sip:200@offhook>;tag=t{n}",
        "To": f"<sip:{user}@offhook>", "Call-ID": f"call-{n}@x",
        "CSeq": f"{n + 1} {method}", "Contact": f"<sip:200@127.0.0.1:{port}>",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    if body:
        lines["Content-Type"] = "application/sdp"
    lines["Content-Length"] = str(len(body))
    return (f"{method} sip:{user}@127.0.0.1 SIP/2.0\r\n" + "".join(
        f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n" + body).encode()


def packets(port):
    r = random.Random(5)
    n = 0
    for body in BODIES:
        for method in ("INVITE", "OPTIONS", "MESSAGE", "ACK", "BYE"):
            n += 1
            whole = request(method, port, n, body)
            yield whole
            yield whole[:r.randrange(1, len(whole))]
            bad = bytearray(whole)
            for _ in range(r.randrange(1, 20)):
                bad[r.randrange(len(bad))] = r.randrange(256)
            yield bytes(bad)
    for method in ("REGISTER", "INVITE", "SUBSCRIBE", "REFER", "X" * 200):
        n += 1
        yield request(method, port, n, Authorization='Digest realm="offhook",'
                      'username="200",nonce="x",uri="sip:x",response="' +
                      "0" * 32 + '"')
        yield request(method, port, n + 1000, Contact="<sip:" + "a" * 9000)
        yield request(method, port, n + 2000, CSeq="99999999999999 " + method)
        yield request(method, port, n + 3000, Via="SIP/2.0/UDP [::1;branch=")
        yield request(method, port, n + 4000, Content_Length="-5")
        yield request(method, port, n + 5000, Replaces="x;to-tag=;from-tag")
    for _ in range(300):
        yield r.randbytes(r.randrange(0, 1400))


@pytest.fixture
def talking(logged_in):
    """A client in a call, and a check that the call goes on."""
    c = logged_in(config=("set voip on", "set audio_input none",
                          "set audio_output none"))
    c.wait_status(voip=True)
    c.command("dial", "202")
    wait_until(lambda: c.data("status").get("call", {}).get("state")
               == "talking", 15, "Hedy answers")

    def check():
        assert c.server.running() and c.cores()
        assert c.data("status")["call"]["state"] == "talking"
    c.check = check
    return c


def test_nonsense_by_sip(talking):
    c, s = talking, talking.server
    before = resident(s.pid)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        for target in (s.sip_port,):
            for data in packets(port):
                sock.sendto(data, ("127.0.0.1", target))
    # A line for each of some packets: what is broken ends a line.
    for data in list(packets(9))[::8]:
        try:
            with socket.create_connection(("127.0.0.1", s.sip_port), 5) as t:
                t.sendall(data)
                t.shutdown(socket.SHUT_WR)
                while t.recv(4096):
                    pass
        except OSError:
            pass
    # The client's own phone hears nonsense as well.
    own = set(udp_ports(c.core()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        for target in own:
            for data in packets(sock.getsockname()[1]):
                sock.sendto(data, ("127.0.0.1", target))
    c.check()
    assert resident(s.pid) - before < 30000
    c.command("hangup")
    c.wait_status(calls=0)


def test_garbage_among_the_sound(talking):
    c, s = talking, talking.server
    r = random.Random(6)
    head = b"\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    before = resident(s.pid), resident(c.core())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for pid in (s.pid, c.core()):
            for port in udp_ports(pid):
                if port == s.sip_port:
                    continue
                for _ in range(400):
                    junk = r.randbytes(r.randrange(0, 300))
                    sock.sendto(r.choice((junk, head + junk, b"\x80" + junk,
                                          b"\xbf\x00" + junk,
                                          b"\x80\xc8" + junk)),
                                ("127.0.0.1", port))
    c.check()
    assert resident(s.pid) - before[0] < 20000
    assert resident(c.core()) - before[1] < 20000
    c.command("hangup")
    c.wait_status(calls=0)


def test_guessing_sip_passwords_hurts_only_the_guesser(talking):
    """A flood of REGISTERs with wrong digests: bounded, and slowed down."""
    c, s = talking, talking.server
    before = resident(s.pid)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        port = sock.getsockname()[1]
        to = "127.0.0.1", s.sip_port
        sock.sendto(request("REGISTER", port, 1, user="201"), to)
        nonce = re.search(rb'nonce="([^"]+)"', sock.recv(4096))[1].decode()
        for n in range(2, 3000):
            sock.sendto(request(
                "REGISTER", port, n, user="201", To="<sip:201@offhook>",
                Authorization=f'Digest username="201", realm="offhook", '
                f'nonce="{nonce}", uri="sip:127.0.0.1", qop=auth, nc=00000001,'
                f' cnonce="a", response="{n:032x}"'), to)
        answers = 0
        sock.settimeout(0.5)
        try:
            while answers < 3000:
                assert b" 200 OK" not in sock.recv(4096)
                answers += 1
        except socket.timeout:
            pass
    assert answers < 300
    c.check()
    assert resident(s.pid) - before < 30000
    c.command("hangup")
    c.wait_status(calls=0)
