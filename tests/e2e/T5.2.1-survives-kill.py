"""What the server has answered is there after kill -9 at any moment: own
presence, favourites, and the calls in the journal."""
import http.client
import json
import random
import threading
import time
import urllib.parse

import pytest

from harness import wait_until
from harness.wsi import PATH

DEMO = "200", "Exchange-1878"
# A connection that the server's end has cut; which one depends on when.
CUT = (OSError, http.client.HTTPException)


class Restarted(Exception):
    """The server that is there now does not know the session."""


def post(w, cmd, **parameters):
    """A command by POST; the text that it answers."""
    body = urllib.parse.urlencode({
        "cmd": cmd, "gsSession": w.session, **parameters})
    status, _, answer = w.fetch(PATH, "POST", body, {
        "Content-Type": "application/x-www-form-urlencoded"})
    assert status == 200, (cmd, status)
    if b"NOT_LOGGED_IN" in answer:
        raise Restarted
    assert b"error" not in answer.lower(), (cmd, answer)
    return answer


def get(w, cmd, **parameters):
    return json.loads(w.raw(cmd, **parameters))


class Worker(threading.Thread):
    """Changes one thing after the other and remembers what was answered,
    and what was asked last: that may have been done or not."""

    def __init__(self, w, step):
        super().__init__(daemon=True)
        self.w, self.step, self.n = w, step, 0
        self.answered = self.asked = None
        self.count = 0
        self.wrong = None

    def run(self):
        try:
            while True:
                self.n += 1
                self.step(self)
        except (*CUT, Restarted):
            pass  # the server is gone: that is the end
        except Exception as err:
            self.wrong = err


def set_presence(me):
    me.asked = (me.n % 9 + 1, f"note {me.n}")
    post(me.w, "SetPresence", user="200", presence=me.asked[0],
         note=me.asked[1])
    me.answered, me.count = me.asked, me.count + 1


def change_favourites(me):
    me.asked = [f"Group {me.n}", f"Other {me.n}"]
    got = json.loads(post(me.w, "FavouritesReplace", groups=json.dumps(
        [{"name": n, "members": ["int:201", "int:202"]} for n in me.asked])))
    assert [g["name"] for g in got["groups"]] == me.asked
    me.answered, me.count = me.asked, me.count + 1


def names_of(w):
    return [g["name"] for g in get(w, "Favourites")["groups"]]


@pytest.mark.seconds(120)
def test_answered_means_kept(server, wsi):
    s = server()
    moments = random.Random(1878)
    done = 0
    for _ in range(8):
        workers = []
        for step in (set_presence, change_favourites):
            w = wsi(s)
            w.login(*DEMO)
            workers.append(Worker(w, step))
        for t in workers:
            t.start()
        wait_until(lambda: all(t.count or t.wrong for t in workers), 20,
                   "both have been answered once")
        # The moment is what varies, from amid the next request on.
        time.sleep(moments.uniform(0, 0.15))
        s.restart(kill=True)
        for t in workers:
            t.join(20)
            assert not t.wrong, t.wrong
        w = wsi(s)
        w.login(*DEMO)
        me = next(u for u in get(w, "PresenceList")["users"]
                  if u["user"] == "200")
        presence, favourites = workers
        assert (me["presence"], me.get("note")) in (
            presence.answered, presence.asked)
        assert names_of(w) in (favourites.answered, favourites.asked)
        done += sum(t.count for t in workers)
        for t in workers:
            t.w.close()
        w.close()
    assert done >= 16
    assert s.query("PRAGMA integrity_check")[0]["integrity_check"] == "ok"
    assert not s.query("PRAGMA foreign_key_check")


def test_calls_that_were_told_are_kept(server, wsi):
    s = server(desk_phones=True)
    w = wsi(s)
    w.login(*DEMO)
    w.start_events()
    for n in range(3):
        call = w.make_call("201").findtext("callID")
        w.wait_event("EstablishedEvent")
        w.ask("ClearConnection", deviceID="200", callID=call)
        # The row comes as an event once it is written.
        told = w.wait_event("JournalEvent")["entry"]
        s.restart(kill=True)
        w.login(*DEMO)
        w.seen.clear()
        w.start_events()
        kept = get(w, "Journal")["entries"]
        assert [e["id"] for e in kept].count(told["id"]) == 1
        assert len(kept) == n + 1
        assert kept[0]["kind"] == "out-answered"
