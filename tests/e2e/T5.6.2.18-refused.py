"""What the server refuses comes back to the command that asked: a code, and
one line on standard error. And commands about people whom only it knows."""
import re

import pytest

from harness import wait_until
from people import Person


@pytest.fixture
def emma(logged_in):
    return logged_in()


def refused(client, *argv):
    """The line on standard error of a command that fails."""
    got = client.run(*argv)
    assert got.returncode == 1, got
    assert got.stdout == ""
    assert got.stderr.endswith(".\n") and got.stderr.count("\n") == 1
    return got.stderr


def test_no_phone_to_dial_with(emma):
    """The account has a desk phone, but none is there."""
    assert "can't be reached" in refused(emma, "dial", "201")
    assert "can't be reached" in refused(emma, "-c", "dial 201")
    assert "can't be reached" in refused(emma, "call", "Agner Erlang")
    # On the screen it is a call that failed, and one however often it did.
    t = emma.attach()
    t.wait_for("Agner Erlang")
    refused(emma, "dial", "201")
    refused(emma, "dial", "201")
    t.wait_for(re.compile("☎ Agner Erlang 201 .*can't be reached"))
    assert t.screen().text.count("☎ Agner Erlang") == 1


def test_no_connection(emma):
    emma.server.kill()
    emma.wait_status(connection="lost")
    got = emma.run("presence", "lunch")
    assert got.returncode != 0 and "no connection" in got.stderr


def test_favourite_that_nobody_has_searched_for(emma):
    assert "Ada Lovelace" in emma.command("favourite", "+442079460018")
    emma.command("contact", "Ada Lovelace")
    got = emma.run("favourite", "Nobody At All")
    assert got.returncode == 2
    assert got.stderr == 'Nobody is known as "Nobody At All".\n'


def test_what_was_read_stays_read(server, client):
    """Also when the journal is read anew, and after a new start."""
    s = server()
    almon = Person(client, s, "203")
    emma = client(config="")
    emma.login(s, "200")
    desk = Person(client, s, "200")
    almon.dial("200")
    desk.wait_call("ringing-in")
    almon.client.command("hangup")
    emma.wait_status(missed=1)
    emma.command("read", "203")
    emma.wait_status(missed=0)
    wait_until(lambda: not s.query("SELECT * FROM journal WHERE unread"), 5,
               "the server knows it, too")
    emma.command("reconnect")
    desk.client.wait_status(missed=0)
    assert emma.data("status")["missed"] == 0
