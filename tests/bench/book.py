"""Directories of growing size: what a search and an import cost there, beside
grep in the same file and SQLite filled by the same rows."""
import csv
import io
import random
import re
import sqlite3
import statistics
import subprocess
import time

from harness import Failure, Server, Wsi
from harness import box as boxes

PASSWORD, HITS, WORDS = "Exchange-1878", 100, 40


def directory(entries):
    """A directory as CSV: the same names each time."""
    pick = random.Random(7)
    parts = [c + v for c in "bdfgklmnprstvw" for v in "aeiou"]

    def name(least, most):
        return "".join(pick.choice(parts) for _ in range(
            pick.randint(least, most))).capitalize()

    first = [name(2, 3) for _ in range(800)]
    last = [name(2, 4) for _ in range(12000)]
    companies = [name(2, 4) + " Ltd" for _ in range(3000)]
    lines = ["first,last,company,email,business,mobile"]
    for n in range(entries):
        a, b = pick.choice(first), pick.choice(last)
        lines.append(f"{a},{b},{pick.choice(companies)},{a}.{b}{n}@example."
                     f"com,+49 {pick.randint(200, 999)} {n:07d},"
                     f"+49 17{n % 10} {pick.randint(1000000, 9999999)}")
    return "\r\n".join(lines) + "\r\n"


def private(pid):
    """Bytes that only this process has."""
    kb = 0
    for line in open(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Private_"):
            kb += int(line.split()[1])
    return kb * 1024


class Book:
    """A server with a directory of so many entries."""

    def __init__(self, box, entries):
        self.entries, self.path = entries, box.path / f"book-{entries}.csv"
        self.path.write_text(directory(entries))
        server = Server(box)
        self.empty, self.server = private(server.pid), server
        begin = time.monotonic()
        got = box.run([boxes.build / "offhookd", "--state", server.state,
                       "--import", "global", self.path], timeout=1200)
        self.import_s = time.monotonic() - begin
        if got.returncode:
            raise Failure(got.stderr)
        server.restart()
        self.wsi = Wsi(server)
        self.wsi.login("200", PASSWORD)
        pick = random.Random(5)
        rows = list(csv.reader(io.StringIO(self.path.read_text())))[1:]
        self.words = [pick.choice(pick.choice(rows)[:2])[:pick.randint(2, 5)]
                      for _ in range(WORDS)]

    def each(self):
        """Bytes of the server's memory for one entry, once searched."""
        for word in self.words:
            self.search(word)
        return (private(self.server.pid) - self.empty) / self.entries

    def search(self, word):
        """Seconds to the hits of one word."""
        begin = time.monotonic()
        answer = self.wsi.ours("Directory", search=word, limit=HITS)
        took = time.monotonic() - begin
        if b'"total":0' in answer:
            raise Failure(f"{word} is not found")
        return took

    def grep(self, word):
        """The same by a process that reads the file to the last hit."""
        begin = time.monotonic()
        subprocess.run(["grep", "-m", str(HITS), "-iE",
                        f"(^|,){re.escape(word)}", self.path], check=True,
                       env={"LC_ALL": "C"}, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    def filled(self):
        """Seconds that SQLite takes for the same rows, with two indexes."""
        begin = time.monotonic()
        db = sqlite3.connect(str(self.path) + ".db")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE c(a, b, c, d, e, f)")
        db.execute("CREATE INDEX one ON c(a)")
        db.execute("CREATE INDEX two ON c(b)")
        with open(self.path, newline="") as f:
            db.executemany("INSERT INTO c VALUES(?,?,?,?,?,?)",
                           csv.reader(f))
        db.commit()
        db.close()
        return time.monotonic() - begin


class BookRows:
    """Part of the bench: the directories."""

    def book(self, entries):
        books = self.__dict__.setdefault("books", {})
        if entries not in books:
            books[entries] = Book(self.box, entries)
        return books[entries]

    def found(self, entries):
        book = self.book(entries)
        book.search(book.words[0])
        own, peer = ([one(w) for w in book.words]
                     for one in (book.search, book.grep))
        return tuple(f"{statistics.median(t) * 1000:.1f}, most "
                     f"{max(t) * 1000:.0f} ms" for t in (own, peer))

    def found_1k(self):
        """search by the server in 1,000 entries|grep"""
        return self.found(1000)

    def found_10k(self):
        """search by the server in 10,000 entries|grep"""
        return self.found(10000)

    def found_100k(self):
        """search by the server in 100,000 entries|grep"""
        return self.found(100000)

    def found_1m(self):
        """search by the server in 1,000,000 entries|grep"""
        return self.found(1000000)

    def import_speed(self):
        """directory: entries imported a second, of 100,000|SQLite, bare"""
        book = self.book(100000)
        return (f"{book.entries / book.import_s:.0f}",
                f"{book.entries / book.filled():.0f}")

    def contact_memory(self):
        """offhookd: private memory for each entry of 100,000|–"""
        return f"{self.book(100000).each():.0f} bytes", "–"

    BOOK_ROWS = (found_1k, found_10k, found_100k, found_1m, import_speed,
                 contact_memory)
