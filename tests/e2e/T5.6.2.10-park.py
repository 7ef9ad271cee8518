"""Park a call and take it again, there or elsewhere, by the built-in phone and by
the one on the desk."""
import re

from desk import Desk
from people import Person, speak


def test_parked_by_key_and_taken_by_another(emma, agner, hedy):
    t = emma.client.attach(30, 110)
    speak(emma, agner)
    t.wait_for("P park")
    t.send_keys(":")
    t.type("park 3")
    t.send_keys("Enter")
    t.wait_for("Agner Erlang is parked in 3")
    emma.wait_no_call()
    agner.wait_call("held-by-other")
    hedy.client.command("unpark", "3")
    hedy.wait_hears(agner)
    agner.wait_hears(hedy)
    agner.wait_call("talking")
    hedy.client.command("hangup")
    agner.wait_no_call()


def test_taken_back(emma, agner):
    speak(emma, agner)
    emma.client.command("park", "0")
    emma.wait_no_call()
    emma.client.run("unpark", "0")
    if isinstance(emma, Desk):
        emma.phone.do("accept")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def test_a_slot_that_is_taken(emma, agner, hedy, server):
    speak(emma, agner)
    emma.client.command("park", "5")
    emma.wait_no_call()
    hedy.dial("200")
    emma.wait_call("ringing-in")
    emma.answer() if isinstance(emma, Desk) else emma.client.command("answer")
    emma.wait_hears(hedy)
    emma.client.run("park", "5")
    # She has her call still.
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    emma.wait_call("talking")


def test_an_empty_slot(emma):
    emma.client.run("unpark", "9")
    if isinstance(emma, Desk):
        emma.phone.do("accept")
    emma.wait_no_call(20)


def test_slots_are_digits(emma, agner):
    speak(emma, agner)
    got = emma.client.run("park", "12")
    assert got.returncode and "0 to 9" in got.stderr, got


def test_everybody_sees_who_waits(emma, agner, hedy):
    t, u = emma.client.attach(30, 110), hedy.client.attach(30, 110)
    assert "parked" not in u.screen()[0]
    speak(emma, agner)
    t.wait_for("P park")
    t.send_keys("P")
    # The first slot that is free, and one key takes it.
    t.wait_for("Agner Erlang is parked in 1")
    t.wait_for("parked: Agner Erlang")
    u.wait_for("parked: Agner Erlang")
    one, = hedy.client.data("parked")
    assert (one["slot"], one["number"], one["by"]) == (1, "201", "200")
    u.wait_for("U take parked")
    u.send_keys("U")
    hedy.wait_hears(agner)
    agner.wait_hears(hedy)
    t.wait_gone("parked: Agner Erlang")
    u.wait_gone("parked: Agner Erlang")
    assert hedy.client.run("unpark").returncode, "nobody is left to take"


def test_of_two_one_is_asked_which(emma, agner, hedy, client):
    almon = Person(client, emma.server, "203")
    speak(emma, agner)
    emma.client.command("park")
    emma.wait_no_call()
    hedy.dial("203")
    almon.wait_call("ringing-in")
    almon.client.command("answer")
    almon.wait_hears(hedy)
    almon.client.command("park")
    almon.wait_no_call()
    t = almon.client.attach(30, 110)
    t.wait_for("2 parked")
    t.send_keys("U")
    t.wait_for("Whose call is it to be?")
    t.send_keys(re.search(r"(\d)  Hedy Lamarr", t.screen().text)[1])
    almon.wait_hears(hedy)
    hedy.wait_hears(almon)
    assert agner.call()["state"] == "held-by-other"


def test_who_waits_gives_up(emma, agner):
    t = emma.client.attach(30, 110)
    speak(emma, agner)
    emma.client.command("park", "7")
    t.wait_for("parked: Agner Erlang")
    agner.client.command("hangup")
    t.wait_gone("parked: Agner Erlang")


def test_it_is_known_after_a_log_in(emma, agner, client):
    speak(emma, agner)
    emma.client.command("park")
    emma.wait_no_call()
    hedy = Person(client, emma.server, "202")
    hedy.client.attach(30, 110).wait_for("parked: Agner Erlang")
