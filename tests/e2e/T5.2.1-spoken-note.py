"""The recorded note of an absence: spoken on any phone, or in the box's menu,
or out of a file; callers hear it behind the state and the return time, as far
as they may learn of the absence, and it ends with the state."""
import re
import time

import pytest

from announced import assert_not_said, assert_said, heard, wait_tone, where
from desk import Baresip
from harness import sound, wait_until
from people import Person

NOTE = 600


@pytest.fixture
def emma(server, client):
    s = server()
    s.admin("--add-trunk", "line", "Outside line")
    return Person(client, s, "200")


class Call:
    """A call to her, and what is heard in it alone."""

    def __init__(self, person):
        self.person, self.user = person, person.user
        before = person.last(0)
        self.skip = len(before[1]) if before else 0
        person.dial("200")
        wait_tone(self)

    def last(self, seconds):
        got = self.person.last(0)
        if not got:
            return None
        rate, samples = got
        # A file that was begun anew is shorter.
        if len(samples) < self.skip:
            self.skip = 0
        n = int(seconds * rate)
        samples = samples[self.skip:]
        return (rate, samples[-n:]) if len(samples) >= n else None

    def end(self):
        self.person.client.command("hangup")
        self.person.wait_no_call()


def note_file(server):
    return server.state / "greetings" / "200-0.wav"


def upload(emma, hz=NOTE):
    path = emma.client.home / "note.wav"
    # Three seconds: too short for a caller to miss it.
    sound.write(path, sound.tone(hz, 3, 16000), 16000)
    emma.client.command("note-upload", path)


def second_of(person, hz):
    """When that tone was heard first, for a quarter of a second; or None."""
    rate, samples = heard(person)
    n = rate // 4
    for at in range(0, len(samples) - n, n // 2):
        piece = samples[at:at + n]
        if sound.level(piece) > -30 and sound.goertzel(piece, rate, hz) > 0.7:
            return at / rate
    return None


def wait_note(emma, there=True):
    said = "note to callers"
    wait_until(lambda: (said in emma.client.command("voicemail-settings"))
               is there, 10, "it is there" if there else "it is gone")


def press_until(person, digits, done, what, every=1.5):
    last = [0.0]

    def fits():
        if done():
            return True
        if time.monotonic() - last[0] > every:
            last[0] = time.monotonic()
            person.client.command("tones", digits)
        return False
    wait_until(fits, 40, what, every=0.1)


def record_half_a_minute_at_most(emma, speaks):
    """He speaks until two seconds are there, and ends it."""
    wait_tone(speaks)
    wait_until(lambda: any(p.stat().st_size > 32000 for p in
                           (emma.server.state / "voicemail").glob("*.part")),
               20, "it is recorded", every=0.05)
    speaks.client.command("tones", "#")


def test_behind_state_and_return_time(emma, agner):
    emma.client.command("presence", "lunch", "tomorrow 9:30")
    emma.client.wait_status(presence="lunch")
    upload(emma)
    wait_note(emma)
    call = Call(agner)
    assert_said(call, "lunch", "tomorrow", "hour9", "minute30", "leave")
    at = second_of(call, NOTE)
    assert at and where(call, "hour9")[1] < at < where(call, "leave")[1]
    call.end()
    # Another return time is the same absence; another state is not.
    emma.client.command("presence", "lunch", "tomorrow 10")
    call = Call(agner)
    assert_said(call, "lunch", "hour10", "leave")
    assert second_of(call, NOTE)
    call.end()
    emma.client.command("presence", "meeting")
    wait_note(emma, there=False)
    assert not note_file(emma.server).exists()
    call = Call(agner)
    assert_said(call, "meeting", "leave")
    assert second_of(call, NOTE) is None


def test_as_far_as_visibility_allows(emma, agner):
    outside = Baresip(emma.server, "line", tone=900).wait_registered()
    emma.client.command("visibility", "inside")
    emma.client.command("presence", "vacation")
    emma.client.wait_status(presence="vacation")
    upload(emma)
    call = Call(agner)
    assert_said(call, "vacation", "leave")
    assert second_of(call, NOTE)
    call.end()
    outside.do("dial", "200")
    wait_tone(outside)
    assert_said(outside, "greeting")
    assert_not_said(outside, "vacation")
    assert second_of(outside, NOTE) is None
    emma.client.command("visibility", "nobody")
    call = Call(agner)
    assert_said(call, "greeting")
    assert second_of(call, NOTE) is None


def test_spoken_on_a_phone_of_choice(emma, agner, hedy):
    """Here a colleague's, while she is absent."""
    emma.client.command("presence", "vacation")
    emma.client.wait_status(presence="vacation")
    emma.client.command("note-record", "202")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    record_half_a_minute_at_most(emma, hedy)
    hedy.wait_no_call(20)
    wait_note(emma)
    rate, samples = sound.read(note_file(emma.server))
    middle = samples[len(samples) // 4:len(samples) // 2]
    assert sound.goertzel(middle, rate, hedy.tone) > 0.8
    agner.dial("200")
    wait_tone(agner)
    assert_said(agner, "vacation", "leave")
    at = second_of(agner, hedy.tone)
    assert at and where(agner, "vacation")[1] < at < where(agner, "leave")[1]


def test_one_whose_state_ends_meanwhile_is_not_kept(emma, hedy):
    emma.client.command("presence", "lunch")
    emma.client.wait_status(presence="lunch")
    emma.client.command("note-record", "202")
    hedy.wait_call("ringing-in")
    hedy.client.command("answer")
    wait_tone(hedy)
    wait_until(lambda: any(p.stat().st_size > 32000 for p in
                           (emma.server.state / "voicemail").glob("*.part")),
               20, "it is recorded", every=0.05)
    emma.client.command("presence", "office")
    emma.client.wait_status(presence="office")
    hedy.client.command("tones", "#")
    hedy.wait_no_call(20)
    assert_said(hedy, "notpossible")
    assert not note_file(emma.server).exists()


def test_in_the_menu_by_phone(emma, agner):
    emma.dial("71")
    emma.wait_call("talking")
    emma.client.command("tones", "200")
    emma.client.command("tones", "482915482915")
    wait_until(lambda: emma.server.query(
        "SELECT 1 FROM setting WHERE name='voicemail.pin'"), 20, "the PIN")
    emma.client.command("presence", "meeting")
    press_until(emma, "51", lambda: list(
        (emma.server.state / "voicemail").glob("*.part"))
        if (emma.server.state / "voicemail").exists() else False,
        "it records", every=6)
    record_half_a_minute_at_most(emma, emma)
    wait_until(note_file(emma.server).exists, 15, "it is kept")
    # She hears it, and deletes it.
    press_until(emma, "52", lambda: emma.hears(emma.tone, 0.5), "she hears it",
                every=6)
    press_until(emma, "3", lambda: not note_file(emma.server).exists(),
                "it is deleted", every=3)
    emma.client.command("hangup")
    emma.wait_no_call()
    wait_note(emma, there=False)


def test_another_client_learns_of_it(emma, client):
    other = client()
    other.login(emma.server, "200")
    t = other.attach(30, 100)
    t.wait_for("Emma Nutt 200")
    t.send_keys("s")
    t.wait_for("note")
    upload(emma)
    t.wait_for(re.compile("recorded +0:03"))
    emma.client.command("presence", "meeting")
    t.wait_gone("recorded")
    # Who has none is told so; what is no sound is refused.
    got = other.run("note-delete")
    assert got.returncode and "No note" in got.stderr, got
    bad = other.home / "bad.wav"
    bad.write_bytes(b"RIFFnonsense")
    assert other.run("note-upload", bad).returncode


def test_suite_keeps_its_boxes_elsewhere(server, client):
    s = server(mode="suite")
    c = client()
    c.login(s)
    got = c.run("note-record", "200")
    assert got.returncode and "Suite" in got.stderr, got
