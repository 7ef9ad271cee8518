"""What must work with a server that knows nothing of our additions, as real
systems: log in, presence, a call on the desk phone, the journal."""
import re

from harness import wait_until

PASSWORD = "Exchange-1878"


def day_at(c, s, wsi, mode):
    """One user's day; c: a Client, s: its plain Server."""
    c.login(s, "200", PASSWORD)
    status = c.wait_status(connection="online")
    assert status["mode"] == mode
    assert not status["voip"]
    w, agner, almon = wsi(s), wsi(s), wsi(s)
    w.login("200", PASSWORD)  # a foreign program on the same account
    w.start_events()
    agner.login("201", PASSWORD)
    almon.login("203", PASSWORD)
    t = c.attach(30, 100)

    # No favourites are kept by the server: they are kept here.
    t.wait_for("No favourites yet")
    t.send_keys("/")
    t.type("erl")
    t.wait_for(re.compile("Agner Erlang.*201"))
    t.send_keys("Escape")
    c.command("favourite", "Agner Erlang", "Exchange")
    t.wait_for(re.compile("Agner Erlang +Office"))

    # Presence, both ways.
    c.command("presence", "lunch", "13:30")
    t.wait_for(re.compile("200 .*Lunch"))
    row = s.query("SELECT * FROM account WHERE extension = '200'")[0]
    assert row["presence"] == 7 and row["until_ms"] > 0
    agner.set_presence(6)
    t.wait_for(re.compile("Agner Erlang +Vacation"))
    # Absent, his calls would go to his box.
    agner.set_presence(1)
    t.wait_for(re.compile("Agner Erlang +Office"))
    c.command("presence", "office")
    t.wait_for(re.compile("200 .*Office"))
    call_out(s, w, t)
    call_in(c, s, almon, t)
    # What this server lacks is not offered.
    c.command("set", "voip", "on")
    assert c.run("dial", "201").returncode != 0


def call_out(s, w, t):
    t.send_keys("/")
    t.type("erl")
    t.wait_for(re.compile("▌.*Agner Erlang.*201"))
    t.send_keys("Enter")
    t.wait_for(re.compile(r"☎ Agner Erlang 201 +\d\d:\d\d +talking"), 20)
    w.wait_event("EstablishedEvent", device="200")
    t.send_keys("h")
    t.wait_for(re.compile("Agner Erlang 201 .*on hold"))
    t.send_keys("r")
    t.wait_for(re.compile("Agner Erlang 201 .*talking"))
    t.send_keys("F12")
    t.wait_gone("☎")
    w.wait_event("ConnectionClearedEvent", device="200")
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*out +answer"))
    row = s.query("SELECT * FROM journal WHERE owner = '200'")[0]
    assert row["number"] == "201" and row["kind"] == 5


def call_in(c, s, almon, t):
    """A colleague rings the desk phone; it is answered from here."""
    t.send_keys("F2")
    almon.mk_call("200")
    t.wait_for("F9 answer", 15)
    assert "Almon Strowger" in t.screen().text
    t.send_keys("F9")
    t.wait_for(re.compile("Almon Strowger 203 .*talking"))
    c.command("hangup")
    t.wait_gone("☎")
    wait_until(lambda: s.query("SELECT * FROM journal WHERE owner = '200' AND "
                               "number = '203'"), 10, "it is in the journal")
