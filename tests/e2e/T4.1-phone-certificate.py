"""T4.1: the phone's server may show another certificate than the UC server.
The user is asked on the screen, and until he has answered nothing is said to
it; what he accepts holds for later starts."""
import contextlib
import select
import socket
import ssl
import threading

import pytest

from fakes import certificate
from harness import wait_until


class Relay:
    """Stands before a TLS server with a certificate of its own, and hands on
    what is said; in the answers one text takes the place of another."""

    def __init__(self, box, cert, port, swap=(b"", b"")):
        self.target, self.swap, self.heard = port, swap, b""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*map(str, cert))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.connections, self.end = 0, False
        self.threads = []
        self.begin(self.listen)
        box.add(self)

    def begin(self, what, *args):
        self.threads.append(threading.Thread(target=what, args=args))
        self.threads[-1].start()

    def listen(self):
        while not self.end:
            with contextlib.suppress(TimeoutError):
                connection = self.socket.accept()[0]
                self.connections += 1
                self.begin(self.serve, connection)

    def serve(self, connection):
        """A TLS connection is its thread's alone, and closed by it."""
        connection.settimeout(10)
        with contextlib.suppress(OSError), self.context.wrap_socket(
                connection, server_side=True) as near:
            trust = ssl.create_default_context()
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
            with trust.wrap_socket(socket.create_connection(
                    ("127.0.0.1", self.target), 10)) as far:
                while self.hand_on(near, far):
                    pass

    def hand_on(self, near, far):
        """What has come; False once it is over."""
        ready = [s for s in (near, far) if s.pending()] or select.select(
            [near, far], [], [], 0.1)[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return False
            if source is near:
                self.heard += data
                far.sendall(data)
            else:
                near.sendall(data.replace(*self.swap))
        return not self.end

    def report(self):
        return [(f"relay at {self.port} to {self.target}",
                 f"{self.connections} connections, "
                 f"{len(self.heard)} bytes heard")]

    def close(self):
        self.end = True
        for thread in self.threads:
            thread.join()
        self.socket.close()


@pytest.fixture
def two(box, server, client):
    """Emma at a server whose phones register elsewhere: (her client, that)."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    s = server(options=["--sips", f"127.0.0.1:{port}"])
    phones = Relay(box, certificate(box.path, "sip.example"), port)
    uc = Relay(box, certificate(box.path, "uc.example"), s.https_port,
               (f":{port}".encode(), f":{phones.port}".encode()))
    emma = client()
    emma.configure(["set voip on"])
    emma.start()
    emma.command("slot", "1", "automatic", "on")
    emma.login(uc, "200")
    return emma, phones


def registers(phones):
    return phones.heard.count(b"REGISTER sip:")


def test_accepted_it_registers_and_is_not_asked_again(two):
    emma, phones = two
    t = emma.attach(cols=130)
    t.wait_for("a certificate that is not known here")
    t.wait_for("CN=sip.example")
    t.wait_for("Nothing has been sent to it yet.")
    assert phones.connections >= 1 and phones.heard == b""
    assert emma.data("status")["voip"] is False
    t.send_keys("y")
    t.wait_for("VoIP ready")
    t.wait_gone("a certificate that is not known here")
    assert registers(phones) >= 1
    emma.wait_status(voip=True)
    # A later start knows it.
    emma.quit()
    before = registers(phones)
    t = emma.attach(cols=130)
    t.wait_for("VoIP ready", 30)
    assert registers(phones) > before
    assert not t.screen().has("certificate")


def test_refused_it_stays_away_and_says_so(two):
    emma, phones = two
    t = emma.attach(cols=130)
    t.wait_for("a certificate that is not known here")
    t.send_keys("n")
    t.wait_gone("a certificate that is not known here")
    t.wait_for("phone down")
    got = emma.data("status")
    assert got["voip"] is False
    assert "certificate" in got["voip_reason"], got
    assert got["connection"] == "online"
    # Nothing is tried behind the user's back.
    count = phones.connections
    emma.command("set", "ringer_volume", "50")
    assert phones.heard == b"" and phones.connections == count
    # He thinks better of it.
    emma.command("set", "voip", "off")
    emma.command("set", "voip", "on")
    t.wait_for("a certificate that is not known here")
    t.send_keys("y")
    t.wait_for("VoIP ready")
    wait_until(lambda: registers(phones), 5, "it registers")
