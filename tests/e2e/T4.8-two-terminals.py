"""Several terminals on one core: each has its size; one may be resized,
closed, killed or stopped without the others noticing; quit ends all."""
import os
import re
import signal

import pytest

from harness import Failure, wait_until
from harness.box import alive

RULE = re.compile(r"^[─┬]+$", re.M)


def ruled(cols):
    """The header's rule goes from edge to edge."""
    def header_is_as_wide_as_the_terminal(screen):
        m = RULE.search(screen.text)
        return m and len(m[0]) == cols and screen[-1]
    return header_is_as_wide_as_the_terminal


def answers(terminal):
    """It shows the help when asked to, and goes back.

    Looks for what the help says, not for a line that changes: one that was
    stopped draws all anew when it goes on, and any moment of that may be
    seen.
    """
    terminal.wait_for(lambda s: "help" in s[-1])
    terminal.send_keys("F1")
    terminal.wait_for("┌ Help ")
    terminal.send_keys("Escape")
    terminal.wait_for(lambda s: "┌ Help " not in s.text and "help" in s[-1])


def test_two_sizes_one_core(client):
    c = client()
    a = c.attach(24, 80)
    a.wait_for(ruled(80))
    b = c.attach(50, 160)
    b.wait_for(ruled(160))
    assert ruled(80)(a.screen())
    assert len(c.cores()) == 1
    assert a.flag("alternate_on") == "1"


@pytest.mark.parametrize("rows, cols", [(10, 40), (24, 80), (60, 200),
                                        (200, 500)])
def test_size_from_the_start(client, rows, cols):
    t = client().attach(rows, cols)
    t.wait_for(lambda s: s.text.strip())
    if rows >= 24:
        t.wait_for(ruled(cols))
    assert max(map(len, t.screen())) <= cols


def test_resize_is_followed_and_is_nobody_elses_business(client):
    c = client()
    a, b = c.attach(24, 80), c.attach(40, 120)
    a.wait_for(ruled(80))
    b.wait_for(ruled(120))
    for rows, cols in ((40, 132), (24, 80), (16, 60), (50, 200), (24, 80)):
        a.resize(rows, cols)
        a.wait_for(ruled(cols))
    assert ruled(120)(b.screen())
    answers(b)


def test_absurd_sizes_are_survived(client):
    c = client()
    t = c.attach(24, 80)
    t.wait_for(ruled(80))
    for rows, cols in ((1, 1), (2, 5), (1, 200), (60, 2), (3, 10)):
        t.resize(rows, cols)
    t.resize(24, 80)
    t.wait_for(ruled(80))
    answers(t)


def test_each_has_its_own_view(client):
    c = client()
    a, b = c.attach(24, 80), c.attach(24, 80)
    a.wait_for(ruled(80))
    b.wait_for(ruled(80))
    before = b.screen()
    a.send_keys("F1")
    a.wait_for(lambda s: s[-1] != before[-1])
    answers(b)


def test_detach_and_come_back(logged_in):
    c = logged_in()
    t = c.attach()
    t.wait_for("Agner Erlang")
    core = c.core()
    t.send_keys("F3")
    t.wait_gone("Agner Erlang")
    t.send_keys("D")
    assert t.wait_end() == "exit 0"
    assert "offhook goes on" in t.screen().text
    assert t.flag("alternate_on") == "0"
    assert alive(core)
    again = c.attach()
    again.wait_for(ruled(80))
    assert c.cores() == [core]


def test_closed_terminal_leaves_the_core_and_the_others(client):
    c = client()
    a, b = c.attach(), c.attach(30, 100)
    a.wait_for(ruled(80))
    b.wait_for(ruled(100))
    core = c.core()
    a.hang_up()
    wait_until(lambda: not alive(a.pid), 5, "the attaching program ends")
    answers(b)
    assert c.cores() == [core]
    c.attach(20, 70).wait_for(ruled(70))


def test_killed_terminal_leaves_the_core_and_the_others(client):
    c = client()
    a, b = c.attach(), c.attach(30, 100)
    a.wait_for(ruled(80))
    b.wait_for(ruled(100))
    os.kill(a.pid, signal.SIGKILL)
    assert a.wait_end() == "signal 9"
    answers(b)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_ended_terminal_is_as_it_was_before(client, sig):
    c = client()
    t = c.attach()
    t.wait_for(ruled(80))
    os.kill(t.pid, sig)
    t.wait_end()
    assert t.flag("alternate_on") == "0"
    assert t.cursor()[2], "the cursor is to be seen again"
    assert alive(c.core())


def test_stopped_terminal_holds_up_nobody(client):
    c = client()
    a, b = c.attach(24, 80), c.attach(40, 120)
    a.wait_for(ruled(80))
    b.wait_for(ruled(120))
    a.stop()
    # More goes on than any queue to the stopped one could hold.
    for _ in range(20):
        answers(b)
    b.resize(30, 100)
    b.wait_for(ruled(100))
    a.cont()
    answers(a)


def test_a_terminal_that_takes_no_output_holds_up_nobody(client, box):
    """Flow control (^S): its tty is full, the program blocks in a write."""
    c = client()
    a, b = c.attach(24, 80), c.attach(24, 80)
    a.wait_for(ruled(80))
    b.wait_for(ruled(80))
    os.kill(a.tmux.server.pid, signal.SIGSTOP)
    try:
        for _ in range(20):
            answers(b)
        assert c.run("keys").returncode != 4
    finally:
        os.kill(a.tmux.server.pid, signal.SIGCONT)
    answers(a)


def test_quit_ends_all(client):
    c = client()
    a, b = c.attach(), c.attach(30, 100)
    a.wait_for(ruled(80))
    b.wait_for(ruled(100))
    c.command("quit")
    assert a.wait_end() == "exit 0"
    assert b.wait_end() == "exit 0"
    c.wait_core_gone()
    assert not c.socket.exists()


def test_foreground_core_ends_with_its_terminal(client):
    c = client()
    t = c.attach(args=["-f"])
    t.wait_for(ruled(80))
    assert len(c.cores()) == 1
    t.hang_up()
    c.wait_core_gone()


def test_foreground_refuses_where_a_core_runs(client):
    c = client()
    c.attach().wait_for(ruled(80))
    got = c.run("-f")
    assert got.returncode == 1 and got.stderr.strip()
    assert len(c.cores()) == 1


def test_two_started_at_once_share_one_core(client):
    c = client()
    both = [c.attach(), c.attach()]
    for t in both:
        t.wait_for(ruled(80))
    # The one that came second may still be on its way out.
    wait_until(lambda: len(c.cores()) == 1, 10, "there is one core")


def test_commands_need_a_core(client):
    got = client().run("status")
    assert got.returncode == 4
    assert len(got.stderr.splitlines()) == 1


def test_a_lost_socket_is_made_anew(client):
    c = client()
    t = c.attach()
    t.wait_for(ruled(80))
    core = c.core()
    c.socket.unlink()
    again = c.attach()
    again.wait_for(ruled(80))
    assert c.cores() == [core]
    answers(t)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_open_to_others_is_refused(client, mode):
    c = client()
    folder = c.home / "run"
    folder.mkdir()
    folder.chmod(mode)
    got = c.run(env={"OFFHOOK_TMPDIR": str(folder)})
    assert got.returncode not in (0, 2) and got.stderr.strip()
    assert not list(folder.iterdir())


def test_a_folder_that_is_a_link_is_refused(client):
    c = client()
    (c.home / "real").mkdir(mode=0o700)
    (c.home / "link").symlink_to("real")
    got = c.run(env={"OFFHOOK_TMPDIR": str(c.home / "link")})
    assert got.returncode not in (0, 2) and got.stderr.strip()
    assert not list((c.home / "real").iterdir())


def test_the_socket_is_for_its_owner_alone(client):
    c = client()
    c.attach().wait_for(ruled(80))
    assert c.socket.stat().st_mode & 0o777 == 0o600


def test_core_is_killed(client):
    """What a user reads when the core dies under a terminal."""
    c = client()
    t = c.attach()
    t.wait_for(ruled(80))
    os.kill(c.core(), signal.SIGKILL)
    assert t.wait_end() == "exit 4"
    assert t.flag("alternate_on") == "0"
    again = c.attach()
    again.wait_for(ruled(80))


def test_without_a_terminal_it_says_so(client):
    c = client()
    got = c.run()
    assert got.returncode not in (0, None)
    assert len(got.stderr.strip().splitlines()) == 1
    assert "\x1b" not in got.stdout


def test_garbage_on_the_socket_hurts_nobody(client):
    c = client()
    t = c.attach()
    t.wait_for(ruled(80))
    control = c.control()
    control.socket.sendall(b'{"id":1,"do":' + b"[" * 100000 + b"\n")
    with pytest.raises(Failure):
        control.line(5)
        control.line(5)
    answers(t)


def test_a_window_that_comes_back_is_drawn_whole(client):
    t = client().attach()
    t.wait_for("Connection ─")
    t.wait_for("password")
    t.send_keys("F1")
    t.wait_gone("Connection ─")
    first = t.wait_for(lambda s: "┌" in s.text and list(s))
    for _ in range(3):
        t.send_keys("Escape")
        t.wait_for("password")
        t.send_keys("F1")
        t.wait_gone("password")
        t.wait_for(lambda s: s[3:-3] == first[3:-3])
