"""Pictures to send, and pictures on a screen."""
import collections
import struct
import zlib

from harness import wait_until
from harness.terminal import Style, parse_styled

ROWS, COLUMNS = 7, 14
EMPTY = (" ", Style())


def png(width, height, rgb, more=0):
    """A PNG of one colour, or of rows that share its height, each a list of
    colours; with a remark in it, and more bytes behind it."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    if isinstance(rgb[0], int):
        rgb = [[rgb] * width]
    rows = [b"\0" + b"".join(map(bytes, row)) for row in rgb]
    rows = b"".join(row * (height // len(rows)) for row in rows)
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
                                         0, 0, 0))
            + chunk(b"tEXt", b"Comment\0taken at home")
            + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b"") + b"\0" * more)


def face(t, name):
    """The cells left of a name in the detail of a large terminal."""
    # Blanks at the end of a line have colours, too.
    rows = parse_styled(t.tmux.do("capture-pane -e -N -p -t t"))
    lines = ["".join(c for c, _ in row) for row in rows]
    for i, line in enumerate(lines[:-ROWS]):
        bar = line.find("│")
        at = line.find(name, bar + 1)
        if bar >= 0 and at >= 0:
            left = max(bar + 1, at - 2 - COLUMNS)
            cells = [row + [EMPTY] * (at - len(row))
                     for row in rows[i:i + ROWS]]
            return [cell for row in cells for cell in row[left:at - 2]]
    return []


def colours(cells):
    """{colour: how many cells are made of it for the most part}"""
    found = collections.Counter()
    for char, style in cells:
        # A full block is its foreground, a blank its background.
        kinds = ("bg",) if char == " " else ("fg", "bg")
        for kind in kinds:
            colour = style.colour(kind)
            if colour:
                found[colour] += 1
    return found


def is_of(t, name, colour):
    """Nearly all of somebody's picture is of that colour."""
    cells = face(t, name)
    return (len(cells) == ROWS * COLUMNS
            and colours(cells)[colour] > 0.9 * len(cells))


def wait_of(t, name, colour):
    wait_until(lambda: is_of(t, name, colour), 10,
               lambda: f"{name} in {colour}: {colours(face(t, name))}\n"
               f"{t.screen()}")


def has_none(t, name):
    """The name stands where it stands without a picture."""
    for line in t.screen():
        bar = line.find("│")
        if bar >= 0 and line[bar:].startswith("│   " + name):
            return True
    return False


def wait_none(t, name):
    wait_until(lambda: has_none(t, name), 10,
               lambda: f"{name} without a picture\n{t.screen()}")


def look_at(client, name, rows=40, cols=130, env=None):
    """A terminal of a client, with somebody's detail."""
    t = client.attach(rows, cols, env=env)
    t.wait_for("search or dial")
    t.send_keys("/")
    t.type(name)
    t.wait_for(name)
    t.send_keys("Down")
    return t
