"""The phone speaks TLS where the server offers it: whoever has accepted the
server's certificate is not asked again. While the phone is away, the screen
and the status say since when."""
import re
import socket

import pytest

from harness import wait_until
from people import Person


@pytest.fixture
def port():
    """One that nobody has, for SIP over TLS."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def connections(port):
    """How many there are to it, as the kernel counts them."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split()[1:4] for line in f]
    return len({local for local, remote, state in rows
                if remote == f"0100007F:{port:04X}" and state == "01"})


def test_calls_go_by_tls_without_a_question(server, client, port):
    s = server(options=["--sips", f"127.0.0.1:{port}"])
    emma = Person(client, s, "200")
    almon = Person(client, s, "203")
    wait_until(lambda: connections(port) == 2, 10,
               lambda: f"two speak TLS, not {connections(port)}")
    t = emma.client.attach()
    t.wait_for("VoIP ready")
    almon.dial("200")
    t.wait_for("Call from inside")
    t.send_keys("F9")
    almon.wait_call("talking")
    emma.wait_hears(almon)
    almon.wait_hears(emma)
    almon.client.command("hangup")
    t.wait_gone("talking")


def test_says_since_when_it_is_down(server, client, port):
    s = server(options=["--sips", f"127.0.0.1:{port}"])
    emma = Person(client, s, "200")
    t = emma.client.attach(cols=130)
    t.wait_for("VoIP ready")
    s.stop()
    t.wait_for(re.compile(r"phone down since \d\d:\d\d"), 30)
    t.wait_for(re.compile(r"next try in \d+ s"), 30)
    got = emma.client.data("status")
    assert got["voip"] is False and got["voip_reason"]
    assert got["voip_retry"] >= got["voip_since"] > 0
    s.start()
    t.wait_for("VoIP ready", 60)
    wait_until(lambda: connections(port) == 1, 10, "it is TLS again")
