"""A bad network in front of a UDP port: loses, delays, jitters, reorders and
doubles datagrams, the same ones each time with the same seed.

    python3 impair.py LISTEN-PORT TARGET-PORT loss=10 delay=40 jitter=60 seed=1

or in a test:

    with Impairer(("127.0.0.1", 30000), loss=10, jitter=60) as line:
        send_to(line.address)

What comes back from the target goes to whoever sent last, impaired likewise.
"""
import heapq
import random
import select
import socket
import sys
import threading
import time

AS_IT_IS = {"loss": 0.0, "delay": 0.0, "jitter": 0.0, "reorder": 0.0,
            "double": 0.0, "burst": 1.0, "seed": 1}


class Judge:
    """When a datagram arrives: [] lost, one or two times from now in s.

    loss, reorder, double: percent of the datagrams; burst: mean length of a
    loss; delay: ms; jitter: at most so many ms more. Order is kept but for
    those that reorder picks, which overtake by 30 ms.
    """

    def __init__(self, **how):
        for name in how:
            if name not in AS_IT_IS:
                raise ValueError(f"there is no {name}")
        self.how = {**AS_IT_IS, **how}
        self.dice = random.Random(self.how["seed"])
        self.losing, self.last = False, 0.0

    def lost(self):
        """Two states (Gilbert): a loss goes on with 1 - 1 / burst."""
        share, burst = self.how["loss"] / 100, max(self.how["burst"], 1)
        if burst == 1 or share >= 1:
            self.losing = self.dice.random() < share
        elif self.losing:
            self.losing = self.dice.random() >= 1 / burst
        else:
            self.losing = self.dice.random() < share / (burst * (1 - share))
        return self.losing

    def arrivals(self, now):
        """The dice fall as often for each one, whatever becomes of it."""
        lost = self.lost()
        late = self.how["jitter"] * self.dice.random()
        early = self.dice.random() * 100 < self.how["reorder"]
        double = self.dice.random() * 100 < self.how["double"]
        if lost:
            return []
        at = now + (self.how["delay"] + late) / 1000
        if early:
            at += 0.03
        else:
            at = self.last = max(at, self.last)
        return [at, at + 0.001] if double else [at]


class Impairer:
    """One port in front of another, in a thread of its own."""

    def __init__(self, target, port=0, host="127.0.0.1", **how):
        self.target = target
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind((host, port))
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.bind((host, 0))
        self.address = self.front.getsockname()
        self.forth = Judge(**how)
        self.home = Judge(**{**how, "seed": how.get("seed", 1) + 1})
        self.client = None
        self.waiting, self.count = [], 0
        self.seen = {"taken": 0, "given": 0}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def take(self, sock, judge, outward):
        data, source = sock.recvfrom(65536)
        if outward:
            self.client = source
        self.seen["taken"] += 1
        for at in judge.arrivals(time.monotonic()):
            self.count += 1
            heapq.heappush(self.waiting, (at, self.count, outward, data))

    def give(self):
        """What is due. How long until the next is, in s."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return min(left, 0.1)
            _, _, outward, data = heapq.heappop(self.waiting)
            to = self.target if outward else self.client
            if to:
                (self.back if outward else self.front).sendto(data, to)
                self.seen["given"] += 1
        return 0.1

    def run(self):
        while not self.ended.is_set():
            ready, _, _ = select.select([self.front, self.back], [], [],
                                        self.give())
            if self.front in ready:
                self.take(self.front, self.forth, True)
            if self.back in ready:
                self.take(self.back, self.home, False)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.front.close()
        self.back.close()


def main(args):
    listen, target = int(args[0]), int(args[1])
    how = {k: float(v) for k, v in (a.split("=", 1) for a in args[2:])}
    with Impairer(("127.0.0.1", target), listen, **how) as line:
        try:
            line.thread.join()
        except KeyboardInterrupt:
            print(line.seen, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
