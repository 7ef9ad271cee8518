"""Call by name at a plain UC Smart server, on the desk phone."""
import re

from plain import PASSWORD, day_at


def test_a_day(server, client, wsi):
    s = server("smart", plain=True, desk_phones=True)
    day_at(client(), s, wsi, "smart")


def test_number_that_is_not_clear_asks(server, client):
    s = server("smart", plain=True, desk_phones=True)
    c = client()
    c.login(s, "200", PASSWORD)
    t = c.attach()
    t.wait_for("search or dial")
    t.type("5550190")
    t.send_keys("Enter")
    t.wait_for("Is 5550190 internal or external?")
    t.send_keys("e")
    t.wait_for(re.compile(r"☎ .*555 0190 .*talking"), 15)
    c.command("hangup")


def test_favourites_and_the_journal_are_there_at_the_next_start(server,
                                                                client):
    s = server("smart", plain=True, desk_phones=True)
    c = client()
    c.login(s, "200", PASSWORD)
    c.command("slot", "1", "automatic", "on")
    c.login(s, "200", PASSWORD)
    t = c.attach()
    t.wait_for("No favourites yet")
    t.send_keys("/")
    t.type("erl")
    t.wait_for("Agner Erlang")
    c.command("favourite", "Agner Erlang", "Exchange")
    t.send_keys("Escape")
    t.wait_for("Exchange")
    c.quit()
    again = c.attach()
    again.wait_for(re.compile("Agner Erlang +Office"))
