"""Sound as WAV files: made, read, measured and compared.

Samples are array('h'), mono. Levels are dBFS of the RMS value (a sine at full
scale has -3). All of it is meant for clips of some seconds.
"""
import array
import math
import operator
import subprocess
import wave

RATE = 8000
SILENCE = -96.0


def tone(freq, seconds, rate=RATE, level=-12.0):
    """A sine, or several added, of that level (dBFS, RMS, each)."""
    freqs = freq if isinstance(freq, (list, tuple)) else [freq]
    peak = 32767 * 10 ** (level / 20) * math.sqrt(2)
    out = array.array("h")
    for n in range(int(seconds * rate)):
        v = sum(math.sin(2 * math.pi * f * n / rate) for f in freqs) * peak
        out.append(max(-32768, min(32767, round(v))))
    return out


def chirp(low, high, seconds, rate=RATE, level=-12.0):
    """A sweep: never like itself at another time, so good to correlate."""
    peak = 32767 * 10 ** (level / 20) * math.sqrt(2)
    slope = (high - low) / seconds / 2
    return array.array("h", (
        round(peak * math.sin(2 * math.pi * (low + slope * t) * t))
        for t in (n / rate for n in range(int(seconds * rate)))))


def speech(text, path, voice="en"):
    """Spoken by espeak-ng into a WAV file (22050 Hz); (rate, samples)."""
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), "--", text],
                   check=True, timeout=30, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return read(path)


def write(path, samples, rate=RATE):
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(samples.tobytes())
    return path


def read(path):
    """(rate, samples) of a 16-bit WAV file, its first channel. A file that
    is still being written (sizes in its header not set yet) is read as far
    as it goes."""
    data = open(path, "rb").read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path}: not a WAV file")
    at, rate, channels, bits, body = 12, None, None, None, b""
    while at + 8 <= len(data):
        name, size = data[at:at + 4], int.from_bytes(data[at + 4:at + 8],
                                                     "little")
        part = data[at + 8:at + 8 + size]
        if name == b"fmt ":
            channels = int.from_bytes(part[2:4], "little")
            rate = int.from_bytes(part[4:8], "little")
            bits = int.from_bytes(part[14:16], "little")
        elif name == b"data":
            body = data[at + 8:] if size in (0, 0xffffffff) else part
            break
        at += 8 + size + (size & 1)
    if bits != 16 or not channels:
        raise ValueError(f"{path}: {bits} bits, {channels} channels")
    samples = array.array("h")
    samples.frombytes(body[:len(body) // (2 * channels) * 2 * channels])
    return rate, samples[::channels]


def level(samples):
    """RMS in dBFS; SILENCE for nothing at all."""
    if not samples:
        return SILENCE
    power = sum(map(operator.mul, samples, samples)) / len(samples)
    return max(SILENCE, 10 * math.log10(power / 32768 ** 2)) if power \
        else SILENCE


def goertzel(samples, rate, freq):
    """Share of the whole power that lies at one frequency: about 1 for a
    clean sine of it, near 0 for anything else."""
    if not samples:
        return 0.0
    k = 2 * math.cos(2 * math.pi * freq / rate)
    s1 = s2 = 0.0
    for x in samples:
        s1, s2 = x + k * s1 - s2, s1
    power = s1 * s1 + s2 * s2 - k * s1 * s2
    whole = sum(map(operator.mul, samples, samples))
    return 2 * power / (len(samples) * whole) if whole else 0.0


def frames(samples, rate, ms=50):
    n = rate * ms // 1000
    return [samples[i:i + n] for i in range(0, len(samples) - n + 1, n)]


def tone_seconds(samples, rate, freq, share=0.6, floor=-50.0):
    """For how many seconds that tone is there, looked at in 50 ms."""
    return sum(0.05 for f in frames(samples, rate)
               if level(f) > floor and goertzel(f, rate, freq) > share)


def has_tone(samples, rate, freq, seconds=0.3):
    return tone_seconds(samples, rate, freq) >= seconds


def loud_seconds(samples, rate, floor=-50.0):
    """For how many seconds there is anything to hear."""
    return sum(0.05 for f in frames(samples, rate) if level(f) > floor)


def resample(samples, rate, to):
    """Straight lines between samples, after a mean over what a new one
    covers: enough to compare, not to listen to."""
    if rate == to:
        return samples
    step = rate / to
    if step > 1:
        width = max(1, round(step))
        sums, total = [0], 0
        for x in samples:
            total += x
            sums.append(total)
        last = len(samples) - width
        return array.array("h", (
            (sums[i + width] - sums[i]) // width
            for i in (int(n * step) for n in range(int(last / step)))))
    out = array.array("h")
    for n in range(int((len(samples) - 1) / step)):
        i = int(n * step)
        f = n * step - i
        out.append(int(samples[i] * (1 - f) + samples[i + 1] * f))
    return out


def _normal(a, b):
    power = math.sqrt(sum(map(operator.mul, a, a))
                      * sum(map(operator.mul, b, b)))
    return sum(map(operator.mul, a, b)) / power if power else 0.0


BANDS = (300, 450, 650, 900, 1200, 1600, 2100, 2800)


def _bands(samples):
    """Loudness in eight bands, each 10 ms, less its mean."""
    hop, size = RATE // 100, RATE // 50
    turns = [2 * math.cos(2 * math.pi * f / RATE) for f in BANDS]
    rows = []
    for i in range(0, len(samples) - size + 1, hop):
        frame = samples[i:i + size]
        for k in turns:
            s1 = s2 = 0.0
            for x in frame:
                s1, s2 = x + k * s1 - s2, s1
            rows.append(math.sqrt(max(0.0, s1 * s1 + s2 * s2 - k * s1 * s2)))
    for band in range(len(BANDS)):
        mean = sum(rows[band::8]) / max(1, len(rows) // 8)
        for i in range(band, len(rows), 8):
            rows[i] -= mean
    return rows


def correlation(sent, got, rate=RATE, got_rate=None, span=1.0):
    """(likeness, delay in s) of a clip within what arrived.

    Likeness is the best normalised correlation over all delays: 1 is the
    same up to its level, 0 nothing in common. First by loudness in bands, in
    steps of 10 ms over the whole, then sample by sample where that fits
    best, over the loudest `span` seconds of what was sent.
    """
    got = resample(got, got_rate or rate, RATE)
    sent = resample(sent, rate, RATE)
    hop = RATE // 100

    part = min(len(sent), int(span * RATE))
    sums = [0]
    for x in sent:
        sums.append(sums[-1] + x * x)
    start = max(range(0, max(1, len(sent) - part + 1), hop),
                key=lambda i: sums[i + part] - sums[i])
    piece = sent[start:start + part]
    if not piece or len(got) < part:
        return 0.0, 0.0

    a, b = _bands(piece), _bands(got)
    lags = range((len(b) - len(a)) // 8 + 1)
    coarse = sorted(lags, reverse=True,
                    key=lambda lag: _normal(a, b[lag * 8:lag * 8 + len(a)]))
    best, tried = (0.0, 0.0), set()
    thin = piece[::2]
    for lag in coarse[:4]:
        for at in range(max(0, (lag - 1) * hop),
                        min(len(got) - part, (lag + 1) * hop) + 1):
            if at in tried:
                continue
            tried.add(at)
            like = _normal(thin, got[at:at + part:2])
            if like > best[0]:
                best = like, (at - start) / RATE
    return best


def likeness(sent, got, rate=RATE, got_rate=None):
    return correlation(sent, got, rate, got_rate)[0]
