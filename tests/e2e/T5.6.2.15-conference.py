"""A conference that the phone runs: out of the call that is on and the one on
hold, one by one, up to eight; see who is in it, drop one, end it. Each hears
all others, and not itself."""
import re

import pytest

from desk import Desk
from harness import sound, wait_until
from people import Person


@pytest.fixture
def people(server, client):
    """Emma, Agner, Hedy, Almon."""
    s = server()
    return [Person(client, s, user) for user in ("200", "201", "202", "203")]


def shares(person):
    """{tone: its share of what came last}, of all that somebody says."""
    got = person.last(0.6)
    if not got:
        return {}
    rate, samples = got
    return {tone: round(sound.goertzel(samples, rate, tone), 2)
            for tone in (700, 1100, 1500, 1900)}


def hear_each_other(*people):
    tones = {p.tone for p in people}

    def fits(person):
        got = shares(person)
        others = tones - {person.tone}
        return bool(got) and all(
            got[t] > 0.5 / len(others) if t in others else got[t] < 0.1
            for t in got)

    for person in people:
        wait_until(lambda: fits(person), 15,
                   lambda: f"{person.user} hears all of {tones} but itself: "
                   f"{shares(person)}", every=0.1)


def join(emma, other):
    """Call one more; who was on waits meanwhile."""
    emma.dial(other.user)
    other.wait_call("ringing-in")
    other.client.command("answer")
    emma.wait_hears(other)


def test_one_by_one_and_dropped_one_by_one(people):
    emma, agner, hedy, almon = people
    t = emma.client.attach(30, 110)
    join(emma, agner)
    join(emma, hedy)
    t.wait_for("c conference")
    t.send_keys("c")
    hear_each_other(emma, agner, hedy)
    t.wait_for(re.compile("Agner Erlang.*in conference"))
    t.wait_for(re.compile("Hedy Lamarr.*in conference"))
    # One more is called: the others wait, and come back with him.
    join(emma, almon)
    t.wait_for("c conference")
    t.send_keys("c")
    hear_each_other(emma, agner, hedy, almon)
    calls = emma.client.data("calls")
    assert [c["conference"] for c in calls] == [True] * 3
    # Which one leaves is said.
    hedys = next(c["call"] for c in calls if c["number"] == "202")
    emma.client.command("hangup", hedys)
    hedy.wait_no_call()
    hear_each_other(emma, agner, almon)
    # Who hangs up leaves a call of two.
    agner.client.command("hangup")
    emma.wait_hears(almon)
    almon.wait_hears(emma)
    wait_until(lambda: [c["conference"] for c in emma.client.data("calls")]
               == [False], 10, "it is a call again")
    t.wait_gone("in conference")


def test_ending_it_asks_whom(people):
    emma, agner, hedy, _ = people
    t = emma.client.attach(30, 110)
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    got = emma.client.run("hangup")
    assert got.returncode and "end-conference" in got.stderr, got
    t.wait_for("in conference")
    t.send_keys("F2", "e")
    t.wait_for("2 are in the conference: all calls end")
    t.send_keys("Escape")
    t.wait_gone("all calls end")
    hear_each_other(emma, agner, hedy)
    t.send_keys("E")
    for person in (emma, agner, hedy):
        person.wait_no_call()


def test_hold_leaves_it(people):
    emma, agner, hedy, _ = people
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    agners = next(c["call"] for c in emma.client.data("calls")
                  if c["number"] == "201")
    emma.client.command("hold", agners)
    agner.wait_call("held-by-other")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)


def test_without_two_calls_there_is_none(people):
    emma, agner, *_ = people
    assert emma.client.run("conference").returncode
    join(emma, agner)
    got = emma.client.run("conference")
    assert got.returncode and "no two calls" in got.stderr, got
    assert emma.client.run("end-conference").returncode
    emma.wait_hears(agner)


@pytest.fixture
def emma(server, client):
    """With a phone on the desk."""
    return Desk(client, server(), "200")


def test_of_the_phone_on_the_desk(emma, agner, hedy):
    t = emma.client.attach(30, 110)
    join(emma, agner)
    join(emma, hedy)
    agner.wait_call("held-by-other")
    t.wait_for("c conference")
    t.send_keys("c")
    hear_each_other(emma, agner, hedy)
    t.wait_for("in conference of 3")
    t.wait_for("Agner Erlang, Hedy Lamarr")
    call, = emma.client.data("calls")
    assert sorted(m["number"] for m in call["members"]) == ["201", "202"]
    # Who hangs up leaves the others a call.
    agner.client.command("hangup")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    t.wait_gone("in conference")
    assert emma.call()["name"] == "Hedy Lamarr"
    # He comes back, and now Emma leaves.
    join(emma, agner)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    emma.client.command("hangup")
    emma.phone.wait_no_call()
    agner.wait_hears(hedy)
    hedy.wait_hears(agner)


def test_ended_for_all_at_the_desk(emma, agner, hedy):
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    emma.client.command("end-conference")
    for person in (emma, agner, hedy):
        person.wait_no_call()
    emma.phone.wait_no_call()


def test_one_is_dropped_at_the_desk(emma, agner, hedy):
    t = emma.client.attach(30, 110)
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    t.send_keys("X")
    t.wait_for("Who is to leave it?")
    # Nobody, if it was a slip.
    t.send_keys("Escape")
    t.wait_gone("Who is to leave it?")
    hear_each_other(emma, agner, hedy)
    t.send_keys("X")
    t.wait_for("Who is to leave it?")
    t.send_keys(re.search(r"(\d)  Agner Erlang", t.screen().text)[1])
    agner.wait_no_call()
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)
    t.wait_gone("in conference")


def test_only_who_has_made_it_drops_somebody(emma, agner, hedy, client):
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    got = agner.client.run("drop", "202")
    assert got.returncode, got
    hear_each_other(emma, agner, hedy)


def test_one_is_dropped_by_key(people):
    emma, agner, hedy, _ = people
    t = emma.client.attach(30, 110)
    join(emma, agner)
    join(emma, hedy)
    emma.client.command("conference")
    hear_each_other(emma, agner, hedy)
    emma.client.command("drop", "Hedy Lamarr")
    hedy.wait_no_call()
    emma.wait_hears(agner)
    t.wait_gone("in conference")
    assert emma.client.run("drop", "201").returncode
