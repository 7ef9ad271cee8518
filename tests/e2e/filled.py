"""Conversations that have been there for long: put into the server's database
while it is stopped."""
import contextlib
import sqlite3
import time

NOON = 1790000000000
MINUTE = 60000
IN_ANSWERED, IN_MISSED = 0, 1


class Filled:
    """What a server of ours is filled with, oldest first."""

    def __init__(self, server, owner="200"):
        self.server, self.owner = server, owner
        self.calls, self.messages, self.voices = [], [], []

    def call(self, number, at, kind=IN_ANSWERED, unread=0, name=""):
        self.calls.append((self.owner, kind, NOON + at * MINUTE, 42, number,
                           number, name, unread))

    def message(self, peer, at, text, outgoing=0):
        self.messages.append((self.owner, peer, outgoing, NOON + at * MINUTE,
                              text, "", 0, NOON + at * MINUTE + 1))

    def voice(self, number, at):
        # Heard just now: those heard long ago go by themselves.
        self.voices.append((self.owner, NOON + at * MINUTE, 4200, number, "",
                            int(time.time() * 1000)))

    def put(self):
        s = self.server
        s.stop()
        with contextlib.closing(sqlite3.connect(s.state / "office.db")) as db:
            db.executemany("INSERT INTO journal(owner, kind, at_ms, "
                           "duration_s, number, number_key, name, unread) "
                           "VALUES(?,?,?,?,?,?,?,?)", self.calls)
            db.executemany("INSERT INTO message(owner, peer, outgoing, at_ms, "
                           "text, uid, unread, delivered_ms) "
                           "VALUES(?,?,?,?,?,?,?,?)", self.messages)
            db.executemany("INSERT INTO voicemail(owner, at_ms, length_ms, "
                           "number, name, heard_ms) VALUES(?,?,?,?,?,?)",
                           self.voices)
            db.commit()
        s.start()


def entries(client, name):
    for v in client.data("history", "500"):
        if v["name"] == name:
            return v["entries"]
    return []
