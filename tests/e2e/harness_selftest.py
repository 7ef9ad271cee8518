"""The harness tried on programs that everybody has."""
import re
import signal
import socket
import time

import pytest

from harness import (Box, Client, Failure, Terminal, Wsi, WsiError,
                     sound, wait_until)
from harness.box import alive, descendants, free_port
from harness.impair import Impairer, Judge


def sh(terminal, script, *args, **kw):
    return terminal(["/bin/sh", "-c", script], *args, **kw)


# --- terminal ---------------------------------------------------------------
def test_screen_has_its_size_and_text(terminal):
    t = sh(terminal, "stty size; printf 'äöü 漢字 ●\\n'; cat", 30, 100)
    t.wait_for("30 100")
    t.wait_for("äöü 漢字 ●")
    s = t.screen()
    assert len(s) == 30 and s.cols == 100
    assert s[1] == "äöü 漢字 ●"
    assert s.find("漢") == (1, 4)
    assert s.find(re.compile(r"\d+$")) == (0, 3)
    assert s.line_with("●").startswith("äöü")
    assert s.find("nowhere") is None


def test_environment_is_pinned(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    t = sh(terminal, "env; echo end; cat", rows=40)
    t.wait_for("end")
    text = t.screen().text
    for name in ("NO_COLOR", "COLORTERM", "XDG_", "TMUX=", "PYTEST"):
        assert name not in text
    assert "TERM=tmux-256color" in text and "LANG=C.UTF-8" in text
    assert re.search(r"^HOME=/tmp/oh-", text, re.M)


def test_typing_and_keys(terminal):
    t = sh(terminal, "stty raw -echo; printf 'ready\\r\\n'; exec cat -v")
    t.wait_for("ready")
    t.type("it's ü; \"x\" $HOME")
    t.wait_for("it's M-CM-<; \"x\" $HOME")
    t.send_keys("Escape", "Up", "F9", "C-a", "M-x", "'", ";")
    t.wait_for("^[^[[A^[[20~^A^[x';")
    t.focus(False)
    t.wait_for("^[[O")
    with pytest.raises(Failure, match="has not asked for the mouse"):
        t.click(0, 0)


def test_paste_is_bracketed_if_asked_for(terminal):
    t = sh(terminal, "stty raw -echo; printf 'ready\\033[?2004h'; exec cat -v")
    t.wait_for("ready")
    t.paste("a\nb")
    t.wait_for("^[[200~a")
    t.wait_for("b^[[201~")


def test_mouse(terminal):
    t = sh(terminal, "stty raw -echo; printf 'hit\\033[?1000h\\033[?1006h';"
                     "exec cat -v")
    t.wait_for("hit")
    t.click_on("it")
    t.wait_for("^[[<0;2;1M^[[<0;2;1m")


def test_styles(terminal):
    t = sh(terminal, r"printf 'plain \033[1;31mred\033[0m \033[7mrev\033[27m "
                     r"\033[38;5;208morange\033[0;48;2;1;2;3mbg\033[0m\n';cat")
    t.wait_for("orange")
    assert t.style_of("plain") == set()
    assert t.style_of("red") == {"bold", "fg=red"}
    assert t.style_of("rev") == {"reverse"}
    assert t.style_of("orange").colour() == "208"
    assert t.style_of("bg").colour("bg") == "#010203"
    with pytest.raises(Failure, match="no 'blue' on the screen"):
        t.style_of("blue")


def test_cursor(terminal):
    t = sh(terminal, r"printf 'x\033[5;11H'; cat")
    wait_until(lambda: t.cursor() == (4, 10, True), 5)
    t = sh(terminal, r"printf 'x\033[?25l'; cat")
    wait_until(lambda: t.cursor() == (0, 1, False), 5)


def test_resize_tells_the_program(terminal):
    t = sh(terminal, "trap 'stty size' WINCH; echo ready;"
                     "while :; do sleep 0.05; done", 24, 80)
    t.wait_for("ready")
    t.resize(40, 132)
    t.wait_for("40 132")
    assert len(t.screen()) == 40
    t.resize(10, 20)
    t.wait_for("10 20")


def test_two_terminals_have_their_own_sizes(terminal):
    a = sh(terminal, "stty size; cat", 24, 80)
    b = sh(terminal, "stty size; cat", 50, 200)
    a.wait_for("24 80")
    b.wait_for("50 200")


def test_wait_for_shows_the_screen_when_in_vain(terminal):
    t = sh(terminal, "echo something else; cat")
    t.wait_for("something")
    with pytest.raises(Failure) as failure:
        t.wait_for("the right thing", timeout=0.2)
    assert "'the right thing'" in str(failure.value)
    assert "|something else" in str(failure.value)
    with pytest.raises(Failure, match="still 'else'"):
        t.wait_gone("else", timeout=0.2)


def test_wait_for_patterns_and_predicates(terminal):
    t = sh(terminal, "echo call 0:42; cat")
    assert t.wait_for(re.compile(r"call (\d):(\d\d)"))[2] == "42"
    assert t.wait_for(lambda s: s[0].startswith("call"))
    t.send_keys("C-l")
    t.wait_gone("no such text")


def test_a_program_that_ends_is_told_at_once(terminal):
    t = sh(terminal, "echo bye; exit 3")
    assert t.wait_end() == "exit 3"
    assert "bye" in t.screen().text
    begin = time.monotonic()
    with pytest.raises(Failure, match=r"has ended \(exit 3\)"):
        t.wait_for("more", timeout=30)
    assert time.monotonic() - begin < 10
    t = sh(terminal, "kill -9 $$")
    assert t.wait_end() == "signal 9"


def test_hang_up_sends_sighup(terminal, box):
    note = box.path / "hup"
    t = sh(terminal, f"trap 'echo hup >{note}; exit' HUP; echo ready;"
                     "while :; do sleep 0.02; done")
    t.wait_for("ready")
    t.hang_up()
    wait_until(note.exists, 5, "SIGHUP arrives")
    wait_until(lambda: not alive(t.pid), 5)
    assert "ready" in t.screen().text


def test_stop_and_go_on(terminal, box):
    count = box.path / "count"
    t = sh(terminal, f"echo ready; while :; do echo x >>{count}; sleep 0.01;"
                     "done")
    t.wait_for("ready")
    wait_until(count.exists, 5)
    t.stop()
    size = count.stat().st_size
    time.sleep(0.1)
    assert count.stat().st_size - size <= 2
    t.cont()
    wait_until(lambda: count.stat().st_size > size + 2, 5)


def test_recorded_bytes(terminal):
    t = sh(terminal, "stty -echo; echo ready; read x; printf 'a\\033[1mb';cat")
    t.wait_for("ready")
    out = t.record()
    t.send_keys("Enter")
    wait_until(lambda: out() == b"a\x1b[1mb", 5, lambda: repr(out()))


def test_alternate_screen_and_title(terminal):
    t = sh(terminal, r"printf '\033[?1049h\033]2;hello\033\\in'; cat")
    t.wait_for("in")
    assert t.flag("alternate_on") == "1"
    assert t.flag("pane_title") == "hello"


# --- box ----------------------------------------------------------------------
def test_box_ends_what_was_left_behind():
    box = Box()
    t = Terminal(box, ["/bin/sh", "-c", "setsid sleep 300 & echo on; cat"])
    t.wait_for("on")
    wait_until(lambda: [p for p in box.processes()
                        if "sleep" in open(f"/proc/{p}/comm").read()], 5)
    wrong = box.close()
    assert any("left running" in w and "sleep 300" in w for w in wrong)
    assert not box.path.exists()
    assert not [p for p in descendants() if p not in box.before]


def test_box_ends_clean():
    box = Box()
    Terminal(box, ["cat"])
    assert box.close() == []


def test_box_finds_secrets_in_logs():
    box = Box()
    box.secret("hunter2hunter2")
    (box.folder("s") / "core.log").write_text("GET /?gsPass=hunter2hunter2")
    (box.folder("s") / "other.log").write_text("GET /?gsPass=***")
    wrong = box.close()
    assert len(wrong) == 1 and "s/core.log" in wrong[0]
    assert "hunter2hunter2" not in wrong[0]


def test_box_finds_broken_memory_in_logs():
    box = Box()
    (box.folder("c") / "core.log").write_text(
        "fine\n==12==ERROR: AddressSanitizer: heap-use-after-free on\n")
    (box.folder("c") / "good.log").write_text("no runtime error at all\n")
    wrong = box.close()
    assert len(wrong) == 1 and "heap-use-after-free" in wrong[0]


def test_box_path_is_short_enough_for_a_socket():
    box = Box()
    try:
        assert len(str(box.folder("c") / "core")) < 60
    finally:
        box.close()


def test_run_takes_time_as_a_failure(box):
    assert box.run(["sh", "-c", "echo a; echo b >&2; exit 4"]).returncode == 4
    with pytest.raises(Failure, match="longer than"):
        box.run(["sleep", "30"], timeout=0.2)


def test_free_ports_can_be_bound():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            s.bind(("127.0.0.1", free_port(kind)))


@pytest.mark.seconds(1)
def test_a_test_has_a_limit():
    with pytest.raises(Failure, match="longer than 1 s"):
        signal.pause()


# --- sound ----------------------------------------------------------------------
def test_level_of_a_tone():
    assert abs(sound.level(sound.tone(1000, 0.5, level=-20)) + 20) < 0.1
    assert sound.level(sound.tone(1000, 0)) == sound.SILENCE
    assert sound.level([0] * 100) == sound.SILENCE


def test_tone_is_told_from_others_and_noise():
    samples = sound.tone(425, 1.0)
    assert sound.has_tone(samples, 8000, 425, 0.9)
    assert not sound.has_tone(samples, 8000, 480)
    both = sound.tone([350, 440], 0.5)
    assert 0.4 < sound.goertzel(both, 8000, 440) < 0.6
    assert abs(sound.loud_seconds(samples + samples[:0], 8000) - 1.0) < 0.06


def test_wav_files(box):
    samples = sound.tone(440, 0.25, rate=16000)
    path = sound.write(box.path / "a.wav", samples, 16000)
    assert sound.read(path) == (16000, samples)
    # As a program leaves it that is still recording: no sizes yet.
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\0\0\0\0"
    path.write_bytes(data)
    assert sound.read(path) == (16000, samples)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError):
        sound.read(path)


def test_correlation_finds_delay_and_change():
    sent = sound.chirp(300, 3000, 1.5)
    quiet = sound.tone(100, 0.4)[:0]
    quiet.extend([0] * 2000)
    got = quiet + type(sent)("h", (x // 4 for x in sent)) + quiet
    like, delay = sound.correlation(sent, got)
    assert like > 0.98 and abs(delay - 0.25) < 0.001
    other = sound.tone(700, 2.0)
    assert sound.likeness(sent, other) < 0.3
    assert sound.likeness(sent, quiet) == 0.0


def test_correlation_of_other_rates():
    sent = sound.chirp(300, 2500, 1.0, rate=48000)
    got = sound.chirp(300, 2500, 1.0, rate=16000)
    assert sound.likeness(sent, got + got[:8000], 48000, 16000) > 0.9


def test_speech(box):
    rate, samples = sound.speech("one two three", box.path / "s.wav")
    assert sound.loud_seconds(samples, rate) > 0.5
    other_rate, other = sound.speech("seven and eight", box.path / "o.wav")
    assert sound.likeness(samples, samples, rate) > 0.99
    assert sound.likeness(samples, other, rate, other_rate) < 0.6


# --- control and wsi, against stand-ins made here ---------------------------------
def _serve(script, box, *args):
    path = box.path / "stand_in.py"
    path.write_text(script)
    return box.popen(["/usr/bin/python3", path, *args])


def test_control(box):
    path = box.path / "core"
    _serve('''
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + "0"); s.listen()
os.rename(sys.argv[1] + "0", sys.argv[1])  # there once it listens
c, _ = s.accept()
f = c.makefile("rw")
def out(x): f.write(json.dumps(x) + "\\n"); f.flush()
f.readline(); out({"offhook": 1, "more": True})
while True:
    r = json.loads(f.readline())
    out({"event": "presence", "at": 1, "user": "201"})
    if r["do"][0] == "bad": out({"id": r["id"], "error": "usage", "text": "no"})
    else: out({"id": r["id"], "ok": True, "data": r["do"]})
''', box, path)
    client = Client(box)
    client.socket = path
    control = client.control()
    assert control.data("dial", 201) == ["dial", "201"]
    assert control.wait_event("presence", user="201")["at"] == 1
    try:
        control.do("bad")
        raise AssertionError("not refused")
    except Exception as err:
        assert (err.code, err.text) == ("usage", "no")
    control.wait_event("presence")
    with pytest.raises(Failure, match="no event"):
        control.wait_event("presence", timeout=0.2)


def test_wsi(box):
    key = box.path / "key.pem"
    made = box.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", box.path / "cert.pem", "-subj", "/CN=x"])
    assert made.returncode == 0, made.stderr
    port = free_port()
    _serve('''
import http.server, ssl, sys, urllib.parse
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    n = 0
    def log_message(self, *a): pass
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        q = dict(urllib.parse.parse_qsl(url.query))
        if url.path.endswith("/GetEvents"):
            H.n += 1
            body = '' if H.n == 1 else \\
                '{"events":[{"type":"PresenceEvent","user":"%d"}]}' % H.n
        elif q.get("cmd") == "Login" and q["gsPass"] == "p&p=1 ü":
            body = "<LOGIN><ID>77</ID><LASVERSION><APPLICATION>UCSUITE" \\
                   "</APPLICATION></LASVERSION></LOGIN>"
        elif q.get("cmd") == "Login":
            body = "<LOGIN><ID>0</ID><ERROR>BAD_PASSWORD</ERROR></LOGIN>"
        elif q.get("gsSession") != "77":
            body = "<ERROR><REASON>NOT_LOGGED_IN</REASON></ERROR>"
        else:
            body = "<%s/>" % q["cmd"]
        body = body.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers(); self.wfile.write(body)
s = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[3], sys.argv[2])
s.socket = c.wrap_socket(s.socket, server_side=True)
s.serve_forever()
''', box, port, key, box.path / "cert.pem")

    def listening():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listening, 10)
    wsi = Wsi(("127.0.0.1", port))
    with pytest.raises(WsiError, match="NOT_LOGGED_IN"):
        wsi.set_presence(7, user="200")
    with pytest.raises(WsiError, match="BAD_PASSWORD"):
        wsi.login("200", "wrong")
    wsi.login("200", "p&p=1 ü")
    assert wsi.application == "UCSUITE" and wsi.session == "77"
    assert wsi.set_presence(7).tag == "SetPresence"
    assert wsi.wait_event("PresenceEvent", user=3)["user"] == "3"
    with pytest.raises(Failure, match="no HookEvent"):
        wsi.wait_event("HookEvent", timeout=0.2)
    wsi.close()


# --- a bad line -------------------------------------------------------------
def test_the_same_seed_loses_the_same():
    def lost(**how):
        judge = Judge(**how)
        return [not judge.arrivals(i * 0.02) for i in range(10000)]

    assert lost(loss=10, seed=3) == lost(loss=10, seed=3, jitter=60)
    assert lost(loss=10, seed=3) != lost(loss=10, seed=4)
    for burst in (1, 3):
        assert 900 < sum(lost(loss=10, burst=burst)) < 1100
    assert not any(lost()) and all(lost(loss=100))
    with pytest.raises(ValueError, match="lost"):
        Judge(lost=1)


def test_a_bad_line_is_as_bad_as_it_shall_be():
    near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                 for _ in range(2))
    with near, far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(0.5)
        near.settimeout(5)
        with Impairer(far.getsockname(), loss=20, delay=20, jitter=30,
                      reorder=5, double=5) as line:
            for i in range(200):
                near.sendto(b"%d" % i, line.address)
                time.sleep(0.001)
            got = []
            try:
                while True:
                    data, source = far.recvfrom(100)
                    got.append(int(data))
            except TimeoutError:
                pass
            assert 120 < len(set(got)) < 190
            assert len(got) > len(set(got)) and got != sorted(got)
        with Impairer(far.getsockname()) as line:
            near.sendto(b"there", line.address)
            data, source = far.recvfrom(100)
            far.sendto(data + b" and back", source)
            assert near.recv(100) == b"there and back"
