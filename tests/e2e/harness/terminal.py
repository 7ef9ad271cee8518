"""A real terminal of fixed size: a tmux server of its own, held by tmux's
control mode, so that looking at the screen costs no process."""
import itertools
import os
import re
import select
import signal
import subprocess
import time

from .box import Failure, alive, parents, state_of, wait_until

SGR = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\(([0B])|\x0e|\x0f|\x1b\]8;[^\x1b]*\x1b\\")
NAMES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 5: "blink",
         7: "reverse", 8: "hidden", 9: "strike"}
OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",),
       25: ("blink",), 27: ("reverse",), 28: ("hidden",), 29: ("strike",)}
COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan",
           "white")


class Screen(list):
    """What a person sees: a list of lines, spaces at their ends cut."""

    def __init__(self, lines, rows, cols):
        super().__init__(line.rstrip() for line in lines)
        self += [""] * (rows - len(self))
        self.rows, self.cols = rows, cols

    @property
    def text(self):
        return "\n".join(self)

    def find(self, text):
        """(row, column) of a text or pattern, from 0; None if not there.
        The column counts characters, not cells."""
        for row, line in enumerate(self):
            m = text.search(line) if hasattr(text, "search") else None
            if m or (isinstance(text, str) and text in line):
                return row, m.start() if m else line.index(text)
        return None

    def line_with(self, text):
        at = self.find(text)
        return self[at[0]] if at else None

    def has(self, what):
        """True (or the match) if text, pattern or predicate fits."""
        if isinstance(what, str):
            return what in self.text
        if hasattr(what, "search"):
            return what.search(self.text)
        return what(self)

    def __str__(self):
        bar, out = "+" + "-" * self.cols + "+", []
        for line, same in itertools.groupby(self):
            n = len(list(same))
            out += ["|" + line] * min(n, 3)
            if n > 3:
                out.append(f"~ {n - 3} more of these")
        return "\n".join([bar, *out, bar])


class Style(frozenset):
    """Attributes of a cell: names, "fg=…" and "bg=…"."""

    def colour(self, kind="fg"):
        for a in self:
            if a.startswith(kind + "="):
                return a[3:]
        return None


def _sgr(style, codes):
    style = set(style)
    nums = [int(c) if c else 0 for c in re.split("[;:]", codes)] or [0]
    i = 0
    while i < len(nums):
        n = nums[i]
        if n == 0:
            style.clear()
        elif n in NAMES:
            style.add(NAMES[n])
        elif n in OFF:
            style.difference_update(OFF[n])
        elif n in (38, 48):
            kind = "fg" if n == 38 else "bg"
            style = {a for a in style if not a.startswith(kind + "=")}
            if nums[i + 1:i + 2] == [5]:
                style.add(f"{kind}={nums[i + 2]}")
                i += 2
            elif nums[i + 1:i + 2] == [2]:
                rgb = nums[i + 2:i + 5]
                style.add(f"{kind}=#%02x%02x%02x" % tuple(rgb))
                i += 4
        elif n in (39, 49):
            kind = "fg=" if n == 39 else "bg="
            style = {a for a in style if not a.startswith(kind)}
        elif 30 <= n <= 37 or 90 <= n <= 97:
            style = {a for a in style if not a.startswith("fg=")}
            style.add("fg=" + ("bright-" if n >= 90 else "") + COLOURS[n % 10])
        elif 40 <= n <= 47 or 100 <= n <= 107:
            style = {a for a in style if not a.startswith("bg=")}
            style.add("bg=" + ("bright-" if n >= 100 else "")
                      + COLOURS[n % 10])
        i += 1
    return Style(style)


def parse_styled(lines):
    """Rows of (character, Style), from lines of `capture-pane -e`."""
    rows, style = [], Style()
    for line in lines:
        row, at = [], 0
        for m in SGR.finditer(line):
            row += [(c, style) for c in line[at:m.start()]]
            at = m.end()
            if m[1] is not None:
                style = _sgr(style, m[1])
        row += [(c, style) for c in line[at:]]
        rows.append(row)
    return rows


# Says how the program ended (tmux 3.3 now and then loses that), and stays, so
# that what is left on the screen is what a user would find.
SHELL = 'trap : INT QUIT; "$@"; echo $? >"$0"; exec sleep 100000'


class Tmux:
    """A tmux server in the foreground and a control client on it."""

    def __init__(self, box, folder):
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "xterm-256color",
               "SHELL": "/bin/sh", "TMUX_TMPDIR": str(folder)}
        base = ["tmux", "-u", "-f", "/dev/null", "-S", str(folder / "tmux")]
        self.server = box.popen(base + ["-D"], env=env, cwd=folder,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        wait_until((folder / "tmux").exists, 10, "tmux makes its socket")
        self.buffer = b""
        self.client = None
        self.base, self.env, self.box, self.folder = base, env, box, folder

    def once(self, *argv):
        """One command by a client of its own, before control() is there."""
        end = time.monotonic() + 10
        while True:
            got = subprocess.run(
                self.base + list(argv), env=self.env,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=20)
            # Its socket is there a moment before it listens.
            if "no server running" not in got.stdout or \
                    time.monotonic() > end:
                break
            time.sleep(0.02)
        if got.returncode:
            raise Failure(f"tmux {argv[0]}: {got.stdout.strip()}")
        return got.stdout

    def control(self):
        self.client = self.box.popen(
            self.base + ["-C", "attach", "-f", "no-output,ignore-size"],
            env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self._answer()  # that of attach itself

    def _line(self, end):
        fd = self.client.stdout.fileno()
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise Failure("tmux does not answer")
            more = os.read(fd, 65536)
            if not more:
                raise Failure("tmux has gone")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def _answer(self):
        end = time.monotonic() + 20
        while True:
            line = self._line(end)
            if line.startswith(b"%begin "):
                break
            if line.startswith(b"%exit"):
                raise Failure("tmux has gone")
        mark, out = line.split(b" ", 1)[1], []
        while True:
            line = self._line(end)
            if line in (b"%end " + mark, b"%error " + mark):
                text = [x.decode(errors="replace") for x in out]
                if line.startswith(b"%error"):
                    raise Failure("tmux: " + " ".join(text))
                return text
            out.append(line)

    def do(self, command):
        """A command line in tmux's syntax; the lines of its answer."""
        if not self.client:
            raise Failure("tmux has not started")
        self.client.stdin.write(command.encode() + b"\n")
        self.client.stdin.flush()
        return self._answer()

    def close(self):
        for proc in (self.client, self.server):
            if proc and proc.poll() is None:
                proc.terminate()
        for proc in (self.client, self.server):
            if not proc:
                continue
            try:
                proc.wait(5)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait()
            for pipe in (proc.stdin, proc.stdout):
                if pipe:
                    pipe.close()


class Terminal:
    """argv running in a terminal of rows × cols.

    env is the whole environment of the program (Box.environment() by
    default). As in life, it is the foreground job of a shell, which leads
    the session; pid is the program's own.
    """

    def __init__(self, box, argv, rows=24, cols=80, env=None, cwd=None,
                 name=None, timeout=10.0):
        self.box, self.argv = box, [str(a) for a in argv]
        self.name = name or os.path.basename(self.argv[0])
        self.rows, self.cols, self.timeout = rows, cols, timeout
        self.folder = box.folder("t")
        env = env or box.environment(self.folder)
        self.tmux = Tmux(box, self.folder)
        self.ended = self.shell = self.pid = None
        self.last = Screen([], rows, cols)
        box.add(self)
        options = (("-g", "status", "off"), ("-g", "history-limit", "0"),
                   ("-s", "escape-time", "0"), ("-s", "focus-events", "off"),
                   ("-s", "default-terminal", "tmux-256color"))
        self.tmux.once(*[x for option in options
                         for x in ("set-option", *option, ";")][:-1])
        self.tmux.once(
            "new-session", "-d", "-s", "t", "-x", str(cols), "-y", str(rows),
            "-c", str(cwd or self.folder), "--",
            "/bin/sh", "-c", SHELL, str(self.folder / "status"),
            "/usr/bin/env", "-i", *(f"{k}={v}" for k, v in env.items()),
            *self.argv)
        self.tmux.control()
        self.shell = int(self._ask("#{pane_pid}"))
        self.pid = wait_until(self._find_program, 10, f"{self.name} starts")

    def __repr__(self):
        return f"<Terminal {self.name} {self.rows}x{self.cols}>"

    def _find_program(self):
        if self.dead():
            return -1
        for pid, (parent, _) in parents().items():
            if parent == self.shell:
                return pid
        return None

    def helpers(self):
        """Processes that are ours, not the program's."""
        mine = [self.tmux.server.pid, self.shell]
        return mine + ([self.tmux.client.pid] if self.tmux.client else [])

    def _ask(self, format_):
        return self.tmux.do(f"display-message -p -t t '{format_}'")[0]

    # --- looking
    def screen(self):
        """The Screen as it is now."""
        if self.ended is None:
            self.last = Screen(self.tmux.do("capture-pane -p -t t"),
                               self.rows, self.cols)
        return self.last

    def styled(self):
        """Rows of (character, Style) as they are now; a row ends where
        nothing but plain blanks follows."""
        return parse_styled(self.tmux.do("capture-pane -e -p -t t"))

    def style_of(self, text):
        """The Style of the first character of text; Failure if not there."""
        rows = self.styled()
        for row in rows:
            line = "".join(c for c, _ in row)
            if text in line:
                return row[line.index(text)][1]
        raise Failure(f"no {text!r} on the screen\n{self.screen()}")

    def cursor(self):
        """(row, column, visible), from 0."""
        x, y, flag = self._ask(
            "#{cursor_x} #{cursor_y} #{cursor_flag}").split()
        return int(y), int(x), flag == "1"

    def flag(self, name):
        """One of tmux's formats: alternate_on, mouse_sgr_flag, pane_title …"""
        return self._ask("#{" + name + "}")

    # --- waiting
    def wait_for(self, what, timeout=None):
        """Until text, pattern or predicate of a Screen fits; what fitted."""
        return self._wait(lambda s: s.has(what), what, timeout, "")

    def wait_gone(self, what, timeout=None):
        """Until it no longer fits."""
        return self._wait(lambda s: not s.has(what), what, timeout, "still ")

    def _wait(self, fits, what, timeout, prefix):
        timeout = timeout or self.timeout
        end = time.monotonic() + timeout
        while True:
            dead = self.dead()
            screen = self.screen()
            found = fits(screen)
            if found:
                return found
            if dead or time.monotonic() > end:
                why = (f"{self.name} has ended ({dead})" if dead
                       else f"not within {timeout:g} s")
                name = (getattr(what, "pattern", None)
                        or getattr(what, "__name__", None) or what)
                raise Failure(f"{why}: {prefix}{name!r} in {self!r}\n{screen}")
            time.sleep(0.02)

    # --- acting
    def send_keys(self, *keys):
        """Keys by tmux's names: Enter Escape Up F9 C-a M-x Space BSpace …"""
        quoted = " ".join("'" + k.replace("'", "'\\''") + "'" for k in keys)
        self.tmux.do(f"send-keys -t t {quoted}")

    def type(self, text):
        """Text as typed, byte for byte."""
        self.send_bytes(text.encode())

    def send_bytes(self, data):
        for i in range(0, len(data), 500):
            part = " ".join(f"{b:02x}" for b in data[i:i + 500])
            self.tmux.do(f"send-keys -t t -H {part}")

    def paste(self, text):
        """Paste, bracketed if the program has asked for it."""
        path = self.folder / "paste"
        path.write_text(text)
        self.tmux.do(f"load-buffer -b p '{path}'")
        self.tmux.do("paste-buffer -p -r -d -b p -t t")

    def click(self, row, col, button=0):
        """Press and release a mouse button on a cell, from 0."""
        if self.flag("mouse_sgr_flag") != "1":
            raise Failure(f"{self.name} has not asked for the mouse")
        at = f"{button};{col + 1};{row + 1}"
        self.send_bytes(f"\x1b[<{at}M\x1b[<{at}m".encode())

    def click_on(self, text):
        at = self.screen().find(text)
        if not at:
            raise Failure(f"no {text!r} to click on\n{self.screen()}")
        self.click(*at)

    def focus(self, inside):
        """Tell the program that the terminal has or has lost the focus."""
        self.send_bytes(b"\x1b[I" if inside else b"\x1b[O")

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        self.tmux.do(f"resize-window -t t -x {cols} -y {rows}")

    def record(self):
        """Everything that the program writes from now on: a function that
        gives the bytes so far."""
        path = self.folder / f"out{time.monotonic_ns()}"
        path.touch()
        self.tmux.do(f"pipe-pane -O -t t 'exec cat >{path}'")
        return path.read_bytes

    def stop(self):
        """SIGSTOP, and wait until it stands still."""
        os.kill(self.pid, signal.SIGSTOP)
        wait_until(lambda: state_of(self.pid) == "T", 5, "stopped")

    def cont(self):
        os.kill(self.pid, signal.SIGCONT)

    # --- the end
    def dead(self):
        """None while it runs; then "exit N" or "signal N"."""
        if self.ended is not None:
            return self.ended
        try:
            code = (self.folder / "status").read_text()
        except FileNotFoundError:
            return None
        if not code.endswith("\n"):
            return None
        code = int(code)
        return f"signal {code - 128}" if code > 128 else f"exit {code}"

    def wait_end(self, timeout=None):
        """Until the program has ended by itself; "exit N" or "signal N"."""
        return wait_until(
            self.dead, timeout or self.timeout,
            lambda: f"{self.name} ends\n{self.screen()}")

    def hang_up(self):
        """Close the terminal: the program gets SIGHUP, its tty is gone."""
        self.screen()
        self.ended = "hung up"
        self.tmux.close()

    def report(self):
        try:
            end = self.dead()
        except Failure:
            end = "tmux has gone"
        try:
            screen = self.screen()
        except Failure:
            screen = self.last
        title = f"{self!r} {' '.join(self.argv)}"
        return [(title + (f" ({end})" if end else ""), str(screen))]

    def close(self):
        if self.ended is None:
            try:
                self.hang_up()
            except Failure:
                self.ended = "tmux has gone"
                self.tmux.close()
        if not self.pid or self.pid < 0:
            return []
        try:
            wait_until(lambda: not alive(self.pid), 5)
        except Failure:
            os.kill(self.pid, signal.SIGKILL)
            return [f"{self.name} outlives its terminal"]
        return []
