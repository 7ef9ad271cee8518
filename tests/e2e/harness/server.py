"""The real offhookd, on free loopback ports, with a state of its own."""
import hashlib
import os
import re
import select
import signal
import sqlite3
import ssl
import subprocess
import time

from . import box as boxes
from .box import Failure, tail, wait_until

READY = re.compile(r"offhookd ready https=(\d+) sip=(\d+)")


class Server:
    """Runs from the start; ready when made.

    mode "smart" or "suite"; plain: without offhookd's additions to the WSI;
    demo: with the small company; its people begin nothing by themselves
    unless lively, and have phones on their desks with desk_phones. More
    options as a list. disk(folder): puts the state on a disk of its own.
    """

    def __init__(self, box, mode="smart", plain=False, demo=True,
                 lively=False, desk_phones=False, options=(), env=None,
                 timeout=20, host="127.0.0.1", disk=None):
        self.box, self.mode, self.plain = box, mode, plain
        self.demo, self.env, self.host = demo, env or {}, host
        self.options = list(options)
        self.options += ["--quiet"] * (not lively)
        self.options += ["--desk-phones"] * desk_phones
        self.home = box.folder("s")
        self.state = self.home / "state"
        self.state.mkdir(mode=0o700)
        self.disk = disk(self.state) if disk else None
        self.log = self.home / "offhookd.log"
        self.https_port = self.sip_port = 0
        self.proc = None
        self.timeout = timeout
        box.add(self)
        self.start()

    # --- life
    def argv(self):
        argv = [boxes.build / "offhookd", "--state", self.state,
                "--listen", f"{self.host}:{self.https_port}",
                "--sip", f"{self.host}:{self.sip_port}", "--mode", self.mode]
        argv += ["--plain"] * self.plain + ["--demo"] * self.demo
        return argv + self.options

    def start(self):
        """Start, on the ports of last time if there was one; seconds it
        took until it was ready."""
        if not (boxes.build / "offhookd").exists():
            raise Failure(f"no {boxes.build}/offhookd: make")
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.proc = self.box.popen(
                self.argv(), cwd=self.home, stdout=subprocess.PIPE,
                stderr=log, start_new_session=True,
                env=self.box.environment(self.home, **self.env))
        said, end = b"", begin + self.timeout
        while True:
            m = READY.search(said.decode(errors="replace"))
            if m:
                break
            left = end - time.monotonic()
            if left > 0 and select.select([self.proc.stdout], [], [], left)[0]:
                more = os.read(self.proc.stdout.fileno(), 4096)
                said += more
                if more:
                    continue
            code = self.proc.poll()
            self.kill()
            why = f"exit code {code}" if code is not None else "not ready"
            raise Failure(f"offhookd: {why} within {self.timeout} s\n"
                          f"{said.decode(errors='replace')}\n{tail(self.log)}")
        self.https_port, self.sip_port = int(m[1]), int(m[2])
        return time.monotonic() - begin

    @property
    def pid(self):
        return self.proc.pid

    @property
    def address(self):
        return f"{self.host}:{self.https_port}"

    def running(self):
        return self.proc is not None and self.proc.poll() is None

    def stop(self, timeout=10):
        """SIGTERM; its exit code."""
        self.proc.send_signal(signal.SIGTERM)
        try:
            code = self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"offhookd does not end on SIGTERM within "
                          f"{timeout} s\n{tail(self.log)}") from None
        self.proc.stdout.close()
        return code

    def kill(self):
        """kill -9, as a loss of power."""
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()

    def restart(self, kill=False):
        """End it and start it on the same state and ports."""
        self.kill() if kill else self.stop()
        return self.start()

    def pause(self):
        """SIGSTOP: connections are taken by the kernel, nothing answers."""
        self.proc.send_signal(signal.SIGSTOP)

    def resume(self):
        self.proc.send_signal(signal.SIGCONT)

    # --- looking inside
    def fingerprint(self):
        """SHA-256 of its certificate, lower case hex."""
        pem = ssl.get_server_certificate((self.host, self.https_port))
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def database(self):
        found = [p for p in self.state.rglob("*")
                 if p.is_file() and p.open("rb").read(15) == b"SQLite format 3"]
        if not found:
            raise Failure(f"no database in {self.state}")
        return found[0]

    def admin(self, *argv):
        """What an administrator says to the running server by offhookd."""
        got = self.box.run([boxes.build / "offhookd", "--state", self.state,
                            *argv])
        if got.returncode:
            raise Failure(f"offhookd {argv}: {got.stderr}")

    def query(self, sql, *values):
        """Rows, as dictionaries, of the database opened read-only."""
        db = sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True,
                             timeout=10)
        try:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, values)]
        finally:
            db.close()

    def wait_row(self, sql, *values, timeout=10):
        """The first row, once there is one."""
        return wait_until(lambda: self.query(sql, *values), timeout,
                          f"a row: {sql} {values}")[0]

    # --- the end
    def report(self):
        state = "runs" if self.running() else \
            f"ended ({self.proc and self.proc.returncode})"
        return [(f"offhookd {self.mode}{' plain' * self.plain} "
                 f"https={self.https_port} sip={self.sip_port} {state}",
                 tail(self.log))]

    def close(self):
        if not self.running():
            code = self.proc.returncode if self.proc else 0
            # Ended by the test itself (0 or by kill) is fine.
            return [] if code in (0, -signal.SIGKILL, None) else \
                [f"offhookd ended with {code}\n{tail(self.log)}"]
        self.resume()
        code = self.stop()
        return [] if code == 0 else \
            [f"offhookd: exit code {code} on SIGTERM\n{tail(self.log)}"]
