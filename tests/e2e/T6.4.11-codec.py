"""Change the codec of a call that is on: both sides hear each other by the new
one, whoever wanted it, and where the other side lacks it, too."""
import threading

import pytest

from harness import wait_until
from people import Person, wait_hears_on


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def another(emma, client, *config):
    return Person(client, emma.server, "201", config=config)


def answers(person, caller):
    person.wait_call("ringing-in")
    person.client.command("answer")
    caller.wait_hears(person)
    person.wait_hears(caller)


def talk(emma, agner, codec):
    emma.dial("201")
    answers(agner, emma)
    wait_codecs((emma, codec), (agner, codec))


def only_call(person):
    got = person.client.data("calls")
    return got[0] if len(got) == 1 else {}


def wait_codecs(*pairs):
    for person, codec in pairs:
        wait_until(lambda: only_call(person).get("codec") == codec, 10,
                   lambda: f"{person.user} has {codec}: {only_call(person)}",
                   every=0.05)
    for person, codec in pairs:
        wait_until(lambda: person.client.data("quality")["codec"] == codec, 5,
                   f"{person.user}'s quality says {codec}")


def check_sound(one, other):
    wait_hears_on(one, other)
    wait_hears_on(other, one)
    for person in (one, other):
        assert person.call()["state"] == "talking"


def test_both_hear_by_each_codec(emma, client):
    agner = another(emma, client)
    assert "There is no call" in emma.client.run("codec", "PCMA").stderr
    talk(emma, agner, "opus")
    for who, names, codec in ((emma, "PCMA", "PCMA"),
                              (agner, "g722,opus", "G722"),
                              (emma, "PCMU", "PCMU"),
                              (agner, "opus,PCMA", "opus")):
        got = who.client.run("codec", names)
        assert not got.returncode, got
        wait_codecs((emma, codec), (agner, codec))
        check_sound(emma, agner)
        assert f"{codec}" in who.client.run("quality").stdout
    got = emma.client.run("codec", "speex")
    assert got.returncode and "opus G722 PCMA PCMU" in got.stderr
    emma.client.command("hangup")
    agner.wait_no_call()


def test_typed_and_told(emma, client):
    agner = another(emma, client)
    mine, his = (p.client.attach(30, 100) for p in (emma, agner))
    talk(emma, agner, "opus")
    mine.wait_for("talking")
    mine.send_keys(":", "codec PCMA,o", "Tab")
    mine.wait_for("codec PCMA,opus")
    mine.send_keys("Enter")
    mine.wait_for("The call goes on by the codec PCMA.")
    his.wait_for("The call goes on by the codec PCMA.")
    check_sound(emma, agner)


def test_who_lacks_it_keeps_his(emma, client):
    agner = another(emma, client, "set codecs PCMA")
    talk(emma, agner, "PCMA")
    emma.client.command("codec", "opus")
    wait_codecs((emma, "opus"), (agner, "PCMA"))
    check_sound(emma, agner)
    # Back to what the option says: opus is the best, as it is now.
    emma.client.command("codec")
    wait_codecs((emma, "opus"), (agner, "PCMA"))
    emma.client.command("codec", "PCMA")
    wait_codecs((emma, "PCMA"), (agner, "PCMA"))
    check_sound(emma, agner)


def test_on_hold(emma, client):
    agner = another(emma, client)
    talk(emma, agner, "opus")
    emma.client.command("hold")
    agner.wait_call("held-by-other")
    emma.client.command("codec", "PCMA")
    wait_codecs((emma, "PCMA"))
    agner.client.command("codec", "PCMU")
    wait_codecs((emma, "PCMU"), (agner, "PCMU"))
    assert emma.call()["state"] == "held"
    assert agner.call()["state"] == "held-by-other"
    emma.client.command("resume")
    agner.wait_call("talking")
    check_sound(emma, agner)
    wait_codecs((emma, "PCMU"), (agner, "PCMU"))


def test_encrypted(emma, client):
    emma.client.command("set", "encryption", "required")
    agner = another(emma, client, "set encryption required")
    talk(emma, agner, "opus")
    for codec in ("PCMA", "G722", "opus"):
        emma.client.command("codec", codec)
        wait_codecs((emma, codec), (agner, codec))
        check_sound(emma, agner)
        for person in (emma, agner):
            assert only_call(person)["keys"] == "dtls"


def test_both_at_once(emma, client):
    agner = another(emma, client)
    talk(emma, agner, "opus")
    both = [threading.Thread(target=p.client.run, args=("codec", name))
            for p, name in ((emma, "PCMA"), (agner, "PCMU"))]
    for t in both:
        t.start()
    for t in both:
        t.join()
    check_sound(emma, agner)
    assert only_call(emma)["codec"] in ("PCMA", "PCMU")
    assert only_call(agner)["codec"] in ("PCMA", "PCMU")
