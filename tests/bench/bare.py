"""Peers of the bench: baresip, and the other end of a call.

Callee is a phone that answers at once and notes when what arrives: no more of
SIP (RFC 3261) and RTP than that takes.
"""
import hashlib
import json
import os
import re
import select
import socket
import threading
import time

from harness import Failure, wait_until
from harness import box as boxes


def header(text, name):
    """Values of a header, in order."""
    return re.findall(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", text,
                      re.M | re.I)


class Callee:
    """Answers each call at once with PCMA; times are time.monotonic()."""

    def __init__(self):
        self.sip = self._udp()
        self.rtp = self._udp()
        self.port = self.sip.getsockname()[1]
        self.invited = self.voice = None
        self.answers = []
        self.held = {}  # by Call-ID of what is answered: is it on hold
        self.end = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @staticmethod
    def _udp():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        return s

    def _run(self):
        while not self.end:
            ready = select.select([self.sip, self.rtp], [], [], 0.2)[0]
            now = time.monotonic()
            if self.rtp in ready:
                data = self.rtp.recv(2048)
                # RTP of version 2 with a payload type of G.711
                if self.voice is None and len(data) > 12 and \
                        data[0] >> 6 == 2 and data[1] & 127 in (0, 8):
                    self.voice = now
            if self.sip in ready:
                data, peer = self.sip.recvfrom(65536)
                self._message(data.decode(errors="replace"), peer, now)

    def _message(self, text, peer, now):
        if text.startswith("SIP/2.0"):
            self.answers.append(text)
            return
        method = text.split(" ", 1)[0]
        if method == "INVITE":
            if "tag=" not in header(text, "To")[0]:
                self.invited = self.invited or now
            self.held[header(text, "Call-ID")[0]] = bool(re.search(
                r"^a=(sendonly|inactive)", text, re.M))
            port = self.rtp.getsockname()[1]
            body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                    "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")
            self._answer(text, peer, body)
        elif method in ("BYE", "CANCEL", "OPTIONS", "NOTIFY"):
            if method == "BYE":
                self.held.pop(header(text, "Call-ID")[0], None)
            self._answer(text, peer, "")

    def _answer(self, text, peer, body):
        lines = ["SIP/2.0 200 OK"]
        lines += [f"Via: {v}" for v in header(text, "Via")]
        lines += [f"Record-Route: {v}" for v in header(text, "Record-Route")]
        to = header(text, "To")[0]
        lines += [f"From: {header(text, 'From')[0]}",
                  f"To: {to}" + ("" if "tag=" in to else ";tag=bench"),
                  f"Call-ID: {header(text, 'Call-ID')[0]}",
                  f"CSeq: {header(text, 'CSeq')[0]}",
                  f"Contact: <sip:bench@127.0.0.1:{self.port}>"]
        if body:
            lines += ["Content-Type: application/sdp"]
        lines += [f"Content-Length: {len(body)}", "", body]
        self.sip.sendto("\r\n".join(lines).encode(), peer)

    def _request(self, server_port, user, authorization, number):
        host = f"127.0.0.1:{server_port}"
        lines = [f"REGISTER sip:{host} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{self.port}"
                 f";branch=z9hG4bKbench{number};rport",
                 f"From: <sip:{user}@{host}>;tag=bench",
                 f"To: <sip:{user}@{host}>", "Call-ID: bench@127.0.0.1",
                 f"CSeq: {number} REGISTER", "Max-Forwards: 70",
                 f"Contact: <sip:{user}@127.0.0.1:{self.port}>",
                 "Expires: 600"]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        lines += ["Content-Length: 0", "", ""]
        self.answers.clear()
        self.sip.sendto("\r\n".join(lines).encode(),
                        ("127.0.0.1", server_port))
        wait_until(lambda: self.answers, 5, "an answer to REGISTER")
        return self.answers[-1]

    def register(self, server_port, user, password, number=1):
        """As a phone of offhookd (digest, RFC 2617). number: of the first of
        its two requests, to be above all of another user's"""
        answer = self._request(server_port, user, None, number)
        got = dict(re.findall(r'(\w+)="?([^",]+)"?',
                              header(answer, "WWW-Authenticate")[0]))

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        uri = f"sip:127.0.0.1:{server_port}"
        ha1 = md5(f"{user}:{got['realm']}:{password}")
        ha2 = md5(f"REGISTER:{uri}")
        rest = "00000001:bench:auth" if "qop" in got else ""
        response = md5(":".join(filter(None, (ha1, got["nonce"], rest, ha2))))
        line = (f'Digest username="{user}", realm="{got["realm"]}", '
                f'nonce="{got["nonce"]}", uri="{uri}", '
                f'response="{response}", algorithm=MD5')
        if rest:
            line += ', qop=auth, nc=00000001, cnonce="bench"'
        answer = self._request(server_port, user, line, number + 1)
        if not answer.startswith("SIP/2.0 200"):
            raise Failure("not registered: " + answer.splitlines()[0])

    def call(self, dial, hang_up):
        """(seconds from dial() to the first voice packet, from its INVITE
        to that)"""
        self.invited = self.voice = None
        begin = time.monotonic()
        dial()
        wait_until(lambda: self.voice, 10, "voice arrives", every=0.002)
        out = self.voice - begin, self.voice - self.invited
        hang_up()
        return out

    def report(self):
        return []

    def close(self):
        self.end = True
        self.thread.join()
        self.sip.close()
        self.rtp.close()


class Baresip:
    """baresip with G.711; it says what it hears; no user interface."""

    def __init__(self, box, env):
        home = box.folder("b")
        self.port = boxes.free_port(socket.SOCK_DGRAM)
        control = boxes.free_port()
        (home / "config").write_text(
            f"sip_listen 127.0.0.1:{self.port}\n"
            "audio_player aubridge,a\naudio_source aubridge,a\n"
            f"ctrl_tcp_listen 127.0.0.1:{control}\n"
            "call_max_calls 200\n"
            "module_path /usr/lib/baresip/modules\n"
            "module g711.so\nmodule aubridge.so\n"
            "module_tmp account.so\nmodule_app menu.so\n"
            "module_app ctrl_tcp.so\n")
        (home / "accounts").write_text(
            "<sip:bench@127.0.0.1>;regint=0;answermode=auto;"
            "audio_codecs=PCMA/8000/1\n")
        (home / "contacts").write_text("")
        self.log = home / "out"
        with open(self.log, "wb") as log:
            self.proc = box.popen(["/usr/bin/baresip", "-f", home], env=env,
                                  stdout=log, stderr=log)
        self.pid = self.proc.pid
        self.socket = wait_until(lambda: self._connect(control), 10,
                                 lambda: "baresip listens\n"
                                 + self.log.read_text(errors="replace"))

    @staticmethod
    def _connect(port):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            return None

    def command(self, command, params=""):
        text = json.dumps({"command": command, "params": params})
        self.socket.sendall(f"{len(text)}:{text},".encode())

    def dial(self, port):
        self.command("dial", f"sip:bench@127.0.0.1:{port}")

    def hang_up(self):
        self.command("hangup")

    def sockets(self):
        """How many it has open: more while it is in a call."""
        count = 0
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                count += os.readlink(
                    f"/proc/{self.pid}/fd/{fd}").startswith("socket:")
            except OSError:
                pass
        return count

    def report(self):
        return []

    def close(self):
        self.socket.close()
        self.proc.terminate()
        self.proc.wait()
