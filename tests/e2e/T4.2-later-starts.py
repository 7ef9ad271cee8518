"""Later starts: straight in where automatic login is on, with the pinned
certificate and the kept password; else the form, filled in."""
import os
import re
import signal

import pytest

from harness import box as boxes, wait_until

PASSWORD = "Exchange-1878"


@pytest.fixture
def known(server, client):
    """Has logged in once, with automatic login."""
    c = client()
    c.server = server()
    c.start()
    c.command("slot", "1", "automatic", "on")
    c.login(c.server, "200", PASSWORD)
    c.quit()
    return c


def test_straight_in(known):
    t = known.attach()
    t.wait_for("Agner Erlang")
    known.wait_status(connection="online", user="200")
    # Nothing was asked: neither password nor certificate.
    assert "SHA-256" not in t.screen().text


def test_after_the_core_was_killed(known):
    known.attach().wait_for("Agner Erlang")
    os.kill(known.core(), signal.SIGKILL)
    wait_until(lambda: not known.cores(), 5, "it is gone")
    known.attach().wait_for("Agner Erlang")
    known.wait_status(connection="online")


def test_not_without_being_told_to(server, client):
    c = client()
    s = server()
    c.login(s, "200", PASSWORD)
    c.quit()
    t = c.attach()
    t.wait_for("password")
    # All but the password is there, and the pin.
    assert "200" in t.screen().text and s.address in t.screen().text
    t.type(PASSWORD)
    t.send_keys("Enter")
    t.wait_for("Agner Erlang")
    assert "SHA-256" not in t.screen().text


def test_the_password_lies_where_only_its_owner_reads(known):
    for path in known.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert PASSWORD.encode() not in data or \
                path.stat().st_mode & 0o077 == 0, path


def test_another_certificate_is_not_trusted_at_a_later_start(known):
    s = known.server
    s.stop()
    for path in s.state.rglob("tls.*"):
        path.unlink()
    s.start()
    t = known.attach()
    t.wait_for("another certificate than before")
    t.send_keys("Enter")
    t.wait_for("was refused")
    failed = s.query("SELECT failed FROM account WHERE extension = '200'")
    assert failed[0]["failed"] == 0


def test_rejected_password_is_not_sent_at_the_next_start(known):
    """It was changed elsewhere meanwhile."""
    s = known.server
    s.stop()
    got = s.box.run([boxes.build / "offhookd", "--state", s.state,
                     "--set-password", "200"], stdin=None,
                    input="Another-1878\n")
    assert got.returncode == 0, got.stderr
    s.start()
    failed = "SELECT failed FROM account WHERE extension = '200'"
    for _ in range(3):
        t = known.attach()
        t.wait_for("password")
        t.wait_for(re.compile("password is wrong|rejected the password"))
        assert s.query(failed)[0]["failed"] == 1
        known.quit()


def test_server_not_there_at_the_start(known):
    """The screen is there, greyed; it comes in by itself later."""
    known.server.stop()
    t = known.attach()
    t.wait_for(re.compile(r"No connection.*Next try in \d+ s", re.S))
    known.server.start()
    t.send_keys("r")
    t.wait_for("Agner Erlang")
    t.wait_gone("Next try")


def test_logged_out_stays_out(known):
    """Until the program starts anew."""
    t = known.attach()
    t.wait_for("Agner Erlang")
    known.command("logout")
    t.wait_for("password")
    again = known.attach()
    again.wait_for("password")
    known.quit()
    known.attach().wait_for("Agner Erlang")
