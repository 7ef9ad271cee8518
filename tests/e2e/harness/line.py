"""A bad line between two network namespaces, for tests as root.

Two TUN devices, one in each namespace, joined by a thread that does to each
packet what harness.impair's Judge says. What is near is this process's own
namespace, so it must be in one that was made for the test:
harness.line.leave() moves there.
"""
import ctypes
import fcntl
import heapq
import os
import select
import struct
import subprocess
import threading
import time

from .box import Failure
from .impair import Judge

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
MTU = 1500
_libc = ctypes.CDLL(None, use_errno=True)


def leave():
    """Move this process (before it has threads) into a network namespace of
    its own with nothing but loopback. Failure where that is not allowed."""
    if _libc.unshare(CLONE_NEWNET):
        raise Failure("a network namespace: " + os.strerror(
            ctypes.get_errno()))
    _ip("link", "set", "lo", "up")


def _ip(*argv, via=()):
    got = subprocess.run([*via, "ip", *argv], capture_output=True, text=True,
                         timeout=10)
    if got.returncode:
        raise Failure(f"ip {' '.join(argv)}: {got.stderr}")


def _tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(),
                                           IFF_TUN | IFF_NO_PI))
    return fd


class Line:
    """near and far are its addresses; via, what to put before a command to
    run it at the far end; how: the Judge's, both ways. Each stream of RTP has
    one of its own, of the same seed: its first packet meets the fate of any
    other's first, whatever else is on the line.
    """

    near, far = "10.77.0.1", "10.77.0.2"

    def __init__(self, **how):
        self.become(**how)
        self.passed = self.lost = 0
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.via = ["nsenter", "--target", str(self.holder.pid), "--net"]
        self.ends = [_tun("line0"), _tun("line1")]
        _ip("link", "set", "line1", "netns", str(self.holder.pid))
        _ip("link", "set", "lo", "up", via=self.via)
        for name, own, other, via in (
                ("line0", self.near, self.far, ()),
                ("line1", self.far, self.near, self.via)):
            _ip("addr", "add", own, "peer", other, "dev", name, via=via)
            _ip("link", "set", name, "mtu", str(MTU), "up", via=via)
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def become(self, **how):
        """Another line from now on."""
        self.how = {"seed": 1, **how}
        self.judges = [self._new_judge(0), self._new_judge(1)]
        self.streams = {}

    def _new_judge(self, n):
        return Judge(**{**self.how, "seed": self.how["seed"] + n})

    def _judge(self, end, packet):
        """IPv4 without options, UDP, and RTP of version 2."""
        if packet[0] != 0x45 or packet[9] != 17 or len(packet) < 40 or \
                packet[28] >> 6 != 2 or 64 <= packet[29] & 127 < 96:
            return self.judges[end]
        key = end, packet[20:24]
        if key not in self.streams:
            self.streams[key] = self._new_judge(2)
        return self.streams[key]

    def _take(self, end, queue, now):
        while True:
            try:
                packet = os.read(self.ends[end], MTU + 100)
            except BlockingIOError:
                return
            arrivals = self._judge(end, packet).arrivals(now)
            self.lost += not arrivals
            for due in arrivals:
                self.count += 1
                heapq.heappush(queue, (due, self.count, 1 - end, packet))

    def _run(self):
        queue, self.count = [], 0
        while True:
            wait = max(0, queue[0][0] - time.monotonic()) if queue else None
            ready = select.select([*self.ends, self.stop_read], [], [],
                                  wait)[0]
            if self.stop_read in ready:
                return
            now = time.monotonic()
            for end, fd in enumerate(self.ends):
                if fd in ready:
                    self._take(end, queue, now)
            while queue and queue[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(queue)
                try:
                    os.write(self.ends[end], packet)
                    self.passed += 1
                except OSError:
                    pass  # a full queue loses it, as any would

    def report(self):
        return [("line", f"{self.passed} packets passed, {self.lost} lost")]

    def close(self):
        os.write(self.stop_write, b"x")
        self.thread.join()
        for fd in (*self.ends, self.stop_read, self.stop_write):
            os.close(fd)
        self.holder.kill()
        self.holder.wait()
        return []
