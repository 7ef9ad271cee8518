"""One number, several phones: the user says which of them dials and answers."""
import pathlib
import sys

import pytest

from harness import wait_until
from people import Person

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip, add_user  # noqa: E402


@pytest.fixture
def office(server):
    """Two phones of number 200; the second is that of account 221."""
    s = server()
    add_user(s, "221", "Emma's second phone", "Exchange-1878")
    s.admin("--line", "221", "200")
    return s


@pytest.fixture
def phones(office):
    return {user: Baresip(office, user, tone=tone).wait_registered()
            for user, tone in (("200", 700), ("221", 900))}


@pytest.fixture
def agner(office, client):
    return Person(client, office, "201")


@pytest.fixture
def emma(office, client):
    c = client()
    c.login(office, "200")
    wait_until(lambda: "presence" in c.data("status"), 10, "all is read")
    return c


def test_the_chosen_one_dials(phones, emma, agner):
    t = emma.attach(24, 110)
    t.wait_for("desk phone 200")
    emma.command("phone", "221")
    t.wait_for("desk phone 221")
    emma.command("dial", "201")
    phones["221"].wait_event("CALL_INCOMING")
    phones["221"].do("accept")
    agner.wait_call("ringing-in")
    assert not phones["200"].has_rung()
    # Her number, whichever phone it is.
    assert agner.call()["number"] == "200"
    agner.client.command("answer")
    agner.wait_hears(phones["221"])
    emma.command("hold")
    wait_until(lambda: agner.call()["state"] == "held-by-other", 10, "held")
    emma.command("hangup")
    agner.wait_no_call()


def test_the_chosen_one_answers(office, client, emma, agner):
    """Two that can be asked to answer; baresip cannot."""
    people = [Person(client, office, "200", tone=700),
              Person(client, office, "221", tone=900)]
    emma.command("phone", "221")
    agner.dial("200")
    for person in people:
        person.wait_call("ringing-in")
    emma.command("answer")
    agner.wait_hears(people[1])
    people[1].wait_hears(agner)
    emma.command("hangup")
    agner.wait_no_call()


def test_it_is_kept_and_given_up(phones, emma, office):
    emma.command("phone", "221")
    emma.quit()
    emma.login(office, "200")
    t = emma.attach(24, 110)
    t.wait_for("desk phone 221")
    assert emma.data("phone") == [
        {"number": "200", "name": "Emma Nutt", "chosen": False},
        {"number": "221", "name": "Emma's second phone", "chosen": True}]
    emma.command("phone", "any")
    t.wait_for("desk phone 200")


def test_another_is_refused(phones, emma, client):
    got = emma.run("phone", "201")
    assert got.returncode and "200 221" in got.stderr


def test_a_phone_comes_and_goes_meanwhile(phones, emma, office):
    emma.command("phone", "221")
    office.admin("--line", "221")
    wait_until(lambda: "one phone only" in emma.run("phone").stderr, 10,
               "the other one is its own again")
    office.admin("--line", "221", "200")
    wait_until(lambda: not emma.run("phone").returncode, 10, "hers again")
    assert [p["chosen"] for p in emma.data("phone")] == [False, True]


def test_one_phone_is_no_choice(office, client):
    agner = Person(client, office, "201")
    got = agner.client.run("phone", "221")
    assert got.returncode and "one phone only" in got.stderr
