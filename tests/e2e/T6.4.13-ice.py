"""ICE is off at first; turned on it changes nothing with a server that knows
none, whose relay takes no candidates along. A server for it is asked before
it is added."""
import socket
import threading

import pytest

from harness import Failure
from people import Person

FAILED = "Adding the server failed. Please check your environment"


class Stun(threading.Thread):
    """A STUN server: says to whoever asks where it sees him."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.uri = f"stun:127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked = 0
        self.start()

    def run(self):
        cookie = bytes.fromhex("2112a442")
        while True:
            try:
                said, source = self.socket.recvfrom(2000)
            except OSError:
                return
            if not source:
                return
            host, port = source
            if said[:2] != b"\0\1" or said[4:8] != cookie:
                continue
            self.asked += 1
            where = (port ^ 0x2112).to_bytes(2, "big") + bytes(
                a ^ b for a, b in zip(socket.inet_aton(host), cookie))
            self.socket.sendto(b"\1\1\0\x0c" + said[4:20] +
                               b"\0\x20\0\x08\0\1" + where, (host, port))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.join()


@pytest.fixture
def stun():
    s = Stun()
    yield s
    try:
        s.close()
    except OSError:
        pass


def talk(a, b):
    a.wait_hears(b)
    b.wait_hears(a)


def test_calls_through_the_server(server, client, stun):
    s = server()
    emma = Person(client, s, "200")
    almon = Person(client, s, "203")
    for p in (emma, almon):
        p.client.command("set", "ice", "on")
        p.client.command("ice-server", "add", stun.uri)
    asked = stun.asked
    emma.dial("203")
    almon.wait_call("ringing-in")
    assert stun.asked > asked, "who offers asks first"
    almon.client.command("answer")
    emma.wait_call("talking")
    talk(emma, almon)
    emma.client.command("hold")
    emma.wait_call("held")
    emma.client.command("resume")
    emma.wait_call("talking")
    talk(emma, almon)
    assert "way" not in emma.client.data("quality")
    emma.client.command("hangup")
    emma.wait_no_call()
    almon.wait_no_call()


def test_servers(server, client, stun):
    emma = Person(client, server(), "200")
    c = emma.client

    def refused(*argv):
        with pytest.raises(Failure) as e:
            c.command("ice-server", *argv)
        return str(e.value)

    assert "no ICE server" in c.command("ice-server")
    c.command("ice-server", "add", stun.uri)
    assert "The server is already present" in refused("add", stun.uri)
    assert stun.uri in c.command("ice-server")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        assert FAILED in refused(
            "add", f"stun:127.0.0.1:{silent.getsockname()[1]}")
    assert "is no server" in refused("add", "https://127.0.0.1")
    assert "none of" in refused("remove", "stun:127.0.0.1:1")
    c.command("ice-server", "remove", stun.uri)
    assert "no ICE server" in c.command("ice-server")
    with pytest.raises(Failure):
        c.command("set", "ice_servers", "stun://x")
