"""T4.1: the phone's server may show another certificate than the UC server.
The user is asked on the screen, and until he has answered nothing is said to
it; what he accepts holds for later starts."""
import contextlib
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
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.connections, self.open = 0, []
        threading.Thread(target=self.listen, daemon=True).start()
        box.add(self)

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.socket.accept()[0]
                self.connections += 1
                self.open.append(connection)
                threading.Thread(target=self.serve, args=(connection,),
                                 daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError):
            near = self.context.wrap_socket(connection, server_side=True)
            self.open.append(near)
            trust = ssl.create_default_context()
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
            far = trust.wrap_socket(
                socket.create_connection(("127.0.0.1", self.target)))
            self.open.append(far)
            threading.Thread(target=self.pump, args=(near, far, True),
                             daemon=True).start()
            self.pump(far, near, False)

    def pump(self, source, sink, count):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if count:
                    self.heard += data
                else:
                    data = data.replace(*self.swap)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.close()

    def report(self):
        return [(f"relay at {self.port} to {self.target}",
                 f"{self.connections} connections, "
                 f"{len(self.heard)} bytes heard")]

    def close(self):
        for s in [self.socket, *self.open]:
            with contextlib.suppress(OSError):
                s.close()


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
