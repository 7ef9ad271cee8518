"""What a caller hears of somebody who is absent, recognised piece by piece."""
from harness import box as boxes
from harness import sound, wait_until

TONE = 1400
# A word is a second at most. Where it was said it is 0.7 and more, or half of
# that on a busy machine; elsewhere the most is 0.3.
ALIKE = 0.4
TAIL_S = 0.6
SURE, SHIFT_S = 0.6, 0.15


def piece(name, language="en"):
    return sound.read(boxes.build / "prompts" / language / f"{name}.wav")


def tail(samples, rate):
    """The last words of it: sentences begin alike."""
    end, floor = len(samples), max(abs(x) for x in samples) * 0.05
    while end and abs(samples[end - 1]) < floor:
        end -= 1
    return samples[max(0, end - int(TAIL_S * rate)):end]


def heard(person):
    """(rate, samples) of what came since the call before."""
    return person.last(0) or (16000, [])


def wait_tone(person, timeout=30):
    """Until the tone after the greeting was heard."""
    def tone():
        got = person.last(3)
        return got and sound.has_tone(got[1], got[0], TONE, 0.25)
    wait_until(tone, timeout, f"{person.user} hears the tone", every=0.1)


def where(person, name, language="en"):
    """(likeness, at which second) of a piece in what was heard."""
    rate, samples = heard(person)
    of, said = piece(name, language)
    said = tail(said, of)
    whole = sound.correlation(said, samples, of, rate)
    if whole[0] > SURE:
        return whole
    # A phone that shortens its delay may do so in the middle of a word: then
    # its halves are there, a little nearer to each other or farther apart.
    half = len(said) // 2
    one, two = (sound.correlation(part, samples, of, rate)
                for part in (said[:half], said[half:]))
    if abs(two[1] - one[1] - half / of) < SHIFT_S:
        return max(whole, ((one[0] + two[0]) / 2, one[1]))
    return whole


def assert_said(person, *names, language="en"):
    """These were said, in that order."""
    at = -1.0
    for name in names:
        likeness, begin = where(person, name, language)
        assert likeness > ALIKE, (name, likeness, begin)
        assert begin > at, (name, begin, at)
        at = begin


def assert_not_said(person, *names, language="en"):
    for name in names:
        likeness, begin = where(person, name, language)
        assert likeness < ALIKE, (name, likeness, begin)
