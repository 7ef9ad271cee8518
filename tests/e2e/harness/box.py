"""A test's box: a short folder, its processes, and their end.

The test process is a "child subreaper": whatever a program started by a test
leaves behind (a core is a session leader of its own) becomes a child of the
test process, is found by its parent's id, and cannot outlive the test.
"""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)

BROKEN = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|"
                    r"Sanitizer has encountered a fatal error|"
                    r": runtime error: |^double free|^free\(\): |"
                    r"^malloc\(\): |^corrupted |Assertion .* failed", re.M)

# Where the programs are; conftest.py sets it from --build.
build = ROOT / "build"


class Failure(AssertionError):
    """What a person reads when a wait ended in vain."""


def adopt_orphans():
    """Become the parent of what grandchildren leave behind."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def wait_until(condition, timeout=10.0, what="condition", every=0.02):
    """Call condition() until it is true; its value, or Failure."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise Failure(f"not within {timeout:g} s: {text}")
        time.sleep(every)


def parents():
    """{pid: (parent's pid, state)} of every process there is."""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = pathlib.Path("/proc", name, "stat").read_text(
                    errors="replace")
            except OSError:
                continue
            if ")" not in stat:
                continue  # it went while it was read
            fields = stat[stat.rindex(")") + 2:].split()
            table[int(name)] = (int(fields[1]), fields[0])
    return table


def descendants(root=None):
    """Ids of all living descendants (zombies are none) of a process."""
    table, root = parents(), root or os.getpid()
    children = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found, todo = [], list(children.get(root, []))
    while todo:
        pid = todo.pop()
        if table[pid][1] not in "ZX":
            found.append(pid)
        todo += children.get(pid, [])
    return found


def command_of(pid):
    try:
        raw = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "?"
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def name_of(pid):
    """The program's name, its first 15 letters."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


def state_of(pid):
    """R, S, T (stopped), Z …, or None when it is gone."""
    return parents().get(pid, (0, None))[1]


def resident(pid):
    """Resident memory in kB; always 0 where a sanitizer holds on to what is
    freed, as it says nothing about the program then."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    if "libasan" in maps or "libtsan" in maps:
        return 0
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+)", status)[1])


def descriptors(pid):
    """How many a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def alive(pid):
    return state_of(pid) not in (None, "Z", "X")


def reap():
    """Take the exit codes of orphans that ended; Popen's own are spared."""
    for pid, (parent, state) in parents().items():
        if parent == os.getpid() and state == "Z" and pid not in Box.popens:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def free_port(kind=socket.SOCK_STREAM):
    """A loopback port that nobody listens on now. Where a program can bind
    port 0 and say what it got, that is better."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Box:
    """Everything of one test. Things join by add(thing): thing.report() is
    printed when the test fails, thing.close() ends it, last come first."""

    popens = {}

    def __init__(self, name="test"):
        self.name = name
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="oh-", dir="/tmp"))
        self.before = set(descendants())
        self.things = []
        self.children = []
        self.secrets = set()

    # --- folders and environment
    def folder(self, name):
        """A new folder of its own in the box; its path stays short."""
        path, n = self.path / name, 1
        while path.exists():
            n += 1
            path = self.path / f"{name}{n}"
        path.mkdir(mode=0o700)
        return path

    @staticmethod
    def environment(home, **more):
        """The one environment that programs under test see."""
        env = {"HOME": str(home), "LANG": "C.UTF-8", "TZ": "Europe/Berlin",
               "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
               "TERM": "tmux-256color", "SHELL": "/bin/sh",
               "USER": "tester", "LOGNAME": "tester",
               "TMPDIR": str(home), "OFFHOOK_TMPDIR": str(home)}
        # What a sanitizer says goes to files of its own, read at the end of
        # the test: standard error may be a terminal that is gone by then.
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                     "LSAN_OPTIONS"):
            env[name] = (os.environ.get(name, "") +
                         f":log_path={home}/sanitizer:log_suffix=.log")
        env.update({k: str(v) for k, v in more.items() if v is not None})
        return env

    # --- processes
    def popen(self, argv, **kw):
        """subprocess.Popen of a child that cannot outlive this process; it
        is ended with the box if it is still there then."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        proc = subprocess.Popen([str(a) for a in argv],
                                preexec_fn=_die_with_parent, **kw)
        Box.popens[proc.pid] = proc
        self.children.append(proc)
        return proc

    def run(self, argv, timeout=20, **kw):
        """Run to the end; CompletedProcess with text. Never raises for an
        exit code, only when it takes too long."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("env", self.environment(self.path))
        try:
            return subprocess.run(
                [str(a) for a in argv], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, errors="replace",
                timeout=timeout, **kw)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"{argv} takes longer than {timeout} s\n"
                          f"{late.stdout}\n{late.stderr}") from None

    def processes(self):
        """What this test started and is still there, but for terminals."""
        reap()
        helpers = {pid for t in self.things if hasattr(t, "helpers")
                   for pid in t.helpers()}
        return [p for p in descendants()
                if p not in self.before and p not in helpers]

    # --- things
    def add(self, thing):
        self.things.append(thing)
        return thing

    def report(self):
        """[(title, text)] of everything in the box."""
        out = []
        for thing in self.things:
            try:
                out += thing.report()
            except Exception as err:  # a report must not hide the failure
                out.append((type(thing).__name__, f"no report: {err!r}"))
        left = [f"{p} {state_of(p)} {command_of(p)}" for p in self.processes()]
        if left:
            out.append(("processes", "\n".join(left)))
        return out

    def close(self):
        """End everything; what is wrong with how it ended, as a list."""
        wrong = []
        for thing in reversed(self.things):
            try:
                wrong += thing.close() or []
            except Exception as err:
                wrong.append(f"{type(thing).__name__}: {err!r}")
        for proc in self.children:
            if proc.poll() is None:
                proc.terminate()
        left = self.processes()
        if left:
            # One that is about to end is given the time to.
            end = time.monotonic() + 3
            while left and time.monotonic() < end:
                time.sleep(0.02)
                left = self.processes()
        for pid in left:
            wrong.append(f"left running: {pid} {command_of(pid)}")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # On a busy machine that takes its time, too.
        end = time.monotonic() + 10
        while time.monotonic() < end and any(
                state_of(p) not in (None, "Z", "X") for p in left):
            time.sleep(0.01)
        wrong += self.read_logs()
        for pid, proc in list(Box.popens.items()):
            if proc.poll() is not None:
                del Box.popens[pid]
        reap()
        shutil.rmtree(self.path, ignore_errors=True)
        return wrong

    def secret(self, text):
        """Passwords and the like: looked for in every log at the end."""
        if text:
            self.secrets.add(text)
        return text

    def read_logs(self):
        """What must be in no log: secrets, and words of a sanitizer or of
        the C library about broken memory."""
        wrong = []
        for path in self.path.rglob("*"):
            if path.suffix != ".log" or not path.is_file():
                continue
            text = path.read_text(errors="replace")
            name = path.relative_to(self.path)
            wrong += [f"secret in {name}: {s[:2]}…"
                      for s in self.secrets if s in text]
            m = BROKEN.search(text)
            if m:
                wrong.append(f"{name}: {text[m.start():m.start() + 4000]}")
        return wrong


def tail(path, lines=60):
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except OSError as err:
        return f"({err})"
    return "\n".join(text.splitlines()[-lines:])
