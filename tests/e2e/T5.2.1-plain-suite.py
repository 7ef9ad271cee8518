"""Presence and the rest of a day at a plain UC Suite server."""
import re

from plain import PASSWORD, day_at


def test_a_day(server, client, wsi):
    s = server("suite", plain=True, desk_phones=True)
    day_at(client(), s, wsi, "suite")


def test_number_that_is_not_canonical_is_the_servers_business(server, client):
    """The server adds the access code: no question."""
    s = server("suite", plain=True, desk_phones=True)
    c = client()
    c.login(s, "200", PASSWORD)
    t = c.attach()
    t.wait_for("search or dial")
    c.command("dial", "5550190")
    t.wait_for(re.compile(r"☎ .*555 0190"), 15)
    assert "internal or external" not in t.screen().text


def test_reset_by_the_server(server, client, wsi):
    """Back to Office by itself there: it shows here."""
    s = server("suite", plain=True)
    c = client()
    c.login(s, "200", PASSWORD)
    c.command("presence", "lunch", "13:30")
    t = c.attach()
    t.wait_for(re.compile("200 .*Lunch"))
    w = wsi(s)
    w.login("200", PASSWORD)
    w.set_presence(1)
    t.wait_for(re.compile("200 .*Office"))
    assert c.wait_status(presence="office")["until"] == 0
