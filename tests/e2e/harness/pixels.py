"""A terminal that shows pixels: a pty, and this process at its other end, which
answers what kitty or a terminal with sixel answers, and keeps what it is sent.
Of text it knows no more than what curses writes for xterm-256color."""
import base64
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
import unicodedata

from .box import Failure, wait_until

PLACEHOLDER = "\U0010eeee"
# The first of the protocol's list, for rows and columns 0, 1, 2 …
MARKS = [chr(c) for c in (
    0x305, 0x30d, 0x30e, 0x310, 0x312, 0x33d, 0x33e, 0x33f, 0x346, 0x34a,
    0x34b, 0x34c, 0x350, 0x351, 0x352, 0x357, 0x35b, *range(0x363, 0x370))]
# Text, colour, and which part of what was painted over it is still there.
BLANK = (" ", None, None)


class Image:
    """As it was transmitted; columns and rows once it is placed."""

    def __init__(self, keys):
        self.keys, self.data = keys, b""
        self.columns = self.rows = None

    def rgb(self):
        """Its pixels, row by row."""
        assert self.keys["f"] == "24", self.keys
        width, height = int(self.keys["s"]), int(self.keys["v"])
        assert len(self.data) == 3 * width * height, self.keys
        px = [tuple(self.data[i:i + 3]) for i in range(0, len(self.data), 3)]
        return [px[i:i + width] for i in range(0, len(px), width)]


def sixels(text):
    """Rows of (red, green, blue) of a sixel image, None where nothing is
    painted; as large as it says."""
    m = re.fullmatch(r'0;1;0q"1;1;(\d+);(\d+)(.*)', text, re.S)
    width, height = int(m[1]), int(m[2])
    rows = [[None] * width for _ in range(-(-height // 6) * 6)]
    palette, colour, x, y = {}, None, 0, 0
    times = 1
    for define, percent, number, run, char in re.findall(
            r"#(\d+);2;([\d;]+)|#(\d+)|!(\d+)|([?-~$-])", m[3]):
        if define:
            palette[int(define)] = tuple(
                int(p) * 255 // 100 for p in percent.split(";"))
        elif number:
            colour = palette[int(number)]
        elif run:
            times = int(run)
            continue
        elif char in "$-":
            x, y = 0, y + 6 * (char == "-")
        else:
            for _ in range(times):
                for bit in range(6):
                    if (ord(char) - 63) >> bit & 1:
                        rows[y + bit][x] = colour
                x += 1
        times = 1
    assert all(px is None for row in rows[height:] for px in row)
    return rows[:height]


# What they answer: name and version, DA1, what else.
KINDS = {
    "kitty": (b"kitty(0.35.2)", b"?62;c", {"kitty"}),
    "old kitty": (b"kitty(0.27.1)", b"?62;c", {"kitty"}),
    "ghostty": (b"ghostty 1.2.0", b"?62;22c", {"kitty"}),
    "other": (b"Konsole 23.08.5", b"?62;1;4c", {"kitty", "sixel"}),
    "sixel": (b"foot(1.20.0)", b"?62;4;22c", {"sixel"}),
    "xterm": (b"XTerm(390)", b"?64;1;2;6;9;15;18;21;22c", set()),
    "tmux": (b"tmux 3.5a", b"?1;2;4c", set()),
    "plain": (None, b"?1;2c", set()),
    "mute": (None, None, set()),
}


class PixelTerminal:
    """argv on a pty of rows × cols; kind: one of KINDS.

    cell: its width and height in pixels. delay: seconds until an answer
    begins; byte by byte if slow.
    """

    def __init__(self, box, argv, kind="kitty", rows=40, cols=130, env=None,
                 cwd=None, cell=(9, 18), delay=0.0, slow=False,
                 window_pixels=True, timeout=10.0):
        self.kind, self.rows, self.cols = kind, rows, cols
        self.cell, self.delay, self.slow = cell, delay, slow
        self.name, self.version_da1 = kind, KINDS[kind]
        self.timeout = timeout
        self.lock, self.writing = threading.RLock(), threading.Lock()
        self.queue = []
        self.images, self.freed, self.asked = {}, [], []
        self.out, self.sixels = b"", []
        self.partial = self.current = None
        self.row = self.col = 0
        self.fg, self.inserting, self.region = None, False, (0, rows - 1)
        self.text = ""
        self.clear()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.master, slave = pty.openpty()
        w, h = (cell[0] * cols, cell[1] * rows) if window_pixels else (0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, w, h))
        self.before = termios.tcgetattr(slave)
        env = dict(env or box.environment(box.folder("p")))
        env["TERM"] = "xterm-256color"
        # setsid -c: the pty is its controlling terminal, as in life.
        self.proc = box.popen(["setsid", "-c", "-w", *map(str, argv)], env=env,
                              cwd=cwd, stdin=slave, stdout=slave,
                              stderr=slave)
        self.slave = slave
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        box.add(self)

    def helpers(self):
        return [self.proc.pid]

    # --- what the program writes
    def clear(self):
        self.grid = [[BLANK] * self.cols for _ in range(self.rows)]

    def _run(self):
        while self.running:
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                self.out += data
                self.text += self.decoder.decode(data)
                self._parse()

    def _answer(self, data):
        if not self.delay and not self.slow:
            os.write(self.master, data)
            return
        self.queue.append((time.monotonic() + self.delay, data))
        if len(self.queue) == 1:
            threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        """No key comes between the bytes of an answer: terminals write it as
        a whole, and only the line may part it."""
        while self.queue:
            due, data = self.queue[0]
            time.sleep(max(0, due - time.monotonic()))
            with self.writing:
                if not self.running:
                    return
                for part in ([bytes([b]) for b in data] if self.slow
                             else [data]):
                    os.write(self.master, part)
                    time.sleep(0.004 if self.slow else 0)
            self.queue.pop(0)

    CSI = re.compile(r"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])")
    STRING = re.compile(r"\x1b([P_\]^X])(.*?)(?:\x1b\\|\x07)", re.S)

    def _parse(self):
        at, text = 0, self.text
        while at < len(text):
            if text[at] != "\x1b":
                self._char(text[at])
                at += 1
                continue
            rest = text[at:at + 2]
            if len(rest) < 2:
                break
            if rest[1] in "P_]^X":
                m = self.STRING.match(text, at)
                if not m:
                    break
                self._string(m[1], m[2])
            elif rest[1] == "[":
                m = self.CSI.match(text, at)
                if not m:
                    break
                self._csi(m[1], m[2], m[3], m[4])
            elif rest[1] in "()":
                m = re.compile(r"\x1b..", re.S).match(text, at)
                if not m:
                    break
            else:
                m = re.compile(r"\x1b.", re.S).match(text, at)
                if rest[1] == "M" and self.row == self.region[0]:
                    self._scroll(self.row, -1)
                elif rest[1] == "M":
                    self.row = max(self.row - 1, 0)
            at = m.end()
        self.text = text[at:]

    def _char(self, c):
        if c == "\r":
            self.col = 0
        elif c == "\n":
            if self.row == self.region[1]:
                self._scroll(self.region[0], 1)
            else:
                self.row = min(self.row + 1, self.rows - 1)
        elif c == "\b":
            self.col = max(self.col - 1, 0)
        elif c == "\t":
            self.col = min((self.col // 8 + 1) * 8, self.cols - 1)
        elif c < " ":
            pass
        elif unicodedata.combining(c):
            row, col = self.row, self.col - 1
            if col >= 0:
                text, fg, over = self.grid[row][col]
                self.grid[row][col] = (text + c, fg, over)
        else:
            if self.col >= self.cols:
                self.col, self.row = 0, min(self.row + 1, self.rows - 1)
            if self.inserting:
                self.grid[self.row].insert(self.col, BLANK)
                self.grid[self.row].pop()
            self.grid[self.row][self.col] = (c, self.fg, None)
            self.col += 1

    def _scroll(self, top, n):
        """Lines from top to the region's end, up by n (down if below 0)."""
        end = self.region[1] + 1
        lines = self.grid[top:end]
        blank = [[BLANK] * self.cols for _ in range(min(abs(n), len(lines)))]
        self.grid[top:end] = (lines[n:] + blank if n > 0
                              else blank + lines[:n])

    def _erase(self, row, begin, end):
        for col in range(max(begin, 0), min(end, self.cols)):
            self.grid[row][col] = BLANK

    def _column(self, n):
        self.col = min(n, self.cols) - 1

    def _csi(self, private, params, between, end):
        nums = [int(x) if x.isdigit() else 0
                for x in re.split("[;:]", params)]
        n = max(nums[0], 1)
        if private == ">" and end == "q":
            self.asked.append("name")
            if self.version_da1[0]:
                self._answer(b"\x1bP>|" + self.version_da1[0] + b"\x1b\\")
        elif private == "?" and end == "S":
            self.asked.append("registers")
            if "sixel" in self.version_da1[2]:
                self._answer(b"\x1b[?1;0;256S")
        elif private == "?" and params == "1049":
            self.clear()
        elif private or between:
            pass
        elif end == "c":
            self.asked.append("DA1")
            if self.version_da1[1]:
                self._answer(b"\x1b[" + self.version_da1[1])
        elif end == "t" and nums[0] == 16:
            self.asked.append("cell")
            if self.version_da1[0]:
                self._answer(b"\x1b[6;%d;%dt" % (self.cell[1], self.cell[0]))
        elif end == "H":
            self.row = min(n, self.rows) - 1
            self._column(max(nums[1], 1) if len(nums) > 1 else 1)
        elif end == "G":
            self._column(n)
        elif end == "d":
            self.row = min(n, self.rows) - 1
        elif end in "ABCD":
            if end in "AB":
                self.row += -n if end == "A" else n
            else:
                self.col += -n if end == "D" else n
            self.row = min(max(self.row, 0), self.rows - 1)
            self.col = min(max(self.col, 0), self.cols - 1)
        elif end == "J":
            whole = nums[0] == 2
            if not whole:
                self._erase(self.row, self.col, self.cols)
            for row in range(0 if whole else self.row + 1, self.rows):
                self._erase(row, 0, self.cols)
        elif end == "K":
            begin, stop = ((self.col, self.cols), (0, self.col + 1),
                           (0, self.cols))[nums[0]]
            self._erase(self.row, begin, stop)
        elif end == "X":
            self._erase(self.row, self.col, self.col + n)
        elif end == "P":
            line = self.grid[self.row]
            del line[self.col:self.col + n]
            line += [BLANK] * (self.cols - len(line))
        elif end == "@":
            line = self.grid[self.row]
            line[self.col:self.col] = [BLANK] * n
            del line[self.cols:]
        elif end == "b":
            last = self.grid[self.row][self.col - 1][0]
            for _ in range(n):
                self._char(last)
        elif end in "hl" and nums[0] == 4:
            self.inserting = end == "h"
        elif end == "r":
            last = nums[1] if len(nums) > 1 else self.rows
            last = min(last, self.rows) - 1
            self.region, self.row, self.col = (min(n - 1, last), last), 0, 0
        elif end in "STLM":
            self._scroll(self.row if end in "LM" else self.region[0],
                         n if end in "SM" else -n)
        elif end == "m":
            self._sgr(nums)

    def _sgr(self, nums):
        i = 0
        while i < len(nums):
            if nums[i] in (38, 48):
                if nums[i] == 38:
                    self.fg = nums[i + 2]
                i += 2
            elif nums[i] in (0, 39) or 30 <= nums[i] <= 37 or nums[i] >= 90:
                self.fg = None
            i += 1

    def _string(self, kind, text):
        if kind == "_" and text[:1] == "G" and "kitty" in self.version_da1[2]:
            keys, _, data = text[1:].partition(";")
            keys = dict(k.split("=") for k in keys.split(",") if k)
            self._graphics(keys, data)
        elif kind == "_":
            self.asked.append("APC")
        elif kind == "P" and re.match(r"[0-9;]*q", text):
            self._sixel(text)

    def _sixel(self, text):
        """Over the cells from the cursor on, until they are written to."""
        n, rows = len(self.sixels), sixels(text)
        self.sixels.append(rows)
        width, height = self.cell
        assert len(rows) % height == 0 and len(rows[0]) % width == 0
        for r in range(len(rows) // height):
            for c in range(len(rows[0]) // width):
                y, x = self.row + r, self.col + c
                if y >= self.rows or x >= self.cols:
                    continue  # of another size, just before this one
                self.grid[y][x] = (*self.grid[y][x][:2], (n, r, c))
        # Where it stands then differs; who goes on has to say where.
        self.row, self.col = self.rows - 1, 0

    def painted(self):
        """{number of the sixel image: {(row, col): (row of it, col)}}"""
        found = {}
        with self.lock:
            for y, line in enumerate(self.grid):
                for x, (_, _, over) in enumerate(line):
                    if over:
                        found.setdefault(over[0], {})[y, x] = over[1:]
        return found

    def _graphics(self, keys, data):
        if keys.get("a") == "q":
            self.asked.append("graphics")
            self._answer(b"\x1b_Gi=%d;OK\x1b\\" % int(keys["i"]))
            return
        assert keys.get("q") == "2", keys
        assert len(data) <= 4096, len(data)
        if keys.get("a") == "p":
            assert keys["U"] == "1", keys
            image = self.images[int(keys["i"])]
            image.columns, image.rows = int(keys["c"]), int(keys["r"])
        elif keys.get("a") == "d":
            ids = ([int(keys["i"])] if keys["d"] == "I" else
                   [i for i in self.images
                    if int(keys["x"]) <= i <= int(keys["y"])])
            for i in ids:
                self.images.pop(i, None)
                self.freed.append(i)
        else:
            if keys.get("a") == "t":
                self.current = self.images[int(keys["i"])] = Image(keys)
            assert len(data) % 4 == 0
            self.current.data += base64.b64decode(data)

    # --- looking
    def lines(self):
        with self.lock:
            return ["".join(c[0] for c in row).rstrip() for row in self.grid]

    def __str__(self):
        return "\n".join("|" + line for line in self.lines()
                         ).replace(PLACEHOLDER, "▣")

    def has(self, text):
        return any(text in line for line in self.lines())

    def wait_for(self, text, timeout=None):
        wait_until(lambda: self.has(text), timeout or self.timeout,
                   lambda: f"{text!r} in {self.kind}\n{self}")

    def wait_gone(self, text, timeout=None):
        wait_until(lambda: not self.has(text), timeout or self.timeout,
                   lambda: f"no {text!r} in {self.kind}\n{self}")

    def placed(self):
        """{number: {(row, col): (row of it, column of it)}}"""
        found = {}
        with self.lock:
            for y, line in enumerate(self.grid):
                for x, (text, fg, _) in enumerate(line):
                    if text[0] == PLACEHOLDER:
                        found.setdefault(fg, {})[y, x] = tuple(
                            MARKS.index(m) for m in text[1:])
        return found

    # --- acting
    def send(self, data):
        with self.writing:
            os.write(self.master,
                     data.encode() if isinstance(data, str) else data)

    def resize(self, rows, cols):
        with self.lock:
            self.rows, self.cols = rows, cols
            self.region, self.row, self.col = (0, rows - 1), 0, 0
            self.clear()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack(
            "HHHH", rows, cols, self.cell[0] * cols, self.cell[1] * rows))

    # --- the end
    def wait_end(self, timeout=10):
        """Its exit code, once all that it wrote was read."""
        wait_until(lambda: self.proc.poll() is not None, timeout,
                   lambda: f"it ends\n{self}")
        wait_until(lambda: not select.select([self.master], [], [], 0)[0], 5)
        return self.proc.returncode

    def unread(self):
        """What it has left in the terminal for whoever reads it next."""
        old = termios.tcgetattr(self.slave)
        new = list(old)
        new[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self.slave, termios.TCSANOW, new)
        data = b""
        while select.select([self.slave], [], [], 0.3)[0]:
            data += os.read(self.slave, 4096)
        return data

    def report(self):
        return [(f"{self.kind}, asked {self.asked}, images "
                 f"{sorted(self.images)}", str(self))]

    def close(self):
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGHUP)
        with self.writing:
            self.running = False
        self.thread.join()
        os.close(self.slave)
        os.close(self.master)
        try:
            self.proc.wait(5)
        except Exception as err:
            raise Failure(f"offhook outlives its terminal: {err}") from err
        return []
