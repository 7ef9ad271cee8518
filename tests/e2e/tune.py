"""The tune that Hedy (202) plays to who calls her, recognised."""
from harness import sound, wait_until

# Its notes, equal temperament over A4.
NOTES = [440 * 2 ** (key / 12) for key in (3, 5, 7, 8, 10)]


def tuneful(samples, rate):
    """Share of the time that one of the tune's notes, and no other, sounds."""
    frames = sound.frames(samples, rate)
    notes = [f for f in frames if sound.level(f) > -60
             and max(sound.goertzel(f, rate, hz) for hz in NOTES) > 0.6]
    return len(notes) / len(frames)


def wait_tune(last, rate):
    """Until last(2) seconds, or None, are the tune."""
    seen = []

    def heard():
        got = last(2)
        seen[:] = [got and (sound.level(got), tuneful(got, rate))]
        # Beside three programs that leave no processor free it is 0.85.
        return got and sound.level(got) > -40 and tuneful(got, rate) > 0.8

    wait_until(heard, 20, lambda: f"the tune; (level, share): {seen}",
               every=0.3)


def talk(c, number):
    c.command("dial", number)
    wait_until(lambda: c.data("status").get("call", {}).get("state")
               == "talking", 15, f"{number} answers", every=0.05)


def still_talks(c):
    assert c.data("status")["call"]["state"] == "talking"
