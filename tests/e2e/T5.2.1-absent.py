"""Go absent: state, return time and note, by the dialog and by command; seen
by colleagues, by foreign programs, and kept by the server."""
import datetime
import re
import zoneinfo

import pytest

from people import add_favourite

HERE = zoneinfo.ZoneInfo("Europe/Berlin")


def at(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, HERE)


def next_1330(now):
    then = now.replace(hour=13, minute=30, second=0, microsecond=0)
    return then if then > now else then + datetime.timedelta(days=1)


@pytest.fixture
def emma(logged_in):
    return logged_in()


@pytest.fixture
def hedy(emma, logged_in):
    """Looks at Emma, whom she has among her favourites."""
    c = logged_in("202", emma.server)
    add_favourite(c, "Emma Nutt")
    return c


def test_by_the_dialog_and_seen_by_others(emma, hedy, wsi):
    w = wsi(emma.server)
    w.login("201", "Exchange-1878")
    w.start_events("201")
    w.ask("HookSubscribe", user="201", devices="200")
    theirs = hedy.attach()
    theirs.wait_for(re.compile(r"Emma Nutt +Office"))
    t = emma.attach()
    t.wait_for("Agner Erlang")

    t.send_keys("s")
    t.wait_for("Presence ─")
    t.send_keys("Down", "Down", "Down", "Down", "Down", "Down")
    t.wait_for("▌ Lunch")
    t.send_keys("Tab")
    t.type("13:30")
    t.send_keys("Tab", "Tab")  # past where calls go
    t.type("sushi")
    t.wait_for("sushi")
    t.send_keys("Enter")
    theirs.wait_for(re.compile(r"Emma Nutt +Lunch"))
    t.wait_gone("Presence ─")
    t.wait_for(re.compile(r"Emma Nutt 200.*Lunch → "))
    theirs.wait_for(re.compile(r"Emma Nutt +Lunch +→ "))
    theirs.wait_for("sushi")

    event = w.wait_event("PresenceEvent", device="201")
    assert "7" in {str(v) for v in event.values()}
    row = emma.server.query("SELECT * FROM account WHERE extension = '200'")[0]
    assert row["presence"] == 7
    assert row["note"] == "sushi"
    assert at(row["until_ms"]) == next_1330(datetime.datetime.now(HERE))


def test_by_command(emma, hedy):
    emma.command("presence", "lunch", "13:30", "soup", "today")
    hedy_sees = hedy.attach()
    hedy_sees.wait_for(re.compile(r"Emma Nutt +Lunch"))
    hedy_sees.wait_for("soup today")
    status = emma.wait_status(presence="lunch", note="soup today")
    assert at(status["until"]).strftime("%H:%M") == "13:30"


@pytest.mark.parametrize("typed, hour, minute", [
    ("tomorrow 9", 9, 0), ("2099-12-24 08:00", 8, 0), ("14:30", 14, 30)])
def test_return_times(emma, typed, hour, minute):
    emma.command("presence", "vacation", typed)
    status = emma.wait_status(presence="vacation")
    then = at(status["until"])
    assert (then.hour, then.minute) == (hour, minute)
    row = emma.server.query("SELECT * FROM account WHERE extension = '200'")[0]
    assert row["until_ms"] == status["until"]


@pytest.mark.parametrize("argv", [
    ("presence", "lunch", "25:99"), ("presence", "asleep"),
    ("presence", "lunch", "2001-01-01 10:00"), ("presence", "office", "12:00"),
    ("presence",)])
def test_what_can_not_be_is_refused(emma, argv):
    emma.wait_status(presence="office")
    got = emma.run(*argv)
    assert got.returncode == 2
    assert len(got.stderr.splitlines()) == 1
    emma.wait_status(presence="office")


def test_set_elsewhere_it_shows_here(emma, wsi):
    """A foreign program, or another client, on the same account."""
    t = emma.attach()
    t.wait_for("Agner Erlang")
    w = wsi(emma.server)
    w.login("200", "Exchange-1878")
    w.set_presence(2, "2099/12/24 08:00Z")
    t.wait_for(re.compile("Emma Nutt 200.*Meeting"))
    # Z is UTC.
    then = at(emma.wait_status(presence="meeting")["until"])
    assert (then.year, then.hour) == (2099, 9)


def test_it_outlives_the_server(emma):
    emma.command("presence", "home", "-", "behind the door")
    emma.wait_status(presence="home")
    emma.server.restart(kill=True)
    row = emma.server.query("SELECT * FROM account WHERE extension = '200'")[0]
    assert row["presence"] == 8 and row["note"] == "behind the door"
    emma.command("reconnect")
    emma.wait_status(20, connection="online", presence="home")
