"""Rows of the server's traffic: calls, registrations and relayed sound, beside
Kamailio and rtpengine in the same run; and how long a call takes to be seen.

Both get the same messages from the same sipp, on the same processors.
"""
import itertools
import os
import pathlib
import re
import select
import socket
import statistics
import subprocess
import time
from functools import cached_property

from harness import Client, Failure, Server, Wsi, wait_until
from harness import box as boxes
from bare import Callee, header
from peer import add_user, sip_password

HERE = pathlib.Path(__file__).resolve().parent
PAIRS, STEP_S, GROWS, TRIES, MOST = 12, 4, 1.25, 3, 20000
CALM = 64  # descriptors of a server without calls, and some more
LOSS, RELAY_S, RELAY_STEP, RELAY_MOST = 0.001, 4, 100, 700
SEEN = 15
TICKS = os.sysconf("SC_CLK_TCK")


def processor(pid):
    """Seconds of processor time that a program and the processes that it has
    started have used."""
    ticks = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")")[1].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def udp_port():
    return boxes.free_port(socket.SOCK_DGRAM)


class Registered(Callee):
    """A Callee whose port and registration another program inherits."""

    def leave(self):
        self.close()
        return self.port


class Kamailio:
    """A plain stateful proxy with digest, and one process that works."""

    def __init__(self, box):
        self.sip_port = udp_port()
        self.log = box.folder("k") / "log"
        with open(self.log, "wb") as log:
            self.proc = box.popen(
                ["/usr/sbin/kamailio", "-DD", "-E", "-m", "256", "-M", "16",
                 "-f", HERE / "kamailio.cfg", "-Y", self.log.parent,
                 "-A", f"PORT={self.sip_port}"], stdout=log, stderr=log)
        wait_until(self.answers, 10, lambda: "Kamailio runs\n"
                   + self.log.read_text(errors="replace")[-1500:])

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.bind(("127.0.0.1", 0))
            s.sendto((f"OPTIONS sip:127.0.0.1:{self.sip_port} SIP/2.0\r\n"
                      "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKa\r\n"
                      "From: <sip:a@b>;tag=a\r\nTo: <sip:a@b>\r\n"
                      "Call-ID: a\r\nCSeq: 1 OPTIONS\r\n"
                      "Content-Length: 0\r\n\r\n"
                      % s.getsockname()[1]).encode(),
                     ("127.0.0.1", self.sip_port))
            try:
                return s.recv(2048)
            except OSError:
                return None

    @property
    def pid(self):
        return self.proc.pid

    def password(self, _):
        return "secret"

    def settle(self):
        pass

    def report(self):
        return []

    def close(self):
        self.proc.terminate()
        self.proc.wait()


class Switch(Server):
    """offhookd with the accounts of the callers and the called."""

    def __init__(self, box, users):
        super().__init__(box, demo=False)
        self.secrets = {}
        for user in users:
            add_user(self, user, "Tess Traffic")
            self.secrets[user] = sip_password(self, user)

    def password(self, user):
        return self.secrets[user]

    def settle(self):
        """Until no call is left: one whose end was lost lasts for half a
        minute, and takes the place of others meanwhile."""
        fds = pathlib.Path(f"/proc/{self.pid}/fd")
        wait_until(lambda: len(list(fds.iterdir())) < CALM, 60,
                   "the calls of before are over")


class Traffic:
    """sipp as the phones of one server: those that are called, and those that
    call them."""

    def __init__(self, box, server, rtp=None):
        self.box, self.server = box, server
        self.home = box.folder("t")
        self.rtp = rtp or ("[media_port]",) * 2
        self.proc = None
        self.used = 0  # processor time of the server, by the last of these
        lines = ["SEQUENTIAL"]
        for caller, called in zip(*users()):
            lines.append(
                f"{caller};{called};[authentication username={caller} "
                f"password={server.password(caller)}]")
        (self.home / "users.csv").write_text("\n".join(lines) + "\n")

    def argv(self, script, port, *more, lasts=0, rtp=0):
        path = self.home / f"{script}-{lasts}.xml"
        path.write_text((HERE / f"sipp/{script}.xml").read_text()
                        .replace("@LASTS@", str(lasts))
                        .replace("@RTP@", str(self.rtp[rtp])))
        return ["sipp", f"127.0.0.1:{self.server.sip_port}", "-sf", path,
                "-inf", self.home / "users.csv", "-i", "127.0.0.1",
                "-p", port, "-mp", udp_port(), "-nostdin", "-l", "20000",
                "-buff_size", "4194304", "-max_socket", "100", *more]

    def answer(self):
        """From now on calls are answered."""
        phone = Registered()
        for n, called in enumerate(users()[1]):
            phone.register(self.server.sip_port, called,
                           self.server.password(called), 2 * n + 1)
        argv = self.argv("called", phone.leave(), rtp=1)
        self.proc = self.box.popen(argv, cwd=self.home,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.box.add(self)
        time.sleep(0.5)  # it says nothing when it listens

    def went_well(self, script, rate):
        """STEP_S at that rate: whether all went as written, in time."""
        count, begin = rate * STEP_S, time.monotonic()
        used = processor(self.server.pid)
        got = self.box.run(
            self.argv(script, udp_port(), "-r", rate, "-m", count,
                      "-timeout", f"{2 * STEP_S}s", "-timeout_error"),
            cwd=self.home, timeout=60)
        took = time.monotonic() - begin
        self.used = processor(self.server.pid) - used
        return got.returncode == 0 and took < 1.25 * STEP_S + 0.5

    def again(self, script, rate):
        self.server.settle()
        return self.went_well(script, rate)

    def highest(self, script, first):
        """The highest rate without a failure, by steps of 25 % upwards, and
        the processor time of one at the first; what fails is tried again,
        since the machine may have been elsewhere."""
        best, rate, one = 0, first, 0
        while rate < MOST:
            if not any(self.again(script, rate) for _ in range(TRIES)):
                break
            one = one or self.used / (rate * STEP_S)
            best, rate = rate, int(rate * GROWS)
        if not best:
            raise Failure(f"{script}: not even {first} a second")
        return f"{best}, {one * 1000:.2f} ms"

    def report(self):
        return []

    def close(self):
        if self.proc and self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()


def users():
    """(who call, who are called): several, since a device has so many calls
    at most."""
    return ([str(300 + n) for n in range(PAIRS)],
            [str(400 + n) for n in range(PAIRS)])


class Ends:
    """The phones of many calls: what comes back of the sound they send."""

    def __init__(self, box):
        program = box.folder("r") / "rtp"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "rtp.c"],
                       check=True)
        self.proc = box.popen([program, str(RELAY_S)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
        self.ports = self.proc.stdout.readline().split()
        box.add(self)

    def lost(self, more):
        """The share that is lost of what all calls send, with those more
        (ports of the relay)."""
        self.proc.stdin.write("".join(f"{p}\n" for p in [*more, 0]))
        self.proc.stdin.flush()
        sent, back = map(int, self.proc.stdout.readline().split())
        return 1 - back / sent

    def report(self):
        return []

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.communicate()


class SwitchRelay:
    """Calls through offhookd."""

    def __init__(self, box, switch, ends):
        self.box, self.pid, self.switch = box, switch.pid, switch
        self.traffic = Traffic(box, switch, ends.ports)
        self.traffic.answer()

    def close(self):
        self.traffic.close()
        self.switch.close()

    def more(self, count):
        """So many calls more: the ports of their callers."""
        log = self.traffic.home / f"messages-{time.monotonic_ns()}"
        argv = self.traffic.argv(
            "caller", udp_port(), "-m", count, "-r", 50, "-trace_msg",
            "-message_file", log, lasts=600000)
        self.box.popen(argv, cwd=self.traffic.home, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

        def ports():
            text = log.read_text(errors="replace") if log.exists() else ""
            found = re.findall(r"SIP/2\.0 200 .*?\bm=audio (\d+)", text, re.S)
            return len(found) >= count and found
        return wait_until(ports, 10 + count / 25, f"{count} calls more")


class Rtpengine:
    """rtpengine with one thread and without the kernel's help, by its control
    protocol: dictionaries in bencode."""

    def __init__(self, box, ends):
        self.ends, self.count = ends, itertools.count()
        control = udp_port()
        self.log = box.folder("e") / "log"
        with open(self.log, "wb") as log:
            self.proc = box.popen(
                ["/usr/bin/rtpengine", "--config-file=none", "-f", "-E",
                 "-L", "3", "-t", "-1", "-i", "127.0.0.1",
                 "-n", f"127.0.0.1:{control}", "-m", "20000", "-M", "32000",
                 "--num-threads=1"], stdout=log, stderr=log)
        self.pid = self.proc.pid
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", control))
        self.socket.settimeout(1)
        wait_until(self.answers, 10, lambda: "rtpengine runs\n"
                   + self.log.read_text(errors="replace")[-1500:])

    def ask(self, **what):
        text = "".join(f"{len(s)}:{s}" for pair in what.items()
                       for s in (pair[0].replace("_", "-"), pair[1]))
        self.socket.send(f"{next(self.count)} d{text}e".encode())
        return self.socket.recv(65536).decode()

    def answers(self):
        try:
            return "pong" in self.ask(command="ping")
        except OSError:
            return False

    def more(self, count):
        return [self.call() for _ in range(count)]

    def call(self):
        name = f"call{next(self.count)}"
        for command, port in zip(("offer", "answer"), self.ends.ports):
            said = self.ask(
                command=command, call_id=name, from_tag="a",
                **({"to_tag": "b"} if command == "answer" else {}),
                sdp="v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                    "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {port} RTP/AVP 8\r\n")
            port = re.search(r"m=audio (\d+)", said)
            if not port:
                raise Failure(f"rtpengine: {said[:300]}")
        return port[1]

    def report(self):
        return []

    def close(self):
        self.socket.close()
        self.proc.kill()
        self.proc.wait()


def relayed(relay, ends):
    """(most calls whose sound all arrives, share of a processor then)"""
    best = share = 0
    for count in range(RELAY_STEP, RELAY_MOST + 1, RELAY_STEP):
        try:
            ports = relay.more(RELAY_STEP)
        except Failure:
            if not best:
                raise
            break
        used, begin = processor(relay.pid), time.monotonic()
        lost = ends.lost(ports)
        used = (processor(relay.pid) - used) / (time.monotonic() - begin)
        # A machine that had something else to do may try again.
        if lost >= LOSS and ends.lost([]) >= LOSS:
            break
        best, share = count, used
    if not best:
        raise Failure(f"{lost:.1%} of {RELAY_STEP} calls is lost")
    return f"{best} by {share:.2f}"


class Ringing(Callee):
    """A desk phone that rings; when it said so is known."""

    def _answer(self, text, peer, body):
        if not text.startswith("INVITE"):
            return super()._answer(text, peer, body)
        lines = ["SIP/2.0 180 Ringing"]
        lines += [f"Via: {v}" for v in header(text, "Via")]
        lines += [f"From: {header(text, 'From')[0]}",
                  f"To: {header(text, 'To')[0]};tag=bench",
                  f"Call-ID: {header(text, 'Call-ID')[0]}",
                  f"CSeq: {header(text, 'CSeq')[0]}",
                  f"Contact: <sip:bench@127.0.0.1:{self.port}>",
                  "Content-Length: 0", "", ""]
        self.rang = time.monotonic()
        self.sip.sendto("\r\n".join(lines).encode(), peer)


def seen(terminal, text, timeout=5):
    """When that text came on the terminal."""
    end, got = time.monotonic() + timeout, b""
    while time.monotonic() < end:
        if not select.select([terminal.fd], [], [], 0.1)[0]:
            continue
        got += os.read(terminal.fd, 65536)
        if text in got:
            return time.monotonic()
    raise Failure(f"{text} is not on the terminal")


class TrafficRows:
    """Part of the bench: what the server carries."""

    @cached_property
    def switch(self):
        return Switch(self.box, itertools.chain(*users()))

    @cached_property
    def traffics(self):
        """Of offhookd and of Kamailio."""
        out = [Traffic(self.box, self.switch),
               Traffic(self.box, self.box.add(Kamailio(self.box)))]
        for traffic in out:
            traffic.answer()
        return out

    def calls_rate(self):
        """offhookd: calls/s with relay, journal; of one|Kamailio, neither"""
        return [t.highest("caller", 80) for t in self.traffics]

    def registrations_rate(self):
        """offhookd: registrations/s with digest; of one|Kamailio"""
        return [t.highest("register", 400) for t in self.traffics]

    def relay(self):
        """offhookd: calls relayed without loss, by so many cores|rtpengine"""
        out = []
        for own in (True, False):
            ends = Ends(self.box)
            relay = SwitchRelay(self.box, Switch(self.box, itertools.chain(
                *users())), ends) if own else \
                self.box.add(Rtpengine(self.box, ends))
            out.append(relayed(relay, ends))
            relay.close()
            ends.close()
        return out

    def ringing_seen(self):
        """a desk phone rings: until a terminal shows who calls|tmux, tail"""
        phone = self.box.add(Ringing())
        add_user(self.server, "290", "Rita Ringing", "Exchange-1878")
        phone.register(self.server.sip_port, "290",
                       sip_password(self.server, "290"))
        client = Client(self.box, "set voip off\n")
        client.start()
        client.login(self.server, "290", "Exchange-1878")
        client.wait_status(connection="online")
        terminal = self.offhook(client)
        terminal.settle(quiet=0.5)
        caller = Wsi(self.server)
        caller.login("201", "Exchange-1878")
        caller.start_events()
        log = self.box.path / "rings"
        log.write_text("")
        screen = self.terminal_of(["/usr/bin/tmux", "-L", "bench", "-f",
                                   "/dev/null", "new", f"tail -f {log}"])
        screen.settle(quiet=0.5)
        own, peer = [], []
        for n in range(SEEN):
            call = caller.make_call("290").findtext(".//callID")
            own.append(seen(terminal, b"Agner") - phone.rang)
            caller.ask("ClearConnection", deviceID="201", callID=call)
            caller.wait_event("ConnectionClearedEvent")
            terminal.settle(quiet=0.3, timeout=2)
            begin = time.monotonic()
            with open(log, "a", encoding="utf-8") as out:
                out.write(f"call {n} rings\n")
            peer.append(seen(screen, f"call {n} rings".encode()) - begin)
            screen.settle(quiet=0.1, timeout=0.5)
        terminal.close()
        self.box.run(["/usr/bin/tmux", "-L", "bench", "kill-server"],
                     env=self.env)
        screen.close()
        return [f"{statistics.median(of) * 1000:.1f} ms" for of in (own, peer)]

    TRAFFIC_ROWS = (calls_rate, registrations_rate, relay, ringing_seen)
