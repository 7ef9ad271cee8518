"""Calls to a group: all ring, one has it, the rest are quiet; each sees in the
journal what it was."""
import re

import pytest

from people import Person, journal

OUT_GROUP, IN_GROUP, MISSED = 7, 2, 3


@pytest.fixture
def emma(server, client):
    made = server()
    made.admin("--set", "group.400", "all; 20; Exchange; 201 202")
    return Person(client, made, "200")


def test_one_has_it(emma, agner, hedy):
    emma.dial("400")
    agner.wait_call("ringing-in")
    hedy.wait_call("ringing-in")
    assert emma.call()["number"] == "400"
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    agner.wait_no_call()
    assert hedy.call()["number"] == "200"
    emma.client.command("hangup")
    hedy.wait_no_call()
    assert [r["kind"] for r in journal(emma.server, "200", "400")] == \
        [OUT_GROUP]
    assert [r["kind"] for r in journal(emma.server, "202", "200")] == \
        [IN_GROUP]
    assert not emma.server.query("SELECT * FROM journal WHERE owner = '201'")


def test_nobody_has_it(emma, agner, hedy):
    emma.dial("400")
    agner.wait_call("ringing-in")
    hedy.wait_call("ringing-in")
    emma.client.command("hangup")
    agner.wait_no_call()
    hedy.wait_no_call()
    for who in ("201", "202"):
        assert [r["kind"] for r in journal(emma.server, who, "200")] == \
            [MISSED]
    t = hedy.client.attach(24, 80)
    t.send_keys("F3")
    t.wait_for(re.compile("Emma Nutt.*group.*missed"))


def test_one_refuses(emma, agner, hedy):
    emma.dial("400")
    agner.wait_call("ringing-in")
    hedy.wait_call("ringing-in")
    agner.client.command("reject")
    agner.wait_no_call()
    hedy.client.command("answer")
    emma.wait_hears(hedy)


def test_transferred_to_a_group(emma, agner, hedy):
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_hears(agner)
    t = agner.client.attach(24, 80)
    t.send_keys(":", "transfer 400 yes", "Enter")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    agner.wait_no_call()


def test_picked_up_by_one_of_the_group(emma, agner, hedy, client):
    emma.server.admin("--set", "group.401", "all; 20; Desk; 200 203")
    almon = Person(client, emma.server, "203")
    agner.dial("203")
    almon.wait_call("ringing-in")
    emma.client.command("pickup-group")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    almon.wait_no_call()
