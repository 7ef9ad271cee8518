"""Calls of somebody absent really go where his state says: to the box, which
says when he is back, to a number, outside to his mobile phone, to a box of
several; and what can't be is refused with the reason."""
import datetime
import re
import zoneinfo

import pytest

from announced import assert_not_said, assert_said, wait_tone
from desk import Baresip
from harness import wait_until
from people import Person, journal

HERE = zoneinfo.ZoneInfo("Europe/Berlin")
IN_FORWARDED, IN_MISSED = 4, 1


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def away(person):
    return person.client.data("forward-state")


def wait_away(person, **states):
    wait_until(lambda: states.items() <= away(person).items(), 10,
               lambda: f"{states}, and not {away(person)}")


def messages(server, owner="200"):
    return server.query("SELECT * FROM voicemail WHERE owner = ? ORDER BY id",
                        owner)


def leave_message(caller, server, owner="200"):
    """Speak after the tone; the message."""
    before = len(messages(server, owner))
    wait_tone(caller)
    folder = server.state / "voicemail"
    wait_until(lambda: any(p.suffix == ".part" and p.stat().st_size > 32000
                           for p in folder.glob("*")), 20, "it is recorded")
    caller.client.command("hangup")
    wait_until(lambda: len(messages(server, owner)) > before, 10,
               "there is a message")
    return messages(server, owner)[-1]


def not_rung(person):
    return not (person.client.home / "rung.wav").exists()


def test_absent_it_is_the_box_that_says_so(emma, agner):
    t = emma.client.attach(24, 100)
    emma.client.command("presence", "lunch", "tomorrow 9:30")
    agner.dial("200")
    agner.wait_call("talking")
    row = leave_message(agner, emma.server)
    assert_said(agner, "lunch", "tomorrow", "hour9", "minute30", "leave")
    assert_not_said(agner, "meeting", "vacation")
    assert row["number"] == "201"
    t.wait_for("voice 1")
    t.wait_for("missed 1")
    assert not_rung(emma)
    assert journal(emma.server, "200", "201")[0]["kind"] == IN_MISSED
    # Back in Office, the phone rings again.
    emma.client.command("presence", "office")
    agner.dial("200")
    emma.wait_call("ringing-in")


@pytest.mark.parametrize("language, order", [
    ("de", ["vacation", "weekday4", "day24", "month12", "hour8", "leave"]),
    ("fr", ["vacation", "weekday4", "day24", "month12", "hour8", "leave"])])
def test_a_date_in_the_language_of_the_box(emma, agner, language, order):
    emma.server.admin("--language", "200", language)
    then = datetime.datetime(2026, 12, 24, 8, tzinfo=HERE)
    now = datetime.datetime.now(HERE)
    if not 2 < (then - now).days < 290:
        then = (now + datetime.timedelta(days=30)).replace(hour=8, minute=0)
        order[1] = f"weekday{then.isoweekday() % 7}"
        order[2] = f"day{then.day}"
        order[3] = f"month{then.month}"
    emma.client.command("presence", "vacation", f"{then:%Y-%m-%d} 08:00")
    agner.dial("200")
    wait_tone(agner)
    assert_said(agner, *order, language=language)


def test_a_time_that_has_passed_is_not_said(emma, agner, wsi):
    w = wsi(emma.server)
    w.login("200", "Exchange-1878")
    w.set_presence(7, "2026/01/02 08:00Z")
    emma.client.wait_status(presence="lunch")
    agner.dial("200")
    wait_tone(agner)
    assert_said(agner, "lunch", "leave")
    assert_not_said(agner, "hour9", "tomorrow")


def test_to_another_phone_in_each_state(emma, agner, hedy):
    t = emma.client.attach(24, 110)
    emma.client.command("forward-state", "meeting", "202")
    emma.client.command("presence", "meeting")
    t.wait_for("calls to 202")
    agner.dial("200")
    hedy.wait_call("ringing-in")
    assert not_rung(emma)
    hedy.client.command("answer")
    hedy.wait_hears(agner)
    agner.wait_hears(hedy)
    agner.client.command("hangup")
    hedy.wait_no_call()
    assert journal(emma.server, "202", "201")[0]["kind"] == IN_FORWARDED
    # Whom they go to can call back.
    hedy.dial("200")
    emma.wait_call("ringing-in")
    hedy.client.command("hangup")
    emma.wait_no_call()
    # In another state another place; Office, too, may have one.
    emma.client.command("forward-state", "lunch", "here")
    emma.client.command("presence", "lunch")
    t.wait_gone("calls to 202")
    agner.dial("200")
    emma.wait_call("ringing-in")
    agner.client.command("hangup")
    emma.wait_no_call()
    emma.client.command("presence", "office")
    emma.client.command("forward-state", "office", "202")
    t.wait_for("calls to 202")
    agner.dial("200")
    hedy.wait_call("ringing-in")


def test_to_the_mobile_phone(emma, agner):
    emma.server.admin("--add-trunk", "line", "Outside line")
    line = Baresip(emma.server, "line", tone=900).wait_registered()
    agners = agner.client.attach(30, 110)
    got = emma.client.run("forward-state", "home", "mobile")
    if got.returncode == 0:  # the demo's people may have one
        emma.client.command("my-data", "mobile", "off")
        wait_until(lambda: emma.client.run("forward-state", "home", "mobile")
                   .returncode, 10, "she has none any more")
    got = emma.client.run("forward-state", "home", "mobile")
    assert "no mobile number" in got.stderr
    assert emma.client.run("my-data", "mobile", "0171 5550299").returncode
    emma.client.command("my-data", "mobile", "+49 171 5550299")
    wait_until(lambda: emma.client.run("forward-state", "home", "mobile")
               .returncode == 0, 10, "it is known")
    emma.client.command("presence", "home")
    agner.dial("200")
    line.wait_event("CALL_INCOMING")
    line.do("accept")
    agner.wait_hears(line)
    assert not_rung(emma)
    # Others see the number.
    agners.send_keys("/")
    agners.type("Nutt")
    agners.wait_for(re.compile("Emma Nutt.*200"))
    agners.send_keys("Tab", "Down")
    assert emma.server.query("SELECT mobile FROM account WHERE extension = "
                             "'200'")[0]["mobile"] == "+49 171 5550299"


def test_without_a_box_one_of_several(server, client):
    s = server()
    s.admin("--voicemail", "200", "off")
    s.admin("--add-box", "80", "Exchange desk")
    emma, agner = Person(client, s, "200"), Person(client, s, "201")
    assert away(emma)["lunch"] == "here"
    got = emma.client.run("forward-state", "lunch", "voicemail")
    assert got.returncode and "does not offer" in got.stderr
    emma.client.command("forward-state", "lunch", "Exchange desk")
    wait_away(emma, lunch="80")
    # Who has one of his own uses that.
    got = agner.client.run("forward-state", "lunch", "80")
    assert got.returncode, got
    t = emma.client.attach(24, 100)
    emma.client.command("presence", "lunch")
    agner.dial("200")
    row = leave_message(agner, s, owner="80")
    assert_said(agner, "lunch", "leave")
    assert row["number"] == "201"
    assert not messages(s, "200")
    # It is nothing for the client, and nobody in the directory.
    assert "voice 1" not in t.screen().text
    t.send_keys("/")
    t.type("exchange desk")
    t.wait_for("exchange desk")
    t.wait_gone(re.compile("Exchange desk +80"))


@pytest.mark.parametrize("number, why", [
    ("200", "come back to you"), ("299", "does not know"),
    ("*97", "does not know"), ("lunch", "no number"),
    ("203", "come back to you")])
def test_what_can_not_be_is_refused(emma, client, number, why):
    boss = Person(client, emma.server, "203")
    boss.client.command("forward", "always", "200")
    wait_until(lambda: "200" in boss.client.command("forward"), 10, "it is")
    before = away(emma)
    got = emma.client.run("forward-state", "lunch", number)
    assert got.returncode and why in got.stderr, got
    assert len(got.stderr.splitlines()) == 1
    assert away(emma) == before


def test_what_comes_first(emma, agner, hedy, client):
    boss = Person(client, emma.server, "203")
    emma.client.command("forward-state", "lunch", "203")
    emma.client.command("presence", "lunch")
    emma.client.command("forward", "always", "202")
    agner.dial("200")
    hedy.wait_call("ringing-in")
    agner.client.command("hangup")
    hedy.wait_no_call()
    emma.client.command("forward", "always", "off")
    agner.dial("200")
    boss.wait_call("ringing-in")
    agner.client.command("hangup")
    boss.wait_no_call()
    # He would send them back to her.
    got = boss.client.run("forward", "always", "200")
    assert got.returncode and "come back" in got.stderr, got


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_it_outlives_the_server(emma, agner, hedy, kill):
    emma.client.command("forward-state", "vacation", "202")
    emma.client.command("presence", "vacation", "2099-05-01 08:00", "far away")
    emma.client.command("visibility", "inside")
    emma.server.restart(kill=kill)
    for who in emma, agner, hedy:
        who.client.command("reconnect")
        who.client.wait_status(20, connection="online", voip=True)
    emma.client.wait_status(20, presence="vacation", note="far away")
    wait_away(emma, vacation="202")
    assert emma.client.command("visibility").strip() == "inside"
    agner.dial("200")
    hedy.wait_call("ringing-in")


def test_by_a_phone(emma, agner):
    t = emma.client.attach(24, 100)
    emma.dial("*6971330")
    emma.client.wait_status(presence="lunch")
    until = emma.client.data("status")["until"]
    then = datetime.datetime.fromtimestamp(until / 1000, HERE)
    assert (then.hour, then.minute) == (13, 30)
    t.wait_for(re.compile("Emma Nutt 200.*Lunch"))
    emma.wait_no_call()
    emma.dial("#69")
    emma.client.wait_status(presence="office", until=0)


@pytest.mark.seconds(120)  # a return time is a whole minute
def test_in_suite_it_is_set_elsewhere(server, client):
    s = server("suite")
    s.admin("--away", "200", "202")
    s.admin("--back", "200", "on")
    emma, agner, hedy = (Person(client, s, n) for n in ("200", "201", "202"))
    assert away(emma)["lunch"] == "202" and away(emma)["office"] == "here"
    got = emma.client.run("forward-state", "lunch", "here")
    assert got.returncode and "set elsewhere" in got.stderr
    t = emma.client.attach(24, 100)
    t.send_keys("s")
    t.wait_for(re.compile("Lunch .*calls to Hedy Lamarr 202"))
    t.send_keys("Down", "Tab")
    t.wait_for("Back when")
    t.send_keys("Tab")  # there is nothing to choose: it is the note next
    t.wait_for("A note that your colleagues see")
    t.send_keys("Escape")
    emma.client.command("callme", "203")
    emma.client.command("presence", "lunch", "2099-01-01 08:00", "soup")
    agner.dial("200")
    hedy.wait_call("ringing-in")
    agner.client.command("hangup")
    hedy.wait_no_call()
    # The time comes: the server resets it, and CallMe is back.
    other = client()
    other.login(s, "200")
    other.command("presence", "lunch", "+1m", "soup")
    emma.client.wait_status(90, presence="office", note="", until=0)
    t.wait_for("CallMe 203")
    t.wait_for(re.compile("Emma Nutt 200.*Office"))
