"""Rows of conversations: a long one opened, and searched."""
import contextlib
import sqlite3
import time
from functools import cached_property

from harness import Failure, Server, wait_until  # noqa: E402

CALLS, MESSAGES = 5000, 5000  # as many of each as a server keeps
NOON, MINUTE = 1790000000000, 60000


class ConversationRows:
    """Part of the bench: what a long conversation costs."""

    @cached_property
    def long(self):
        """A client whose conversation with 201 has 10,000 entries, all of them
        read, and how long that took."""
        s = Server(self.box)
        s.stop()
        with contextlib.closing(sqlite3.connect(s.state / "office.db")) as db:
            db.executemany(
                "INSERT INTO journal(owner, kind, at_ms, duration_s, number, "
                "number_key, name, unread) VALUES('200', 0, ?, 42, '201', "
                "'201', '', 0)",
                ((NOON + 2 * n * MINUTE,) for n in range(CALLS)))
            db.executemany(
                "INSERT INTO message(owner, peer, outgoing, at_ms, text, uid, "
                "unread, delivered_ms) VALUES('200', '201', ?, ?, ?, '', 0, 1)",
                ((n % 2, NOON + (2 * n + 1) * MINUTE,
                  f"note {n} of what was said then") for n in range(MESSAGES)))
            db.commit()
        s.start()
        c = self.logged_in(s, "200")
        wait_until(lambda: c.data("history"), 10, "it is there")
        begin = time.monotonic()
        c.command("export-conversation", "201", "-")
        took = time.monotonic() - begin
        if len(c.data("history")[0]["entries"]) != CALLS + MESSAGES:
            raise Failure("not all entries are there")
        return c, took

    def _opened(self, runs=15):
        t = self.offhook(self.long[0])
        t.settle()
        t.key(b"\x1bOR")  # F3
        out = []
        for _ in range(runs):
            out.append(t.key(b"i")[0])
            t.key(b"q")
        t.close()
        return out

    def conversation_open(self):
        """opening a conversation with 10,000 entries, all read|–"""
        return self.middle_ms(self._opened()), "–"

    def conversation_read(self):
        """reading all of its 10,000 entries from the server|–"""
        return f"{self.long[1]:.2f} s", "–"

    def conversation_search(self):
        """search in 10,000 entries, to the end, first key (folds) and next|–"""
        t = self.offhook(self.long[0])
        t.settle()
        t.key(b"\x1bOR")
        t.key(b"\\")
        # What is nowhere has to be looked for everywhere.
        first = t.key(b"z")[0]
        rest = [t.key(k.encode())[0] for k in "ebra"]
        if b"Nothing found" not in t.data:
            raise Failure("it was not looked for everywhere")
        t.close()
        return f"{first * 1000:.0f}, then {max(rest) * 1000:.0f} ms", "–"

    CONVERSATION_ROWS = (conversation_open, conversation_read,
                         conversation_search)
