"""What tests of instant messages look at."""
import contextlib
import os
import signal
import sqlite3

from harness import wait_until


def rows(server, owner):
    """The messages that the server keeps for somebody, oldest first."""
    return server.query("SELECT * FROM message WHERE owner = ? AND "
                        "deleted_ms = 0 ORDER BY id", owner)


def texts(server, owner):
    return [r["text"] for r in rows(server, owner)]


def wait_texts(server, owner, *wanted, timeout=20):
    wait_until(lambda: texts(server, owner) == list(wanted), timeout,
               lambda: f"{owner} has {wanted}; it is {texts(server, owner)}")


def outbox(client):
    """Texts that wait in a client's own store."""
    for path in client.home.rglob("history.db"):
        with contextlib.closing(
                sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return [r[0] for r in
                    db.execute("SELECT text FROM outbox ORDER BY at, uid")]
    return []


def wait_outbox(client, *wanted):
    wait_until(lambda: outbox(client) == list(wanted), 10,
               lambda: f"outbox {wanted}; it is {outbox(client)}")


def entries(client):
    """(text, delivery) of all messages that a client shows, oldest first."""
    found = [e for v in client.data("history", "500") for e in v["entries"]
             if e["kind"].startswith("message")]
    return [(e["text"], e.get("delivery", "in"))
            for e in sorted(found, key=lambda e: e["at"])]


def wait_entries(client, *wanted, timeout=20):
    wait_until(lambda: entries(client) == list(wanted), timeout,
               lambda: f"entries {wanted}; they are {entries(client)}",
               every=0.05)


def kill_core(client):
    os.kill(client.core(), signal.SIGKILL)
    client.wait_core_gone()


def stay(client, server, user):
    """A client that logs in by itself when it starts."""
    client.login(server, user)
    client.command("slot", "1", "automatic", "on")
    client.login(server, user)
    wait_until(lambda: "presence" in client.data("status"), 10,
               "the directory is read")
    return client
