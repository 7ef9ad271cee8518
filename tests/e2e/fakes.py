"""Servers that are none: they listen on loopback, answer nonsense or nothing,
and count who asks for what."""
import socket
import ssl
import subprocess
import threading


def certificate(folder, name="uc.example"):
    """(certificate, key) files, made now, signed by itself."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", f"/O=Strowger & Co/CN={name}", "-keyout", str(key),
         "-out", str(cert)], check=True, timeout=30,
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


class Fake:
    """Every connection gets answer(request) as it is; None: silence. Without
    a certificate it does not even speak TLS."""

    def __init__(self, box, answer, cert=None):
        self.answer, self.requests, self.connections = answer, [], 0
        self.context = None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, cert))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.open = []
        threading.Thread(target=self.listen, daemon=True).start()
        box.add(self)

    def listen(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection,
                                                      server_side=True)
                self.open.append(connection)
            while True:
                request = b""
                while self.context and b"\r\n\r\n" not in request:
                    more = connection.recv(65536)
                    if not more:
                        return
                    request += more
                self.requests.append(request.decode(errors="replace"))
                answer = self.answer(self.requests[-1])
                if answer is None:
                    while connection.recv(65536):
                        pass  # until the other side goes
                    return
                connection.sendall(answer)
                if b"Connection: close" in answer or not self.context:
                    return
        except OSError:
            pass
        finally:
            connection.close()

    def asked(self, word):
        """How many requests had that word."""
        return sum(word in r for r in self.requests)

    def report(self):
        lines = [r.splitlines()[0].split("gsPass")[0] if r else "(nothing)"
                 for r in self.requests]
        return [(f"fake at {self.port}, {self.connections} connections",
                 "\n".join(lines))]

    def close(self):
        self.socket.close()
        for connection in self.open:
            try:
                connection.close()
            except OSError:
                pass


def http(body, length=None, kind="text/xml"):
    body = body.encode() if isinstance(body, str) else body
    return (f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: "
            f"{len(body) if length is None else length}\r\n"
            "Connection: close\r\n\r\n").encode() + body
