"""The first start: the form, the certificate, and every way that it can fail,
each with its own line; a rejected password is never sent twice."""
import re
import socket

import pytest

from fakes import Fake, certificate, http
from harness import Refused, box as boxes, wait_until

PASSWORD = "Exchange-1878"


@pytest.fixture
def fresh(client, box):
    c = client()
    box.secret(PASSWORD)
    c.start()
    return c


def log_in(client, lan, wan="-", user="200", password=PASSWORD, accept=True):
    """Try, accept an unknown certificate, until it is decided: status."""
    control = client.control()
    control.begin("login", "1", user, password, lan, wan)
    seen = {}

    def decided():
        seen.update(control.data("status"))
        if accept:
            try:
                control.do("certificate", "accept", timeout=45)
                return False
            except Refused:
                pass
        return seen["connection"] not in ("connecting",)
    wait_until(decided, 45, lambda: f"it is decided: {seen}", every=0.05)
    return control.data("status")


def admin(server, *argv):
    got = server.box.run([boxes.build / "offhookd", "--state", server.state,
                          *argv])
    assert got.returncode == 0, got.stderr


# --- the form -----------------------------------------------------------------

def test_the_form_to_the_first_screen(server, client, box):
    s, c = server(), client()
    box.secret(PASSWORD)
    t = c.attach()
    t.wait_for("password")
    t.type("200")
    t.send_keys("Tab")
    t.type(PASSWORD)
    t.send_keys("Tab")
    t.type(s.address)
    t.wait_for(s.address)
    assert PASSWORD not in t.screen().text
    t.send_keys("Enter")
    # Who it is that wants to be trusted: all four, before a byte was sent.
    screen = t.wait_for(lambda x: "SHA-256" in x.text and x)
    for word in ("subject", "issuer", "valid", s.address):
        assert word in screen.text
    shown = re.sub(r"[^0-9a-f]", "", "".join(
        m[1] for line in screen
        if (m := re.search(r"((?:[0-9a-f]{2}:?){16})", line.lower()))))
    assert shown == s.fingerprint()
    assert "Login" not in s.log.read_text()
    # The safe answer is the default.
    t.wait_for("▌ refuse")
    t.send_keys("Right")
    t.wait_for("▌ accept")
    t.send_keys("Enter")
    t.wait_for("Agner Erlang")
    t.wait_for(re.compile("Emma Nutt 200"))


def test_refused_certificate_sends_nothing(box, fresh):
    fake = Fake(box, lambda r: http("<LOGIN/>"), certificate(box.path))
    t = fresh.attach()
    log_in(fresh, fake.address, accept=False)
    t.wait_for("uc.example")
    t.wait_for("▌ refuse")
    t.send_keys("Enter")
    t.wait_for(re.compile("certificate of .* was refused"))
    assert fake.requests == []


def test_changed_certificate_is_refused_until_the_user_says_so(box, fresh):
    """Another one at the same address: nothing is sent to it."""
    bad = http("<LOGIN><ID>0</ID><ERROR><REASON>LOCKED</REASON></ERROR>"
               "</LOGIN>")
    first = Fake(box, lambda r: bad, certificate(box.path, "first.example"))
    assert log_in(fresh, first.address)["connection"] == "refused"
    asked = first.asked("Login")
    assert asked >= 1
    second = Fake(box, lambda r: bad, certificate(box.path, "second.example"))
    t = fresh.attach()
    log_in(fresh, second.address, accept=False)
    t.wait_for("another certificate than before")
    t.wait_for("before")
    assert second.requests == []
    t.send_keys("Enter")
    t.wait_for("was refused")
    # Not by trying again, either.
    log_in(fresh, second.address, accept=False)
    t.wait_for("another certificate than before")
    assert second.requests == []
    t.send_keys("Right", "Enter")
    wait_until(lambda: second.asked("Login"), 10, "the new one is asked")


# --- what the server refuses ----------------------------------------------------

def test_the_shell_waits_for_what_it_comes_to(server, fresh):
    """The exit code is the log-in's, and what to do is one line."""
    s = server()

    def login(password):
        return fresh.run("login", "1", "200", "@-", s.address, "-",
                         input=password + "\n")

    got = login(PASSWORD)
    assert got.returncode == 1
    assert len(got.stderr.splitlines()) == 1
    assert s.fingerprint() in re.sub(r"[^0-9a-f]", "", got.stderr.lower())
    assert "offhook certificate accept" in got.stderr
    got = fresh.run("certificate", "accept")
    assert got.returncode == 0, got.stderr
    assert fresh.data("status")["connection"] == "online"
    got = login("wrong-1")
    assert got.returncode == 1
    assert got.stderr.strip().endswith("User name or password is wrong.")
    assert len(got.stderr.splitlines()) == 1
    got = login(PASSWORD)
    assert got.returncode == 0, got.stderr
    assert fresh.data("status")["connection"] == "online"
    # Nobody there: it says so, and does not wait for the next try.
    s.stop()
    fresh.wait_status(connection="lost")
    got = fresh.run("reconnect")
    assert got.returncode == 1 and len(got.stderr.splitlines()) == 1
    assert "Nobody listens" in got.stderr


def test_wrong_password_is_sent_once(server, fresh):
    s = server()
    status = log_in(fresh, s.address, password="wrong-1")
    assert status["connection"] == "refused"
    assert status["reason"] == "User name or password is wrong."
    failed = "SELECT failed FROM account WHERE extension = '200'"
    assert s.query(failed)[0]["failed"] == 1
    # Not by reconnecting, nor at the next start.
    assert fresh.run("reconnect").returncode != 0
    assert fresh.run("login").returncode != 0
    fresh.quit()
    t = fresh.attach()
    t.wait_for("password")
    assert fresh.run("login").returncode != 0
    assert s.query(failed)[0]["failed"] == 1
    # A new one is.
    fresh.login(s, "200", PASSWORD)


def test_wrong_password_is_not_sent_to_the_other_address(box, fresh):
    bad = http("<LOGIN><ID>0</ID><ERROR><REASON>BAD_PASSWORD</REASON></ERROR>"
               "</LOGIN>")
    pair = certificate(box.path)
    lan, wan = (Fake(box, lambda r: bad, pair) for _ in range(2))
    assert log_in(fresh, lan.address, wan.address)["connection"] == "refused"
    sent = lambda f: f.asked("gsPass") + f.asked("Login")
    assert lan.asked("Login") >= 1
    assert sent(wan) == 0


def test_locked_account(server, fresh):
    s = server()
    s.stop()
    admin(s, "--lock", "200")
    s.start()
    status = log_in(fresh, s.address)
    assert status["connection"] == "refused"
    assert "locked" in status["reason"]
    t = fresh.attach()
    t.wait_for("account is locked")


def test_no_licence(server, fresh):
    s = server()
    s.stop()
    admin(s, "--licence", "200", "off")
    s.start()
    status = log_in(fresh, s.address)
    assert status["connection"] == "refused"
    assert "licence" in status["reason"]


# --- what can't be reached ---------------------------------------------------------

CHECK = "Check address, port, network and proxy."


def test_unknown_host(fresh):
    status = log_in(fresh, "no-such-host.invalid")
    assert status["connection"] == "offline"
    assert status["reason"].startswith("no-such-host.invalid: ")
    assert status["reason"].endswith(CHECK)


def test_closed_port(fresh):
    with socket.socket() as s:  # bound, but nobody listens
        s.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{s.getsockname()[1]}"
        t = fresh.attach()
        status = log_in(fresh, address)
        assert status["connection"] == "offline"
        assert "Nobody listens" in status["reason"]
        assert status["reason"].endswith(CHECK)
        t.wait_for("Nobody listens")


@pytest.mark.parametrize("lan, wan", [("", ""), ("[::1", ""), ("a b", ""),
                                      ("h:99999", ""), ("h:0", "")])
def test_no_address(fresh, lan, wan):
    got = fresh.run("login", "1", "200", "@-", lan, wan,
                    input=PASSWORD + "\n")
    assert got.returncode == 2
    assert len(got.stderr.splitlines()) == 1


@pytest.mark.parametrize("answer", [
    b"220 mail.example ESMTP\r\n", b"\x00" * 4000, b"\xff\xfe\x01" * 5000])
def test_garbage_instead_of_tls(box, fresh, answer):
    fake = Fake(box, lambda r: answer)
    status = log_in(fresh, fake.address)
    assert status["connection"] == "offline"
    assert "TLS" in status["reason"] or "protocol" in status["reason"]
    assert PASSWORD not in "".join(fake.requests)


HALF = ('<?xml version="1.0" encoding="UTF-8"?>\n<LOGIN><ID>3b06a3af</ID>'
        "<CNT>1</CNT><LASVERSION><VERS")


@pytest.mark.parametrize("answer", [
    http("<html><body>It works!</body></html>", kind="text/html"),
    http(b"\x00\xff\x80 garbage <<<<>>>&&&"),
    http(HALF), http(HALF, 4000),
    http("<LOGIN><ID></ID></LOGIN>"), http(""),
    http("<a>" * 100000), b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n", b"\x80\x81garbage\r\n\r\n" * 50,
    http('<!DOCTYPE a [<!ENTITY b "c">]><LOGIN>&b;</LOGIN>'),
], ids=["html", "bytes", "half", "cut", "no id", "empty", "deep", "404",
        "no http", "entity"])
def test_what_answers_is_no_uc_server(box, fresh, answer):
    fake = Fake(box, lambda r: answer, certificate(box.path))
    t = fresh.attach()
    status = log_in(fresh, fake.address)
    assert status["connection"] in ("offline", "refused")
    assert status["reason"].strip()
    # It says so in the form, which waits for another try.
    t.wait_for("password")
    t.wait_for(status["reason"].split()[0])
    assert fake.asked("gsPass") <= 1


@pytest.mark.seconds(60)
@pytest.mark.parametrize("tls", [False, True])
def test_silent_server(box, fresh, tls):
    """The time limits: 10 s to connect, 15 s for the first byte."""
    fake = Fake(box, lambda r: None, certificate(box.path) if tls else None)
    t = fresh.attach()
    t.wait_for("password")  # the form stands there, and says what is done
    control = fresh.control()
    control.begin("login", "1", "200", PASSWORD, fake.address, "-")
    if tls:
        # It says who it is before it says nothing.
        t.wait_for("Is this its certificate?")
        t.send_keys("Right", "Enter")
    t.wait_for("Connecting …")
    # Meanwhile everything else works.
    t.send_keys("F1")
    t.wait_gone("Connecting …")
    t.send_keys("Escape")
    status = log_in(fresh, fake.address)
    assert status["connection"] == "offline"
    assert "time limit" in status["reason"], status
    assert status["reason"].endswith(CHECK)


# --- two addresses ---------------------------------------------------------------

def test_wan_where_the_lan_does_not_answer(server, fresh):
    s = server()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        lan = f"127.0.0.1:{closed.getsockname()[1]}"
        status = log_in(fresh, lan, s.address)
    assert status["connection"] == "online"
    assert status["server"] == s.address


def test_lan_first(server, box, fresh):
    s = server()
    wan = Fake(box, lambda r: None, certificate(box.path))
    status = log_in(fresh, s.address, wan.address)
    assert status["server"] == s.address
    assert wan.connections == 0
