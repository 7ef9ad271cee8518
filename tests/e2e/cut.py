"""A way to a server that can be cut: what goes there arrives, what comes back
is lost."""
import selectors
import socket
import threading
import time

from harness import wait_until


class Cut:
    """Stands between a client and a server, at an address of its own."""

    def __init__(self, box, server):
        self.host, self.port = server.address.rsplit(":", 1)
        self.mute = self.away = False
        self.swallowed = 0
        self.last = time.monotonic()
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.closing = False
        threading.Thread(target=self.accept, daemon=True).start()
        box.add(self)

    def accept(self):
        while not self.closing:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            if self.away:
                inner.close()
                continue
            try:
                outer = socket.create_connection((self.host, int(self.port)))
            except OSError:
                inner.close()
                continue
            self.pairs.append((inner, outer))
            threading.Thread(target=self.pump, args=(inner, outer),
                             daemon=True).start()

    def pump(self, inner, outer):
        choose = selectors.DefaultSelector()
        choose.register(inner, selectors.EVENT_READ, outer)
        choose.register(outer, selectors.EVENT_READ, inner)
        try:
            while True:
                for key, _ in choose.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    self.last = time.monotonic()
                    if key.fileobj is outer and self.mute:
                        self.swallowed += len(data)
                    else:
                        key.data.sendall(data)
        except OSError:
            pass
        finally:
            inner.close()
            outer.close()

    def wait_quiet(self):
        """Until what was asked for has been answered: nothing has come or
        gone for a while."""
        wait_until(lambda: time.monotonic() - self.last > 0.7, 20,
                   "the line is quiet")

    def cut(self):
        """All connections end now."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def leave(self):
        """There is no way there until come_back()."""
        self.away = True
        self.cut()

    def come_back(self):
        self.away = False

    def report(self):
        return []

    def close(self):
        self.closing = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.cut()
