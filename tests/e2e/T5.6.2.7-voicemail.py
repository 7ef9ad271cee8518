"""Send a ringing call to the voicemail, at the built-in phone and at the one on
the desk: who calls hears the greeting and the tone and leaves a message. Calls
that nobody answers get there by themselves."""
import json
import re

import pytest

from desk import Baresip, Desk
from harness import box as boxes
from harness import sound, wait_until
from people import Person, journal

TONE = 1400
IN_MISSED = 1
# A receiver off a desk that offhook operates, or offhook itself.
KINDS = {"voip": Person, "desk": Desk}


both = pytest.mark.parametrize("emma", KINDS, indirect=True)


@pytest.fixture
def emma(request, server, client):
    kind = getattr(request, "param", "voip")
    return KINDS[kind](client, server(), "200")


@pytest.fixture
def boss(emma, client):
    """Almon, at whose phone Emma's calls are to ring."""
    return Person(client, emma.server, "203")


def prompt(language, name="greeting"):
    return sound.read(boxes.build / "prompts" / language / f"{name}.wav")


def heard(person):
    """(rate, samples) of what came since the call before."""
    return person.last(0) or (16000, [])


def wait_tone(person, timeout=30):
    """Until the tone after the greeting was heard."""
    def tone():
        got = person.last(3)
        return got and sound.has_tone(got[1], got[0], TONE, 0.25)
    wait_until(tone, timeout, f"{person.user} hears the tone", every=0.1)


def recordings(server):
    folder = server.state / "voicemail"
    return sorted(folder.iterdir()) if folder.exists() else []


def wait_recorded(server, seconds):
    wait_until(lambda: any(p.suffix == ".part" and
                           p.stat().st_size > seconds * 16000
                           for p in recordings(server)), 20,
               f"{seconds} s are recorded", every=0.05)


def messages(server, owner="200"):
    return server.query("SELECT * FROM voicemail WHERE owner = ? ORDER BY id",
                        owner)


def leave_message(caller, server, owner="200"):
    """Speak after the tone, for two seconds; the message and its sound."""
    before = len(messages(server, owner))
    wait_tone(caller)
    wait_recorded(server, 2)
    caller.client.command("hangup")
    caller.wait_no_call()
    wait_until(lambda: len(messages(server, owner)) > before, 10,
               "there is a message")
    row = messages(server, owner)[-1]
    rate, samples = sound.read(server.state / "voicemail" / f"{row['id']}.wav")
    assert rate == 8000
    assert abs(len(samples) / 8 - row["length_ms"]) <= 1
    # The middle of it is what was said, and nothing else.
    middle = samples[len(samples) // 4:-len(samples) // 4]
    assert sound.goertzel(middle, rate, caller.tone) > 0.8
    assert -16 < sound.level(middle) < -8
    return row


@both
def test_sent_by_key(emma, agner):
    server = emma.server
    t = emma.client.attach(30, 100)
    agner.dial("200")
    emma.wait_call("ringing-in")
    t.wait_for("F10 voicemail")
    t.send_keys("F10")
    t.wait_for("Agner Erlang 201 is sent to your voicemail")
    emma.wait_no_call()
    if isinstance(emma, Desk):
        emma.phone.wait_no_call()
    agner.wait_call("talking")
    row = leave_message(agner, server)
    assert row["number"] == "201" and row["name"] == "Agner Erlang"
    assert row["heard_ms"] == 0
    # Her screen shows it at once.
    t.wait_for("voice 1")
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*voice message +0:0[2-9]"))
    # She has not missed what she has sent there.
    assert not journal(server, "200", "201")[0]["unread"]
    assert not [p for p in recordings(server) if p.suffix == ".part"]


def test_the_greeting_is_spoken(emma, agner):
    emma.server.admin("--language", "200", "de")
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("voicemail")
    wait_tone(agner)
    rate, samples = heard(agner)
    agner.client.command("hangup")
    agner.wait_no_call()
    like = {}
    for language in "en", "de":
        of, said = prompt(language)
        like[language] = sound.likeness(said, samples, of, rate)
    assert like["de"] > 0.4 and like["de"] > 3 * like["en"], like


def test_who_calls_sees_whom(emma, agner):
    t = agner.client.attach(24, 100)
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("voicemail")
    t.wait_for(re.compile("Emma Nutt .*voicemail"))
    agner.client.command("hangup")
    agner.wait_no_call()
    wait_until(lambda: [v["number"] for v in agner.client.data("history")
                        if v["entries"]] == ["200"], 10,
               lambda: f"it is hers: {agner.client.data('history')}")


@both
def test_nobody_answers(emma, agner):
    emma.server.admin("--set", "voicemail_s", "2")
    t = emma.client.attach(30, 100)
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.wait_no_call(15)
    row = leave_message(agner, emma.server)
    assert row["number"] == "201"
    t.wait_for("missed 1")
    t.wait_for("voice 1")
    entry = journal(emma.server, "200", "201")[0]
    assert entry["kind"] == IN_MISSED and entry["unread"]


def test_call_me_that_nobody_answers(emma, agner, boss):
    emma.server.admin("--set", "callme_s", "2")
    emma.client.command("callme", "203")
    wait_until(lambda: "203" in emma.client.command("callme"), 10, "it is on")
    agner.dial("200")
    boss.wait_call("ringing-in")
    boss.wait_no_call(15)
    row = leave_message(agner, emma.server)
    assert row["number"] == "201"
    assert not messages(emma.server, "203"), "it is hers, not the phone's"


def test_not_to_be_disturbed(emma, agner):
    emma.client.command("presence", "dnd")
    wait_until(lambda: emma.client.data("status")["presence"] == "dnd", 10,
               "she is")
    agner.dial("200")
    leave_message(agner, emma.server)
    assert not (emma.client.home / "rung.wav").exists()


def test_all_calls_go_there(emma, agner):
    t = emma.client.attach(24, 110)
    emma.client.command("forward", "always", "71")
    t.wait_for("calls to 71")
    agner.dial("200")
    leave_message(agner, emma.server)
    t.wait_for("missed 1")
    assert not (emma.client.home / "rung.wav").exists()


@both
def test_hung_up_in_the_greeting(emma, agner):
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("voicemail")
    agner.wait_call("talking")
    wait_until(lambda: sound.loud_seconds(heard(agner)[1], heard(agner)[0])
               > 0.5, 15, "the greeting begins")
    agner.client.command("hangup")
    agner.wait_no_call()
    # What came after would be there by now.
    journal(emma.server, "201", "200")
    assert not messages(emma.server) and not recordings(emma.server)
    assert emma.client.data("status")["calls"] == 0


def test_who_has_none(server, client):
    s = server()
    s.admin("--voicemail", "200", "off")
    s.admin("--set", "voicemail_s", "2")
    emma, agner = Person(client, s, "200"), Person(client, s, "201")
    t = emma.client.attach(30, 100)
    agner.dial("200")
    t.wait_for("F9 answer")
    assert "voicemail" not in t.screen().text
    got = emma.client.run("voicemail")
    assert got.returncode and "no voicemail" in got.stderr, got
    # It goes on ringing, and can be answered.
    emma.client.command("answer")
    emma.wait_hears(agner)


def test_with_a_server_of_the_published_commands_only(server, client):
    """Its number is told by the option; DeflectCall is enough."""
    s = server(plain=True)
    emma = Desk(client, s, "200")
    got = emma.client.run("voicemail")
    assert got.returncode
    emma.client.command("set", "voicemail_number", "71")
    agner = Baresip(s, "201", tone=1100).wait_registered()
    t = emma.client.attach(30, 100)
    agner.do("dial", "200")
    t.wait_for("F10 voicemail", 15)
    t.send_keys("F10")
    t.wait_for("is sent to your voicemail")
    emma.phone.wait_no_call()
    wait_until(lambda: any(p.suffix == ".part" for p in recordings(s)), 20,
               "it is being recorded")


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_the_server_ends_meanwhile(emma, agner, kill):
    server = emma.server
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("voicemail")
    wait_tone(agner)
    wait_recorded(server, 2)
    server.restart(kill=kill)
    # Ended in good order, what was said is kept; in no case half a message.
    rows = messages(server)
    assert len(rows) == (0 if kill else 1)
    wait_until(lambda: [p.name for p in recordings(server)]
               == [f"{row['id']}.wav" for row in rows], 10,
               lambda: f"nothing else is left: {recordings(server)}")


def test_what_programs_do_with_messages(emma, agner, wsi):
    """By the commands that are ours; the screen follows at once."""
    server = emma.server
    agner.dial("200")
    emma.wait_call("ringing-in")
    emma.client.command("voicemail")
    row = leave_message(agner, server)
    w = wsi(server)
    w.login("200", "Exchange-1878")
    got = json.loads(w.ours("VoicemailList"))
    assert [m["number"] for m in got["messages"]] == ["201"]
    assert got["messages"][0]["length"] == row["length_ms"]
    wav = w.ours("VoicemailGet", entryID=row["id"])
    assert wav == (server.state / "voicemail" / f"{row['id']}.wav"
                   ).read_bytes()
    got = w.ours("VoicemailHeard", post=True, ids=row["id"])
    assert json.loads(got) == {"marked": 1}
    t = emma.client.attach(30, 100)
    t.wait_for("voice 0")
    t.send_keys("F3")
    t.wait_for("voice message")
    got = w.ours("VoicemailDelete", post=True, ids=row["id"])
    assert json.loads(got) == {"deleted": 1}
    assert not recordings(server)
    t.wait_gone("voice message")
    other = wsi(server)
    other.login("201", "Exchange-1878")
    got = other.ours("VoicemailGet", entryID=row["id"])
    assert json.loads(got)["error"] == "NOT_FOUND"
