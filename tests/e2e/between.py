"""Between a client and a real server: all is passed on, but for what a test
takes out of the login's answer, and for the commands that it answers itself."""
import collections
import http.client
import http.server
import re
import ssl
import threading
import time
import urllib.parse

from fakes import certificate
from harness import wait_until

ADDITIONS = re.compile(rb"(?<=<ADDITIONS>)[^<]*")


class Between:
    """hidden: additions that are not announced. spoil(command, parameters,
    truth): the body to answer with, None: the truth, which truth() gets;
    called by several threads. asked: all that came, as (command, parameters).
    """

    def __init__(self, box, server, hidden=(), spoil=None):
        self.to = server.address
        self.hidden, self.spoil = set(hidden), spoil
        self.announced = set()
        self.asked, self.lock = [], threading.Lock()
        self.last, self.busy = time.monotonic(), 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(*map(str, certificate(box.folder("p"))))
        outer = self

        class Handler(Pass):
            between = outer

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.listener.context = own
        self.address = "127.0.0.1:%d" % self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, args=(0.05,),
                         daemon=True).start()
        box.add(self)

    def count(self):
        """{command: how often it came}"""
        with self.lock:
            return collections.Counter(c for c, _ in self.asked)

    def wait_quiet(self):
        """Until nothing but events has been asked for for a while, and all
        of that is answered."""
        wait_until(lambda: not self.busy and
                   time.monotonic() - self.last > 0.3, 20,
                   lambda: f"it is quiet, and not {self.count()}")

    def comes(self, by):
        with self.lock:
            self.busy += by
            if by:
                self.last = time.monotonic()

    def answer(self, command, parameters, truth):
        with self.lock:
            self.asked.append((command, parameters))
        body = self.spoil and self.spoil(command, parameters, truth)
        if body is not None:
            return body
        body = truth()
        if command == "Login":
            found = ADDITIONS.search(body)
            words = found[0].decode().split() if found else []
            self.announced |= set(words)
            body = ADDITIONS.sub(" ".join(
                w for w in words if w not in self.hidden).encode(), body)
        elif command == "Capabilities" and "post" in self.hidden:
            body = body.replace(b',"POST"', b"")
        return body

    def report(self):
        return [(f"between {self.address} and {self.to}",
                 " ".join(f"{c}:{n}" for c, n in self.count().items()))]

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()


class Listener(http.server.ThreadingHTTPServer):
    request_queue_size = 64
    context = None

    def finish_request(self, request, address):
        # In the connection's own thread: a handshake may take its time.
        request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, address)
        request.close()

    def handle_error(self, request, address):
        """A client that has gone is no news."""


class Pass(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    between = upstream = None

    def pass_on(self, body):
        for kept in (self.upstream is not None, False):
            if not kept:
                self.upstream = http.client.HTTPSConnection(
                    self.between.to, timeout=60, context=self.between.context)
            try:
                headers = {k: v for k, v in self.headers.items()
                           if k.lower() == "content-type"}
                self.upstream.request(self.command, self.path, body, headers)
                got = self.upstream.getresponse()
                self.kind = got.headers.get("Content-Type", "text/plain")
                self.code = got.status
                return got.read()
            except OSError:
                if not kept:
                    raise

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        given = dict(urllib.parse.parse_qsl(url.query + "&" + body.decode(),
                                            keep_blank_values=True))
        command = "GetEvents" if url.path.endswith("/GetEvents") \
            else given.get("cmd", "")
        self.kind, self.code = "application/json", 200
        given["method"] = self.command
        awaited = command != "GetEvents"  # that one is held
        self.between.comes(awaited)
        try:
            self.pass_back(command, given, body)
        finally:
            self.between.comes(-awaited)

    do_POST = do_GET

    def pass_back(self, command, given, body):
        answer = self.between.answer(command, given,
                                     lambda: self.pass_on(body or None))
        self.send_response(self.code)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass
