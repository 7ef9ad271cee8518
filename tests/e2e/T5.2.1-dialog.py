"""The presence dialog: all states in a list with return time and destination,
by keyboard alone, by mouse, in every size; one key takes it all back."""
import datetime
import re
import zoneinfo

import pytest

from harness import wait_until
from people import destinations

HERE = zoneinfo.ZoneInfo("Europe/Berlin")
STATES = ["Office", "Meeting", "Sick", "Break", "Out of office", "Vacation",
          "Lunch", "Home", "Do Not Disturb"]


@pytest.fixture
def emma(logged_in):
    return logged_in()


def at(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, HERE)


def opened(emma, rows=24, cols=80, **more):
    t = emma.attach(rows, cols, **more)
    t.wait_for("Emma Nutt 200")
    t.send_keys("s")
    t.wait_for("Office  now")
    return t


@pytest.mark.parametrize("rows, cols", [(24, 80), (40, 120)])
def test_all_states_stand_in_a_list(emma, rows, cols):
    destinations(emma)
    emma.command("forward-state", "home", "202")
    t = opened(emma, rows, cols)
    t.wait_for("Hedy Lamarr 202")
    screen = t.screen()
    columns = set()
    for name in STATES[1:-1]:
        line = next(line for line in screen.text.splitlines()
                    if re.search(rf"│ +{name} +calls", line))
        want = "Hedy Lamarr 202" if name == "Home" else "voicemail"
        assert f"calls to {want}" in line, line
        columns.add(line.index("calls to"))
    assert len(columns) == 1
    assert "calls ring here" in screen.line_with("Office  now")
    assert "calls" not in screen.line_with("Do Not Disturb")
    for text in "note", "seen by", "CallMe":
        assert screen.has(text)


@pytest.mark.parametrize("env, mark", [
    ({"NO_COLOR": "1"}, "▌"), ({"LC_ALL": "C", "LANG": "C"}, None)],
    ids=["mono", "ascii"])
def test_it_is_plain_where_one_is(emma, env, mark):
    t = opened(emma, env=env)
    t.send_keys("Down")
    t.wait_for(re.compile(rf"{mark or '[>*]'} Meeting"))
    t.send_keys("Tab", "Down")
    t.wait_for("Arrows: day and week")
    assert re.search(r"\[ ?\d+\]", t.screen().text)
    if not mark:
        assert t.screen().text.isascii()


def test_all_of_it_by_keyboard_and_back_by_one_key(emma):
    emma.command("presence", "meeting", "23:59", "room 4")
    emma.command("forward-state", "lunch", "203")
    before = emma.wait_status(presence="meeting", note="room 4")
    t = emma.attach(24, 80)
    t.wait_for("Meeting →")
    t.send_keys("s")
    t.wait_for("▌ Meeting")
    t.send_keys("End")
    t.wait_for("▌ Do Not Disturb")
    t.send_keys("Up", "Up")
    t.wait_for("▌ Lunch")
    t.type("13:30")
    t.wait_for(re.compile("▌ Lunch .*13:30"))
    t.send_keys("Tab")
    t.wait_for("< Almon Strowger 203 >")
    t.send_keys("Right")
    t.wait_for("< calls ring here >")
    t.type("202")
    t.wait_for(re.compile("calls to 202"))
    t.send_keys("Tab")
    t.wait_for("A note that")
    t.send_keys("C-u")
    t.type("noodles")
    t.send_keys("Enter")
    t.wait_gone("Presence ─")
    status = emma.wait_status(presence="lunch", note="noodles")
    assert at(status["until"]).strftime("%H:%M") == "13:30"
    t.wait_for(re.compile("Emma Nutt 200.*Lunch"))
    wait_until(lambda: destinations(emma)["lunch"] == "202", 10,
               "it is remembered")
    t.send_keys("u")
    after = emma.wait_status(presence="meeting", note="room 4")
    assert after["until"] == before["until"]
    t.send_keys("s")
    t.wait_for(re.compile("Lunch +calls to Almon Strowger 203"))


def test_a_destination_alone_changes_no_state(emma):
    t = opened(emma)
    t.send_keys("Down", "Tab", "Tab")
    t.wait_for("< voicemail >")
    t.type("202")
    t.send_keys("Enter")
    t.wait_for(re.compile("Meeting .*calls to Hedy Lamarr 202"))
    wait_until(lambda: destinations(emma)["meeting"] == "202", 10,
               "it is remembered")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    emma.wait_status(presence="office")


def test_what_is_refused_is_said_and_nothing_else_done(emma):
    t = opened(emma)
    t.send_keys("Down", "Tab")
    t.type("25:99")
    t.wait_for("Not a time to come")
    t.send_keys("Enter")
    t.wait_for("is no time")
    t.wait_for("25:99")
    emma.wait_status(presence="office")
    t.send_keys("C-u", "Tab")
    t.wait_for("Where calls go in this state")
    t.type("200")
    t.send_keys("Enter")
    t.wait_for("come back to you")
    assert destinations(emma)["meeting"] == "voicemail"


def test_a_day_of_the_calendar_by_keys(emma):
    t = opened(emma)
    t.send_keys("End", "Up", "Up", "Up")
    t.wait_for("▌ Vacation")
    t.send_keys("Tab", "Down")
    now = datetime.datetime.now(HERE)
    t.wait_for(now.strftime("%B %Y"))
    t.wait_for(re.compile(rf"\[ ?{now.day}\]"))
    t.wait_for("Sun Mon Tue Wed Thu Fri Sat")
    t.send_keys("PageDown", "Right", "Down")
    first = now.replace(day=1)
    month = (first + datetime.timedelta(days=32)).replace(day=1)
    last = ((month + datetime.timedelta(days=32)).replace(day=1)
            - datetime.timedelta(days=1)).day
    then = month.replace(day=min(now.day, last)) + datetime.timedelta(days=8)
    t.wait_for(then.strftime("%B %Y"))
    t.send_keys("Enter")
    t.wait_for(then.strftime("%Y-%m-%d 08:00"))
    t.send_keys("BSpace", "BSpace")
    t.type("15")
    t.send_keys("Enter")
    t.wait_gone("Presence ─")
    until = at(emma.wait_status(presence="vacation")["until"])
    assert until.strftime("%Y-%m-%d %H:%M") == then.strftime("%Y-%m-%d 08:15")


def test_a_day_of_the_calendar_by_mouse(emma):
    emma.command("set", "mouse", "on")
    t = opened(emma, 24, 100)
    t.click_on("Vacation")
    t.wait_for("▌ Vacation")
    t.send_keys("Tab", "Down")
    now = datetime.datetime.now(HERE)
    t.wait_for(now.strftime("%B %Y"))
    t.click_on(" > ")
    month = (now.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    t.wait_for(month.strftime("%B %Y"))
    t.click_on(" 17 ")
    t.wait_for(month.strftime("%Y-%m-17 08:00"))
    t.send_keys("Enter")
    t.wait_gone("Presence ─")
    until = at(emma.wait_status(presence="vacation")["until"])
    assert until.strftime("%Y-%m-%d") == month.strftime("%Y-%m-17")


def test_escape_leaves_the_calendar_then_the_dialog(emma):
    t = opened(emma)
    t.send_keys("Down", "Tab", "Down")
    t.wait_for("Arrows: day and week")
    t.send_keys("Escape")
    t.wait_gone("Arrows: day and week")
    t.wait_for("Presence ─")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    emma.wait_status(presence="office")


def test_escape_throws_nothing_away_without_a_word(emma):
    t = opened(emma)
    # To have looked around is nothing to be asked about.
    t.send_keys("Down", "Down", "Escape")
    t.wait_gone("Presence ─")
    t.send_keys("s")
    t.wait_for("Office  now")
    t.send_keys("Down", "Tab")
    t.type("2099-12-24 08:00")
    # All of it is seen, with the cursor behind it.
    t.wait_for(re.compile("Meeting +until 2099-12-24 08:00 "))
    t.send_keys("Tab", "Escape")
    t.wait_for("Not yet set: Enter sets it, Esc throws it away.")
    t.send_keys("Enter")
    t.wait_gone("Presence ─")
    t.wait_for(re.compile("Emma Nutt 200 .*Meeting"))
    assert emma.wait_status(presence="meeting")["until"] > 0
    # Once more it is thrown away, and nothing is left on the screen.
    t.send_keys("s")
    t.wait_for("Meeting  now")
    t.send_keys("Tab", "Tab", "Tab")
    t.type("never mind")
    t.send_keys("Escape")
    t.wait_for("Not yet set")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    t.wait_gone("Not yet set")
    assert emma.wait_status(presence="meeting")["note"] == ""
    # Who has changed where calls go has changed no state.
    t.send_keys("s")
    t.wait_for("Meeting  now")
    t.send_keys("Down", "Tab", "Tab", "Right")
    t.wait_for(re.compile("Sick .*< (?!voicemail)"))
    t.send_keys("Escape")
    t.wait_for("Not yet kept: Enter keeps it, Esc throws it away.")
    t.send_keys("Enter")
    wait_until(lambda: destinations(emma)["sick"] != "voicemail")
    t.send_keys("Escape")
    t.wait_gone("Presence ─")
    t.wait_for(re.compile("Emma Nutt 200 .*Meeting"))


def test_a_week_begins_by_the_language(emma):
    emma.command("set", "language", "de")
    t = emma.attach(24, 80)
    t.wait_for("Emma Nutt 200")
    t.send_keys("s")
    t.wait_for("Besprechung")
    t.send_keys("Down", "Tab", "Down")
    t.wait_for(re.compile("Mo +Di +Mi +Do +Fr +Sa +So"))


def test_in_the_smallest_terminal(emma):
    t = emma.attach(10, 40)
    t.wait_for("Emma Nutt")
    t.send_keys("s")
    t.wait_for("▌ Office")
    t.send_keys("Down")
    t.wait_for("▌ Meeting")
    t.send_keys("Tab")
    t.type("23:58")
    t.wait_for("23:58")
    t.send_keys("Tab")
    t.wait_for("< voicemail >")
    t.send_keys("Tab")
    t.type("here")
    t.wait_for("here")
    t.send_keys("Enter")
    emma.wait_status(presence="meeting", note="here")
