"""The core lives with whatever talks to its socket: garbage, lines without
end, many at once, and a terminal that has stopped reading."""
import json
import os
import random
import signal
import socket

import pytest

from harness import wait_until
from harness.box import descriptors, resident


def connect(c):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(str(c.socket))
    return s


def say(c, data):
    """Send it all, or as much as the core takes, and half close."""
    with connect(c) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except OSError:
            pass  # dropped: fine


def test_garbage_on_the_socket(client):
    c = client()
    c.start()
    pid, r = c.core(), random.Random(4)
    greet = b'{"offhook":1}\n'
    say(c, b"")
    before = descriptors(pid)
    pieces = [b"\0" * 4096, b"{" * 70000, greet + b"{" * 70000 + b"\n",
              greet + b'{"id":1,"do":[' + b"[" * 50000,
              greet + b'{"id":1,"do":["status"]', greet * 1000,
              greet + b'{"id":{"a":[]},"do":["status"],"hidden":[9e99]}\n',
              greet + b'{"do":"' + b"a " * 200000 + b'"}\n',
              greet + json.dumps({"id": 1, "do": ["x"] * 5000}).encode(),
              greet + b'{"id":1,"do":["dial","\xff\xfe\\u0000"]}\n',
              greet + b"x" * (2 << 20)]
    pieces += [r.randbytes(r.randrange(1, 3000)) for _ in range(100)]
    pieces += [b"OHF1" + r.randbytes(r.randrange(1, 3000))
               for _ in range(100)]
    for data in pieces:
        say(c, data)
    assert c.cores() == [pid]
    wait_until(lambda: descriptors(pid) == before, 5, "all are closed")
    assert c.data("status")["connection"] == "offline"


def test_a_line_is_refused_before_it_fills_memory(client):
    c = client()
    c.start()
    pid = c.core()
    say(c, b'{"offhook":1}\n' + b"x" * (1 << 19) + b"\n")
    before = resident(pid)
    with connect(c) as s:
        s.sendall(b'{"offhook":1}\n')
        with pytest.raises(OSError):
            for _ in range(2000):
                s.sendall(b"y" * 65536)
    assert resident(pid) - before < 20000
    c.data("status")


def test_many_connections_leave_room_for_the_user(client):
    """They are cut to a number; who comes when they have gone is served."""
    c = client()
    c.start()
    pid, before = c.core(), descriptors(c.core())
    crowd = []
    for _ in range(1000):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(c.socket))
        crowd.append(s)
    wait_until(lambda: before <= descriptors(pid) < before + 200, 10,
               "a crowd is cut short")
    for s in crowd:
        s.close()
    wait_until(lambda: descriptors(pid) == before, 10, "all are closed")
    assert c.data("status")["connection"] == "offline"


def test_a_terminal_that_stopped_holds_up_nobody(logged_in):
    """SIGSTOP for what holds a terminal, while another goes on."""
    c = logged_in()
    stuck, other = c.attach(50, 200), c.attach()
    for t in (stuck, other):
        t.wait_for("Favourites")
    stopped = [p for p in c.box.processes()
               if open(f"/proc/{p}/comm").read() == "offhook\n"]
    assert len(stopped) == 2
    pid = c.core()
    before = resident(pid)
    os.kill(stopped[0], signal.SIGSTOP)
    control = c.control()
    try:
        for n in range(150):
            control.do("presence", ("meeting", "lunch")[n % 2])
        assert resident(pid) - before < 16000
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    for t in (stuck, other):
        t.wait_for("Lunch")
