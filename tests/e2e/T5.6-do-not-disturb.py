"""Do Not Disturb: calls are refused, whichever way it was set; it ends, and the
phone rings again."""
import pathlib
import re
import sys

import pytest

from desk import Desk
from harness import wait_until
from people import Person, journal

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import add_user  # noqa: E402


@pytest.fixture(params=[Person, Desk], ids=["voip", "cti"])
def emma(request, server, client):
    s = server()
    # Without an answering box, whoever calls is refused.
    s.admin("--voicemail", "200", "off")
    return request.param(client, s, "200")


def refused(agner):
    """He calls her and hears that she is busy."""
    agner.client.run("dial", "200")
    wait_until(lambda: agner.call().get("state") == "failed", 10,
               lambda: f"it is refused: {agner.call()}")
    agner.client.command("hangup")
    agner.wait_no_call()


def test_set_by_presence(emma, agner):
    emma.client.command("presence", "dnd")
    wait_until(lambda: emma.client.data("status")["presence"] == "dnd", 10,
               "she is not to be disturbed")
    refused(agner)
    assert emma.call() == {}
    # She is told whom she has missed.
    assert journal(emma.server, "200", "201")
    emma.client.command("presence", "office")
    wait_until(lambda: emma.client.data("status")["presence"] == "office", 10,
               "she is there again")
    agner.dial("200")
    emma.wait_call("ringing-in")


def test_set_by_a_code_from_the_phone(emma, agner):
    t = emma.client.attach(30, 110)
    emma.client.run("dial", "*97")
    t.wait_for("Do Not Disturb")
    emma.wait_no_call()
    refused(agner)
    emma.client.run("dial", "#97")
    t.wait_for(re.compile(r"Emma Nutt 200 +. Office"))
    emma.wait_no_call()
    agner.dial("200")
    emma.wait_call("ringing-in")


def test_not_where_a_number_has_several_phones(server, client):
    s = server()
    add_user(s, "221", "Emma's second phone")
    s.admin("--line", "221", "200")
    emma = Person(client, s, "200")
    got = emma.client.run("presence", "dnd")
    assert got.returncode, got
    emma.client.run("dial", "*97")
    wait_until(lambda: emma.call().get("state") in (None, "failed"), 10,
               "the code is refused")
    assert emma.client.data("status")["presence"] == "office"


def test_she_can_call(emma, agner):
    emma.client.command("presence", "dnd")
    wait_until(lambda: emma.client.data("status")["presence"] == "dnd", 10,
               "she is not to be disturbed")
    emma.dial("201")
    agner.wait_call("ringing-in")
