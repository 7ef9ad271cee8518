"""A number or a name that is marked elsewhere: one key calls or searches it.
What is marked comes from a real tmux, X server and Wayland compositor."""
import os
import re
import subprocess

import pytest

from desk import Desk
from harness import wait_until
from harness.terminal import Tmux
from people import Person

KEY = "F7"
TALKING = re.compile(r"☎ Agner Erlang 201 +\d\d:\d\d +talking")


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


class Elsewhere:
    """A tmux of the user's with a shell in a pane."""

    def __init__(self, box, text="nothing"):
        folder = box.folder("elsewhere")
        self.tmux = t = Tmux(box, folder)
        t.once("new-session", "-d", "-s", "w", "-x", "60", "-y", "5", "--",
               "/bin/sh", "-c", 'printf %s "$0"; exec sleep 100000', text)
        t.control()
        box.add(t)
        self.pane = t.do("display-message -p -t w '#{pane_id}'")[0]
        self.env = {"TMUX": f"{folder}/tmux,{t.server.pid},0",
                    "TMUX_PANE": self.pane}

    def copy(self, text, name=None):
        self.tmux.once("set-buffer", *(["-b", name] if name else []), text)

    def mark(self, words):
        """Mark so many words of the pane in copy mode, without copying."""
        wait_until(lambda: self.tmux.do("capture-pane -p -t w")[0], 10,
                   "the pane has its text")
        for c in ("copy-mode -t w", "send-keys -t w -X history-top",
                  "send-keys -t w -X start-of-line",
                  "send-keys -t w -X begin-selection",
                  *["send-keys -t w -X next-word-end"] * words):
            self.tmux.do(c)


def attach(emma, env):
    t = emma.client.attach(env=env)
    t.wait_for("Agner Erlang")
    return t


def test_a_number_in_tmux_is_called(emma, box):
    there = Elsewhere(box)
    there.copy("999")
    there.copy(" +49 (89) 7007-201\n")
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))
    assert emma.wait_call("talking")["name"] == "Agner Erlang"


def test_by_the_phone_on_the_desk(server, client, box):
    emma = Desk(client, server(), "200")
    there = Elsewhere(box)
    there.copy("+49 (89) 7007-201")
    t = attach(emma, there.env)
    t.send_keys(KEY)
    emma.lift()
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))


def test_a_name_in_tmux_is_searched(emma, box):
    there = Elsewhere(box)
    there.copy("Heaviside")
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for("/ Heaviside")
    t.wait_for("Oliver Heaviside")
    emma.wait_no_call()


@pytest.mark.parametrize("text", ["10:45", "2026-11-23", "24.12.2026",
                                  "12/24/26", "2026-11-23 10:45:00"])
def test_a_time_is_no_number(emma, box, text):
    there = Elsewhere(box)
    there.copy(text)
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for(f"/ {text}")
    assert emma.call() == {}


def test_marked_in_copy_mode(emma, box):
    """Not copied yet: what is seen marked is what is meant."""
    there = Elsewhere(box, "Ada Lovelace")
    there.copy("201")
    there.mark(1)
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for(re.compile(r"/ Ada {9}"))
    emma.wait_no_call()


@pytest.mark.parametrize("text, searched", [
    ("Phone: +49 (171) 555-0201, Strowger & Co.", "+49 (171) 555-0201"),
    ("ring 0171 5550201 on 2026-11-23 at 10:45", "0171 5550201"),
    ("either 0171 5550201 or 0171 5550202", "0171 5550201 or 0171 5550202"),
    ("invoice 2026, page 12", "invoice 2026, page 12"),
    ("agner201555@example.com", "agner201555@example.com")])
def test_a_number_among_words(emma, box, text, searched):
    """It is put into the field: one sees it before it is called."""
    there = Elsewhere(box)
    there.copy(text)
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for(re.compile(r"/ +" + re.escape(searched) + "  "))
    emma.wait_no_call()


@pytest.mark.parametrize("text", ["*31#201", "**21*0900123456#", "tel:#12"])
def test_a_code_is_never_dialled(emma, box, text):
    there = Elsewhere(box)
    there.copy(text)
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for("feature code")
    assert "/ " + text.removeprefix("tel:") in t.screen().text
    emma.wait_no_call()


def test_hostile_text_is_text(emma, box):
    """Lines, control characters, quotes, and more of it than there is room
    for: one clean line to search."""
    there = Elsewhere(box)
    text = box.folder("text") / "text"
    text.write_text("\n \t\n'; quit \"\x1b]0;gone\x07\u202e\n201\n" + "x" * 70000)
    there.tmux.once("load-buffer", str(text))
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for("'; quit \"")
    assert t.flag("pane_title") != "gone"
    emma.wait_no_call()


def test_a_colleague_unknown_is_asked_for(emma, box):
    """As when it is dialled by hand."""
    there = Elsewhere(box)
    there.copy("5550190")
    t = attach(emma, there.env)
    t.send_keys(KEY)
    t.wait_for("Is 5550190 internal or external?")


def test_nothing_and_nowhere(emma, box):
    t = attach(emma, None)
    t.send_keys(KEY)
    t.wait_for("neither in tmux")
    t = attach(emma, Elsewhere(box).env)
    t.send_keys(KEY)
    t.wait_for("Nothing is marked")


def test_what_is_missing_is_named(emma, box):
    t = attach(emma, {"DISPLAY": ":987", "PATH": "/nowhere"})
    t.send_keys(KEY)
    t.wait_for("install xclip")
    t = attach(emma, {"WAYLAND_DISPLAY": "none", "PATH": "/nowhere"})
    t.send_keys(KEY)
    t.wait_for("install wl-clipboard")


def test_a_program_that_says_nothing(emma, box):
    """Nothing waits for it: keys work, and after a while a line says so."""
    tools = box.folder("tools")
    (tools / "xclip").write_text("#!/bin/sh\nexec sleep 1000\n")
    (tools / "xclip").chmod(0o755)
    t = attach(emma, {"DISPLAY": ":987", "PATH": f"{tools}:/bin"})
    t.send_keys(KEY)
    t.send_keys("/")
    t.type("lovel")
    t.wait_for("Ada Lovelace", 2)
    t.wait_for("did not come in time")


def test_from_a_key_of_the_desktop(emma, box):
    """`offhook --selection`, as a desktop or tmux binds it."""
    there = Elsewhere(box)
    there.copy("Heaviside")
    t = attach(emma, None)
    got = emma.client.run("--selection", env=there.env)
    assert got.returncode == 0 and "Oliver Heaviside" in got.stdout
    t.wait_for("/ Heaviside")
    there.copy("*31#201")
    assert emma.client.run("--selection=tmux", env=there.env).returncode == 0
    t.wait_for("/ *31#201")
    there.copy("201")
    assert emma.client.run("--selection", env=there.env).returncode == 0
    emma.wait_call("talking")


def test_from_the_shell(emma):
    """It has no terminal to look in: the text, or --selection."""
    c = emma.client
    got = c.run("selection")
    assert got.returncode == 1 and "--selection" in got.stderr
    got = c.run("selection", "*31#")
    assert got.returncode == 2 and "feature code" in got.stderr
    got = c.run("--selection")
    assert got.returncode == 1 and "neither in tmux" in got.stderr
    got = c.run("--selection=here")
    assert got.returncode == 2
    c.command("selection", "Tel:201")
    emma.wait_call("talking")


def x11(box):
    """A server of its own; it says which number it has."""
    r, w = os.pipe()
    box.popen(["Xvfb", "-displayfd", str(w), "-nolisten", "tcp",
               "-noreset"],
              pass_fds=[w], stdout=subprocess.DEVNULL,
              stderr=subprocess.DEVNULL)
    os.close(w)
    with os.fdopen(r) as f:
        return {"DISPLAY": ":" + f.readline().strip()}


def wayland(box):
    folder = box.folder("wl")
    (folder / "config").write_text("xwayland disable\n")
    env = {**box.environment(folder), "XDG_RUNTIME_DIR": str(folder),
           "WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1",
           "WLR_RENDERER": "pixman"}
    # It refuses to run as root, which some who test are.
    user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    box.popen([*user, "sway", "-c", folder / "config"], env=env,
              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def socket():
        return [p.name for p in folder.glob("wayland-*")
                if p.suffix != ".lock"]
    name = wait_until(socket, 20, "sway makes its socket")[0]
    return {"WAYLAND_DISPLAY": name, "XDG_RUNTIME_DIR": str(folder)}


def give(box, argv, env, text):
    proc = box.popen(argv, env={**os.environ, **env},
                     stdin=subprocess.PIPE)
    proc.stdin.write(text.encode())
    proc.stdin.close()


DESKTOPS = {"x11": x11, "wayland": wayland}


def mark(box, env, text, clipboard=False):
    if "DISPLAY" in env:
        kind = "clipboard" if clipboard else "primary"
        give(box, ["xclip", "-quiet", "-selection", kind], env, text)
        look = ["xclip", "-o", "-selection", kind]
    else:
        kind = [] if clipboard else ["--primary"]
        give(box, ["wl-copy", "--foreground", *kind], env, text)
        look = ["wl-paste", "--no-newline", *kind]
    wait_until(lambda: subprocess.run(
        look, env={**os.environ, **env}, capture_output=True,
        text=True).stdout == text, 10, "it is marked", every=0.1)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["x11", "wayland"])

def test_marked_on_the_desktop(emma, box, kind):
    env = DESKTOPS[kind](box)
    t = attach(emma, env)
    t.send_keys(KEY)
    t.wait_for("Nothing is marked")
    mark(box, env, "Heaviside")
    t.send_keys(KEY)
    t.wait_for("/ Heaviside")
    t.wait_for("Oliver Heaviside")
    mark(box, env, "+49 89 7007-201")
    t.send_keys(KEY)
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["x11", "wayland"])

def test_only_copied(emma, box, kind):
    env = DESKTOPS[kind](box)
    mark(box, env, "201", clipboard=True)
    t = attach(emma, env)
    t.send_keys(KEY)
    t.wait_for(TALKING)


@pytest.mark.long

def test_tmux_and_desktop(emma, box):
    """What was just copied in tmux comes before the desktop's, unless
    the option says otherwise."""
    env = x11(box)
    there = Elsewhere(box)
    mark(box, env, "Heaviside")
    there.copy("Lovelace")
    t = attach(emma, {**env, **there.env})
    t.send_keys(KEY)
    t.wait_for("/ Lovelace")
    emma.client.command("set", "selection", "x11")
    t.send_keys(KEY)
    t.wait_for("/ Heaviside")
