"""offhook as one user: a home of its own, the core behind it, terminals."""
import json
import os
import signal
import socket
import struct

from . import box as boxes
from .box import Failure, alive, name_of, tail, wait_until
from .control import Control, Refused
from .terminal import Terminal


class Client:
    """Nothing runs until attach(), run() or control().

    config: lines of the config file, as a list or text. VoIP sound goes to
    no device unless the config says otherwise.
    """

    def __init__(self, box, config="", env=None, name="client"):
        self.box, self.name = box, name
        self.home = box.folder("c")
        self.env = box.environment(self.home, **(env or {}))
        self.config_path = self.home / ".config/offhook/config"
        self.state = self.home / ".local/state/offhook"
        self.socket = self.home / "core"
        self.terminals = []
        self.configure(config)
        box.add(self)

    def configure(self, config):
        """Write the config file; read at the core's next start."""
        text = config if isinstance(config, str) else "\n".join(config)
        self.config_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.config_path.write_text(text + "\n" if text else "")
        self.config_path.chmod(0o600)

    @property
    def program(self):
        path = boxes.build / "offhook"
        if not path.exists():
            raise Failure(f"no {path}: make")
        return path

    # --- terminals
    def attach(self, rows=24, cols=80, args=(), env=None):
        """offhook in a new terminal."""
        terminal = Terminal(
            self.box, [self.program, *args], rows, cols,
            env={**self.env, **(env or {})}, cwd=self.home,
            name=f"{self.name} {len(self.terminals) + 1}")
        self.terminals.append(terminal)
        return terminal

    # --- commands from the shell
    def run(self, *args, timeout=20, input=None, env=None):
        """offhook ARGS to its end: CompletedProcess with text."""
        kw = {"input": input} if input is not None else {}
        if input is not None:
            kw["stdin"] = None
        return self.box.run([self.program, *args], timeout=timeout,
                            env={**self.env, **(env or {})}, cwd=self.home,
                            **kw)

    def command(self, *argv, timeout=20):
        """offhook COMMAND ARG…; its output. Failure unless it ends with 0."""
        got = self.run(*map(str, argv), timeout=timeout)
        if got.returncode != 0:
            raise Failure(f"offhook {' '.join(map(str, argv))}: exit code "
                          f"{got.returncode}\n{got.stdout}{got.stderr}")
        return got.stdout

    def wait_status(self, timeout=10, **members):
        """Until `offhook status` says so; the whole of it."""
        seen = {}

        def fits():
            seen.clear()
            seen.update(self.data("status"))
            return all(seen.get(k) == v for k, v in members.items())

        wait_until(fits, timeout, lambda: f"status {members}; it is {seen}",
                   every=0.05)
        return seen

    def data(self, *argv):
        """The data of a command's answer (--json)."""
        return json.loads(self.command("--json", *argv))

    def login(self, server, user="200", password="Exchange-1878", slot=1,
              timeout=20):
        """Log in by commands, accept the server's certificate, and wait
        until the connection is up. Starts the core if none runs."""
        if not self.cores():
            self.start()
        self.box.secret(password)
        control = Control(self.socket)
        control.begin("login", slot, user, password, server.address, "-")
        seen = {}

        def online():
            seen.update(control.data("status"))
            if seen["connection"] == "online":
                return True
            try:
                control.do("certificate", "accept")
            except Refused:
                pass  # none to judge now
            return False

        try:
            wait_until(online, timeout, lambda: f"online; {seen}\n"
                       f"{self.log()}")
        finally:
            control.close()

    def control(self):
        """A connection to the running core, as JSON lines."""
        wait_until(self.socket.exists, 10, "the core makes its socket")
        return self.box.add(Control(self.socket))

    # --- the core
    def start(self):
        """Start the core without a terminal."""
        got = self.box.run([boxes.build / "offhook-core", "--ready-fd", "1"],
                           env=self.env, cwd=self.home)
        if got.returncode:
            raise Failure(f"offhook-core: exit code {got.returncode}\n"
                          f"{got.stdout}{got.stderr}\n{self.log()}")

    def cores(self):
        """Process ids of this client's cores (one, if all is well)."""
        return [pid for pid in self.box.processes()
                if name_of(pid) == "offhook-core" and self._is_mine(pid)]

    def _is_mine(self, pid):
        home = b"HOME=%s\0" % os.fsencode(self.home)
        try:
            return home in open(f"/proc/{pid}/environ", "rb").read()
        except ProcessLookupError:
            return False
        except OSError:
            # A core lets nobody but root look in: ask who listens instead.
            with socket.socket(socket.AF_UNIX) as s:
                try:
                    s.connect(str(self.socket))
                except OSError:
                    return False
                peer = s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                return struct.unpack("3i", peer)[0] == pid

    def core(self):
        """Process id of the core, once it runs."""
        return wait_until(self.cores, 10, "a core runs")[0]

    def wait_core_gone(self, timeout=10):
        wait_until(lambda: not self.cores(), timeout,
                   lambda: f"the core ends\n{self.log()}")

    def quit(self, timeout=10):
        """End the core by the command that users have for it."""
        if self.cores():
            self.command("quit")
            self.wait_core_gone(timeout)

    # --- the end
    def log(self, lines=60):
        return "\n".join(
            f"{p.name}:\n{tail(p, lines)}"
            for p in sorted(self.home.rglob("*.log"))) or "(no log)"

    def report(self):
        return [(f"log of {self.name}", self.log())]

    def close(self):
        """SIGTERM for a core that is still there, which is no fault: a test
        may end in the middle. One that does not end is."""
        wrong = []
        for pid in self.cores():
            os.kill(pid, signal.SIGTERM)
            try:
                wait_until(lambda pid=pid: not alive(pid), 5)
            except Failure:
                wrong.append(f"the core of {self.name} ({pid}) does not end "
                             "on SIGTERM")
        return wrong
