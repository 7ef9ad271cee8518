"""The box's PIN, and its menu by phone: dialled from one's own phone, worked
by tones. The preset PIN is the internal number and is changed there first."""
import pytest

import voice
from harness import wait_until
from people import Person

PIN = "482915"


@pytest.fixture
def emma(server, client):
    s = server()
    entry = voice.put(s)
    voice.put(s, number="202", name="Hedy Lamarr",
              samples=voice.sound.tone(900, 6, 8000))
    e = Person(client, s, "200")
    e.entry = entry
    return e


def pin_hash(server, owner="200"):
    rows = server.query("SELECT value FROM setting WHERE owner = ? AND "
                        "name = 'voicemail.pin'", owner)
    return rows[0]["value"] if rows else ""


def press(person, digits):
    person.client.command("tones", digits)


def press_until(person, digits, done, what, every=1.5):
    """A key may come before the menu is there for it."""
    import time
    last = [0.0]

    def fits():
        if done():
            return True
        if time.monotonic() - last[0] > every:
            last[0] = time.monotonic()
            press(person, digits)
        return False
    wait_until(fits, 20, what, every=0.1)


def enter(emma):
    emma.dial("71")
    emma.wait_call("talking")


def choose_pin(emma, pin=PIN):
    """The first call: the preset PIN, then a new one twice."""
    enter(emma)
    press(emma, "200")
    press(emma, pin + pin)
    wait_until(lambda: pin_hash(emma.server), 15, "the PIN is kept")


def test_the_preset_one_opens_nothing_but_the_choice(emma):
    enter(emma)
    press(emma, "200")
    # Two that differ are not taken.
    press(emma, PIN + "482916" + PIN + PIN)
    wait_until(lambda: pin_hash(emma.server), 40, "the PIN is kept")
    assert pin_hash(emma.server).startswith("$argon2id$")
    for log in (emma.server.log,):
        assert PIN not in log.read_text()
    # Now it opens the box: the first message that is new, from its beginning.
    press_until(emma, "1", lambda: emma.hears(voice.STEPS[0], 0.3),
                "the message is heard")


@pytest.mark.parametrize("bad", ["111111", "123456", "987654"])
def test_bad_ones_are_not_taken_by_phone(emma, bad):
    enter(emma)
    press(emma, "200" + bad + bad + PIN + PIN)
    wait_until(lambda: pin_hash(emma.server), 40, "the other one is kept")
    emma.client.command("hangup")
    emma.wait_no_call()
    enter(emma)
    press(emma, PIN)
    press_until(emma, "1", lambda: emma.hears(voice.STEPS[0], 0.3),
                "the message is heard")


def test_messages(emma):
    choose_pin(emma)
    press_until(emma, "1", lambda: emma.hears(voice.STEPS[0], 0.3),
                "the first is heard")
    row = emma.server.query("SELECT heard_ms FROM voicemail WHERE id = ?",
                            emma.entry)[0]
    assert row["heard_ms"]
    emma.wait_hears(voice.STEPS[1])
    press(emma, "1")
    emma.wait_hears(voice.STEPS[0])
    press(emma, "2")
    emma.wait_hears(900)
    press(emma, "3")
    wait_until(lambda: len(emma.server.query("SELECT id FROM voicemail")) == 1,
               10, "it is deleted")
    emma.client.command("hangup")
    emma.wait_no_call()


def test_state_by_keys(emma):
    choose_pin(emma)
    t = emma.client.attach(24, 100)
    press_until(emma, "22", lambda: emma.server.query(
        "SELECT presence FROM account WHERE extension = '200'")[0]
        ["presence"] == 2, "she is in a meeting")
    t.wait_for("Meeting")


def test_wrong_ones_end_the_call_and_slow_down(emma):
    choose_pin(emma)
    emma.client.command("hangup")
    emma.wait_no_call()
    enter(emma)
    # While one is looked at, keys are not.
    press(emma, "111222" + "333444")
    press_until(emma, "555666", lambda: "wrong PINs" in
                emma.server.log.read_text(), "enough", every=3)
    emma.wait_no_call(20)
    assert "wrong PINs" in emma.server.log.read_text()
    assert "111222" not in emma.server.log.read_text()
    # The right one is not looked at either, for a while.
    emma.dial("71")
    emma.wait_no_call(20)


def test_by_the_client(emma):
    def change(old, new, again):
        return emma.client.run("voicemail-pin", "@-", "@-", "@-",
                               input=f"{old}\n{new}\n{again}\n")
    got = change("200", "739154", "739154")
    assert got.returncode and "preset" in got.stderr, got
    choose_pin(emma)
    emma.client.command("hangup")
    emma.wait_no_call()
    before = pin_hash(emma.server)
    for new, again, why in (("739154", "739155", "not the same"),
                            ("111111", "111111", "six digits"),
                            ("345678", "345678", "six digits"),
                            ("876543", "876543", "six digits"),
                            ("12345", "12345", "six digits")):
        got = change(PIN, new, again)
        assert got.returncode and why in got.stderr, got
    got = change("000001", "739154", "739154")
    assert got.returncode and "old PIN" in got.stderr, got
    assert pin_hash(emma.server) == before
    got = change(PIN, "739154", "739154")
    assert got.returncode == 0, got
    assert pin_hash(emma.server) != before
    # By phone, only the new one opens it.
    enter(emma)
    press(emma, "739154")
    press_until(emma, "1", lambda: emma.hears(voice.STEPS[0], 0.3),
                "the message is heard")
    for place in emma.server.log, *emma.client.home.rglob("*.log"):
        assert "739154" not in place.read_text(errors="replace")


def test_the_server_judges_too(emma, wsi):
    choose_pin(emma)
    before = pin_hash(emma.server)
    w = wsi(emma.server)
    w.login("200", "Exchange-1878")
    for bad in "111111", "123456", "654321", "12345", "1234567", "12a456":
        got = w.ours("VoicemailPin", post=True, old=PIN, pin=bad)
        assert "BAD_PARAMETER" in str(got), got
    assert pin_hash(emma.server) == before


def test_who_has_none_dials_in_vain(server, client):
    s = server()
    s.admin("--voicemail", "200", "off")
    emma = Person(client, s, "200")
    emma.client.run("dial", "71")
    emma.wait_no_call(20)
