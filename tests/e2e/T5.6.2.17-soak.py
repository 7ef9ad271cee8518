"""Whatever is done with calls, they end: several clients, with the built-in
phone and with one on the desk, do call actions by chance; when all has been
hung up, nothing is left of it anywhere.

SOAK_S seconds (60) of it; SOAK_SEED=N does the same ones again, as far as
time lets it. SOAK_KB is by how much a program may grow (a sanitizer keeps what
was freed)."""
import os
import random
import re
import time

import pytest

from desk import Desk  # finds peer
from harness import Control, Refused, wait_until
from harness.box import descriptors, resident
from people import Person
from peer import add_user

SECONDS = float(os.environ.get("SOAK_S", "60"))
# Of their own: the demo's people answer too, and speak on with whomever they
# are transferred to.
USERS = {"301": 700, "302": 1100, "303": 1500, "304": 1900}
PASSWORD = "Exchange-1878"
# Colleagues who are busy, or do not answer; and nobody.
OTHERS = ("208", "205", "299")
GROWTH_KB = int(os.environ.get("SOAK_KB", 6 * 1024))


class Actor:
    def __init__(self, person, rng, w):
        self.person, self.rng, self.w = person, rng, w
        self.user = person.user
        self.control = Control(person.client.socket)
        self.phone = getattr(person, "phone", None)
        w.login(self.user, PASSWORD)

    def number(self):
        kind = USERS if self.rng.random() < 0.85 else OTHERS
        return self.rng.choice([n for n in kind if n != self.user])

    def calls(self):
        return self.control.data("calls")

    def choices(self):
        """What may be done now, as argument vectors, the likely ones more
        often. What the client refuses is no fault."""
        calls, to = self.calls(), self.number()
        rows = [] if len(calls) > 2 else [["dial", to, "internal"]] * 3
        rows += [["alternate"], ["return"], ["conference"],
                 ["connect", "yes"]] * (len(calls) > 1)
        rows += [["end-conference"]] * (len(calls) > 1)
        rows += [["drop", to]] * any(c["conference"] for c in calls)
        rows += [["unpark", self.rng.choice("01")], ["pickup", to]]
        if any(c["state"] == "talking" for c in calls):
            rows += [["park", self.rng.choice("01")], ["collaborate"]]
        for c in calls:
            id_ = c["call"]
            for f in c["functions"]:
                if f in ("transfer", "deflect"):
                    rows.append([f, to, "yes", id_])
                elif f in ("answer", "hold", "resume", "hangup"):
                    rows.append([f, id_])
                    rows += [[f, id_]] * (4 if f == "answer" else 0)
                elif f in ("reject", "mute"):
                    rows.append([f, id_])
        if self.phone and calls:
            # What one does with the phone itself.
            rows += [["@accept"]] * 4 + [["@hangup"], ["@hold"], ["@resume"]]
        return rows

    def act(self, log):
        """Do one of them."""
        argv = self.rng.choice(self.choices() or [["calls"]])
        log.append(f"{time.time():.2f} {self.user} "
                   f"{' '.join(map(str, argv))}")
        if argv[0].startswith("@"):
            self.phone.do(argv[0][1:])
        else:
            # A transfer is answered when the third has answered: not waited
            # for, and what is refused is no fault.
            self.control.begin(*argv)

    def hang_up(self):
        for c in self.calls():
            try:
                self.control.do("hangup", c["call"], timeout=20)
            except Refused:
                pass
        if self.phone:
            self.phone.do("hangupall")


def run(actors, rng, seconds, log):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rng.choice(actors).act(log)
        if rng.random() < 0.5:
            # A pause is part of what is tried, not a wait for something.
            time.sleep(rng.random() * 0.4)


def all_over(actors):
    """All hang up, and nothing is left in client, phone and server."""
    def quiet():
        left = {}
        for a in actors:
            a.hang_up()
            if a.calls():
                left[f"{a.user}'s client"] = a.calls()
            state = a.w.ask("GetDeviceState", deviceID=a.user)
            if state.findtext(".//callID"):
                left[f"{a.user} at the server"] = [
                    f"{e.tag}={e.text}" for e in state.iter() if e.text]
            if a.phone and re.search(r"line \d", a.phone.do("listcalls")):
                left[f"{a.user}'s phone"] = a.phone.do("listcalls")
            for user in USERS:
                lamp = a.control.data("contact", user)["phone"]
                if lamp != "idle" and user != a.user:
                    left[f"lamp of {user} at {a.user}"] = lamp
        last[:] = [left]
        return not left
    last = []
    wait_until(quiet, 60, lambda: f"nothing is left; there is {last}",
               every=0.5)


def descriptors_of(actors, server):
    return {**{a.user: descriptors(a.person.client.core()) for a in actors},
            "offhookd": descriptors(server.pid)}


def memory_of(actors, server):
    return {**{a.user: resident(a.person.client.core()) for a in actors},
            "offhookd": resident(server.pid)}


@pytest.mark.long
@pytest.mark.seconds(SECONDS * 2 + 240)
@pytest.mark.parametrize("mode", ["smart", "suite"])
def test_nothing_is_left(server, client, wsi, mode):
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(1 << 32))
    print(f"SOAK_SEED={seed}")
    rng = random.Random(seed)
    s = server(mode=mode,
               options=["--verbose"] if os.environ.get("SOAK_LOG") else [])
    s.admin("--set", "collaboration", "meet.example")
    for user in USERS:
        add_user(s, user, f"Soaker {user}", PASSWORD)
    people = [kind(client, s, user, tone) for kind, (user, tone)
              in zip((Person, Person, Desk, Desk), USERS.items())]
    actors = [Actor(p, rng, wsi(s)) for p in people]
    log = []
    try:
        # What is loaded and made once, is there after this.
        run(actors, rng, max(10, SECONDS / 4), log)
        all_over(actors)
        fds, kb = descriptors_of(actors, s), memory_of(actors, s)
        run(actors, rng, SECONDS, log)
        all_over(actors)
        wait_until(lambda: all(n <= fds[who] + 2 for who, n in
                               descriptors_of(actors, s).items()), 45,
                   lambda: f"descriptors as before: {fds}, and now "
                   f"{descriptors_of(actors, s)}", every=0.5)
        now = memory_of(actors, s)
        assert all(now[who] <= kb[who] + GROWTH_KB for who in kb), (kb, now)
    except BaseException:
        print("\n".join(log))
        raise
    if os.environ.get("SOAK_LOG"):
        print("\n".join(log))
    print(f"{len(log)} actions; "
          f"{fds} {kb} {now}")
