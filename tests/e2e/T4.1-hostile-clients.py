"""offhookd lives with clients that dawdle, lie, guess and flood, and serves
the others meanwhile."""
import concurrent.futures
import random
import socket
import ssl
import time

import pytest

from harness import WsiError, wait_until
from harness.box import descriptors, resident
from harness.wsi import PATH

DEMO = "200", "Exchange-1878"


def tls(server, handshake=True):
    raw = socket.create_connection(("127.0.0.1", server.https_port), 20)
    if not handshake:
        return raw
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(raw)


@pytest.fixture
def served(server, wsi):
    """A server, and a check that somebody else is served at once."""
    s = server()
    w = wsi(s, timeout=15)
    w.login(*DEMO)

    def check():
        begin = time.monotonic()
        w.set_presence(7)
        assert time.monotonic() - begin < 5
        assert s.running()
    s.check = check
    return s


def test_nonsense_in_requests(served):
    r = random.Random(8)
    requests = [
        b"GET " + b"/" * 65536 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 65536 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: -1\r\n\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 18446744073709551616\r\n\r\n",
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        b"GET " + PATH.encode() + b"?cmd=%zz&%00=%00&gsSession=%ff%fe "
        b"HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET " + PATH.encode() + b"?" + b"&" * 5000 + b" HTTP/1.1\r\n"
        b"Host: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0" * 100, b"\r\n" * 1000, b"GET / HTTP/9.9\r\n\r\n"]
    requests += [r.randbytes(r.randrange(1, 500)) for _ in range(20)]
    for data in requests:
        for whole in (True, False):
            with tls(served) as s:
                try:
                    s.sendall(data if whole else data[:len(data) // 2])
                except (OSError, ssl.SSLError):
                    continue
    for _ in range(50):
        with tls(served, handshake=False) as s:
            s.sendall(r.randbytes(r.randrange(1, 500)))
    served.check()


def test_a_body_announced_as_huge_takes_no_memory(served):
    before = resident(served.pid)
    with tls(served) as s:
        s.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Type: application/x-www-form-urlencoded\r\n"
                  b"Content-Length: 104857600\r\n\r\n")
        try:
            for _ in range(300):
                s.sendall(b"cmd=" * 16384)
        except OSError:
            pass
    served.check()
    assert resident(served.pid) - before < 8000


def test_sessions_are_not_guessed(served, wsi):
    w = wsi(served)
    for n in range(300):
        guess = f"{random.Random(n).getrandbits(128):032x}"
        assert "NOT_LOGGED_IN" in w.raw("PresenceList", gsSession=guess)
        with pytest.raises(WsiError, match="NOT_LOGGED_IN|UNKNOWN_COMMAND"):
            w.ask(f"No{n}", gsSession=guess)
    served.check()


@pytest.mark.seconds(180)
def test_a_crowd_of_idle_connections_shuts_nobody_out(served, wsi):
    """2,000 connections that never ask anything, opened by one who does not
    close them: others come in all the same."""
    before = resident(served.pid)
    crowd = []

    def more(n):
        try:
            return tls(served, handshake=n % 4 == 0)
        except OSError:
            return None
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        crowd = [s for s in pool.map(more, range(2200)) if s]
    try:
        begin = time.monotonic()
        w = wsi(served, timeout=15)
        w.login(*DEMO)
        assert time.monotonic() - begin < 10
        w.set_presence(4)
        assert resident(served.pid) - before < 200000
    finally:
        for s in crowd:
            s.close()
    wait_until(lambda: descriptors(served.pid) < 100, 30,
               lambda: f"closed; {descriptors(served.pid)} are open")


def test_those_who_do_not_take_their_answers(served, wsi):
    """They hold up nobody, and leave nothing behind."""
    before = descriptors(served.pid)
    w = wsi(served)
    w.login(*DEMO)
    crowd = []
    for _ in range(20):
        s = tls(served)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        for _ in range(50):
            s.sendall(f"GET {PATH}?cmd=Directory&limit=500&gsSession="
                      f"{w.session} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        crowd.append(s)
    served.check()
    for s in crowd:
        s.close()
    wait_until(lambda: descriptors(served.pid) <= before + 3, 20,
               lambda: f"closed; {descriptors(served.pid)} are open")
