"""Programs that others wrote: baresip as a phone, sipp as one that follows a
script, curl as a program that speaks to the UC server."""
import array
import json
import pathlib
import re
import select
import socket
import time

from harness import Failure, sound, wait_until
from harness import box as boxes

MODULES = pathlib.Path("/usr/lib/baresip/modules")
HERE = pathlib.Path(__file__).resolve().parent


def sip_password(server, user):
    """The SIP password of an account, as an administrator gets it."""
    got = server.box.run([boxes.build / "offhookd", "--state", server.state,
                          "--sip-password", user])
    if got.returncode or not got.stdout.strip():
        raise Failure(f"--sip-password {user}: {got}")
    return server.box.secret(got.stdout.strip())


def add_user(server, user, name, password="Desk-phone-1"):
    """An account made while the server runs."""
    path = server.box.path / "password"
    path.write_text(password + "\n")
    path.chmod(0o600)
    got = server.box.run([
        boxes.build / "offhookd", "--state", server.state,
        "--add-user", user, name, "--password-file", path])
    if got.returncode:
        raise Failure(f"--add-user {user}: {got}")


def port_pair():
    """A port that is free on TCP and UDP, and so is the next."""
    while True:
        taken = []
        try:
            port = boxes.free_port()
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                for n in (port, port + 1):
                    taken.append(socket.socket(socket.AF_INET, kind))
                    taken[-1].bind(("127.0.0.1", n))
            return port
        except (OSError, OverflowError):
            pass
        finally:
            for s in taken:
                s.close()


def wait_hears_not(who, other, timeout=5):
    """Until half a second has passed in which who (a Baresip or a Person)
    has not heard the other's tone: silence, something else, or nothing."""
    def length():
        got = who.last(0)
        return len(got[1]) if got else 0

    end = time.monotonic() + timeout
    while time.monotonic() < end:
        before = length()
        time.sleep(0.5)  # what does not come can't be waited for
        rate, samples = who.last(0)
        new = samples[before:]
        if len(new) < 0.2 * rate or \
                sound.goertzel(new[-rate // 2:], rate, other.tone) < 0.3 or \
                sound.level(new) < -40:
            return
    raise Failure(f"{who.user} still hears {other.tone} Hz")


class Baresip:
    """baresip as the phone of one account. It says a tone of its own, and
    what it hears lies in a file. Commands and events go by its ctrl_tcp."""

    def __init__(self, server, user, tone=600, transport="udp",
                 codec="PCMA/8000/1", answer="manual", password=None,
                 auth_user=None, calls=4, speech=None, dump=True,
                 host="127.0.0.1", via=(), encryption=None, card=None,
                 env=None, more=()):
        """codec: several with commas between them, all of one rate;
        encryption: srtp (SDES, if the other side can), srtp-mand, or
        dtls_srtp;
        speech: a WAV file of the codec's rate that it says instead of
        the tone, once; dump: keep what it hears (hears(), wait_hears());
        host, via: its address, and what starts it there (harness.line);
        card: ALSA's device that it says and hears by instead, env: what that
        needs; more: lines of its configuration"""
        self.server, self.box, self.user = server, server.box, user
        self.tone, self.transport, self.codec = tone, transport, codec
        self.answer, self.calls = answer, calls
        self.speech, self.dump = speech, dump
        self.host, self.via = host, list(via)
        self.encryption = encryption
        self.card, self.env, self.more = card, env or {}, list(more)
        self.auth_user = auth_user or user
        self.password = password or sip_password(server, self.auth_user)
        self.home = self.box.folder("b")
        self.log = self.home / "baresip.log"
        self.events, self.buffer, self.count = [], b"", 0
        self.socket = self.proc = None
        self.box.add(self)
        for _ in range(5):
            self.configure()
            if self.start():
                return
        raise Failure(f"baresip does not start\n{boxes.tail(self.log)}")

    # --- life
    def configure(self):
        self.said = self.speech or self.card or self.write_tone()
        self.port, self.control_port = port_pair(), boxes.free_port()
        modules = ["g711", "g722", "opus", "aufile", "aubridge"]
        modules += {None: [], "dtls_srtp": ["dtls_srtp"]}.get(
            self.encryption, ["srtp"])
        modules += ["sndfile"] if self.dump else []
        modules += ["alsa"] if self.card else []
        source, player = (f"alsa,{self.card}",) * 2 if self.card else (
            f"aufile,{self.said}", "aubridge,nowhere")
        (self.home / "config").write_text("\n".join([
            f"net_interface {self.host}",
            f"sip_listen {self.host}:{self.port}",
            f"ctrl_tcp_listen {self.host}:{self.control_port}",
            f"call_max_calls {self.calls}",
            f"audio_source {source}",
            f"audio_player {player}",
            "audio_alert aubridge,nowhere",
            f"snd_path {self.home}",
            f"module_path {MODULES}",
            *(f"module {m}.so" for m in modules),
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so", *self.more]) + "\n")
        accounts = self.home / "accounts"
        accounts.touch(mode=0o600)
        accounts.write_text(
            f"<sip:{self.user}@{self.server.host}:{self.server.sip_port};"
            f"transport={self.transport}>;auth_user={self.auth_user};"
            f"auth_pass={self.password};answermode={self.answer};"
            f"audio_codecs={self.codec};regint=120"
            f"{';mediaenc=' + self.encryption if self.encryption else ''}\n")
        (self.home / "contacts").write_text("")

    def write_tone(self):
        first = self.codec.split(",")[0]
        rate, channels = (int(x) for x in first.split("/")[1:])
        one = sound.tone(self.tone, 1, rate)
        if channels == 2:
            one = array.array("h", (x for x in one for _ in (0, 1)))
        path = self.home / "said.wav"
        with sound.wave.open(str(path), "wb") as w:
            w.setnchannels(channels)
            w.setsampwidth(2)
            w.setframerate(rate)
            w.writeframes(one.tobytes() * 60)
        return path

    def start(self):
        """Whether it runs and can be spoken to."""
        with open(self.log, "ab") as log:
            self.proc = self.box.popen(
                # Line by line: the log is read while it is written.
                [*self.via, "stdbuf", "-oL", "baresip", "-f", self.home,
                 "-s", "-v"],
                cwd=self.home,
                env=self.box.environment(self.home, **self.env),
                stdout=log, stderr=log)
        end = time.monotonic() + 5
        while time.monotonic() < end and self.proc.poll() is None:
            try:
                self.socket = socket.create_connection(
                    (self.host, self.control_port), 5)
                return True
            except OSError:
                time.sleep(0.02)
        self.proc.kill()
        self.proc.wait()
        return False

    # --- commands and events
    def read(self, timeout):
        """One message (netstring of JSON), or None."""
        end = time.monotonic() + timeout
        while True:
            m = re.match(rb"(\d+):", self.buffer)
            if m and len(self.buffer) > m.end() + int(m[1]):
                text = self.buffer[m.end():m.end() + int(m[1])]
                self.buffer = self.buffer[m.end() + int(m[1]) + 1:]
                return json.loads(text)
            left = end - time.monotonic()
            if left < 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            more = self.socket.recv(65536)
            if not more:
                raise Failure("baresip has ended")
            self.buffer += more

    def do(self, command, params=""):
        """Its answer's text."""
        self.count += 1
        token = f"t{self.count}"
        text = json.dumps({"command": command, "params": params,
                           "token": token}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))
        while True:
            got = self.read(10)
            if got is None:
                raise Failure(f"baresip: {command}: no answer")
            if got.get("token") == token:
                return got["data"]
            self.events.append(got)

    def wait_event(self, type_, timeout=10, param=None):
        """The next event of that type (whose param matches); what came
        before it is forgotten."""
        end = time.monotonic() + timeout
        while True:
            for i, got in enumerate(self.events):
                if got.get("type") == type_ and (
                        param is None or re.search(param, got["param"])):
                    del self.events[:i + 1]
                    return got
            got = self.read(max(0, end - time.monotonic()))
            if got is None:
                raise Failure(f"baresip: no {type_} {param or ''} within "
                              f"{timeout} s; came: {self.events}")
            self.events.append(got)

    def has_rung(self):
        """Whether a call has come to it until now."""
        self.do("reginfo")
        return any(e.get("type") == "CALL_INCOMING" for e in self.events)

    def wait_registered(self):
        def registered():
            try:
                return "OK" in self.do("reginfo")
            except Failure:  # it has not begun to listen: asked again
                return False
        wait_until(registered, 30, f"{self.user} is registered", every=0.05)
        return self

    def wait_refused(self, why="40[13] "):
        wait_until(lambda: "ERR" in self.do("reginfo"), 10,
                   f"{self.user} is refused", every=0.05)
        wait_until(lambda: re.search(why, self.log.read_text()), 10,
                   f"it is refused by {why}", every=0.05)

    def wait_no_call(self, timeout=5):
        wait_until(lambda: not re.search(r"line \d", self.do("listcalls")),
                   timeout,
                   "baresip has no call", every=0.05)

    def quit(self):
        """Its end, in good order: it takes its registration back."""
        self.proc.terminate()
        self.proc.wait(10)

    def codecs(self):
        """What it says and hears by, in its newest call."""
        return re.findall(r"(?:en|de)code: (\w+) ", self.do("audio_debug"))

    def received(self):
        """Packets that its newest call has got."""
        return int(re.search(r"rcvd=(\d+)", self.do("audio_debug"))[1])

    # --- sound
    def last(self, seconds):
        """(rate, samples) of what it heard last in its newest call."""
        files = sorted(self.home.glob("dump-*-dec.wav"),
                       key=lambda p: p.stat().st_mtime)
        if not files:
            return None
        try:
            rate, samples = sound.read(files[-1])
        except (OSError, ValueError):
            return None
        n = int(seconds * rate)
        return (rate, samples[-n:]) if len(samples) >= n else None

    def hears(self, tone, seconds=0.6):
        got = self.last(seconds)
        return bool(got and sound.goertzel(got[1], got[0], tone) > 0.8
                    and -16 < sound.level(got[1]) < -8)

    def wait_hears(self, other, timeout=10):
        tone = getattr(other, "tone", other)

        def what():
            got = self.last(0.6)
            if not got:
                return "nothing has come"
            return (f"level {sound.level(got[1]):.1f} dB, share "
                    f"{sound.goertzel(got[1], got[0], tone):.2f}")
        wait_until(lambda: self.hears(tone), timeout,
                   lambda: f"baresip hears {tone} Hz; {what()}", every=0.1)

    # --- the end
    def report(self):
        return [(f"baresip {self.user}", boxes.tail(self.log, 200)),
                (f"events of baresip {self.user}",
                 "\n".join(map(str, self.events)))]

    def close(self):
        if self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(5)
            except Exception:
                self.proc.kill()
                self.proc.wait()
        if self.socket:
            self.socket.close()
        return []
