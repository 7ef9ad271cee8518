"""The JSON lines of the core's socket: commands in, answers and events out."""
import json
import socket
import time

from .box import Failure


class Refused(Exception):
    """The core's answer is an error: code and text."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class Control:
    """One connection, greeted."""

    def __init__(self, path, timeout=10):
        self.timeout, self.next = timeout, 1
        self.events, self.buffer = [], b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.send({"offhook": 1})
        self.greeting = self.line()
        if self.greeting.get("offhook") != 1:
            raise Failure(f"not greeted: {self.greeting}")

    def send(self, value):
        self.socket.sendall(json.dumps(value).encode() + b"\n")

    def line(self, timeout=None):
        """The next line, whatever it is."""
        end = time.monotonic() + (timeout or self.timeout)
        while b"\n" not in self.buffer:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                more = self.socket.recv(65536)
            except socket.timeout:
                raise Failure("nothing came on the control socket") from None
            if not more:
                raise Failure("the core has closed the control socket")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def begin(self, *argv):
        """Send a command whose answer nobody waits for."""
        id_, self.next = self.next, self.next + 1
        self.send({"id": id_, "do": [str(a) for a in argv]})

    def do(self, *argv, timeout=None):
        """The whole answer to one command; Refused if it is an error."""
        id_, self.next = self.next, self.next + 1
        self.send({"id": id_, "do": [str(a) for a in argv]})
        while True:
            got = self.line(timeout)
            if "event" in got:
                self.events.append(got)
            elif got.get("id") == id_:
                if "error" in got:
                    raise Refused(got["error"], got.get("text", ""))
                return got

    def data(self, *argv):
        return self.do(*argv).get("data")

    def wait_event(self, event, timeout=10, **members):
        """The next event of that name whose members are as given."""
        end = time.monotonic() + timeout
        while True:
            for i, got in enumerate(self.events):
                if got["event"] == event and all(
                        got.get(k) == v for k, v in members.items()):
                    del self.events[:i + 1]
                    return got
            left = end - time.monotonic()
            if left <= 0:
                raise Failure(f"no event {event} {members or ''} within "
                              f"{timeout} s; came: {self.events}")
            try:
                got = self.line(left)
            except Failure:
                continue
            if "event" in got:
                self.events.append(got)

    def report(self):
        return [("events on the control socket",
                 json.dumps(self.events, indent=1))] if self.events else []

    def close(self):
        self.socket.close()
