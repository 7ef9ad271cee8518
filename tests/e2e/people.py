"""People on the phone: offhook with the built-in phone, whose microphone is a
tone of their own and whose loudspeaker is a file that one can look into."""
from harness import sound, wait_until

TONES = {"200": 700, "201": 1100, "202": 1500, "203": 1900}


class Person:
    """One user of a server, with a Client of its own."""

    def __init__(self, client, server, user, tone=None, config=()):
        self.user, self.server = user, server
        self.tone = tone or TONES[user]
        self.client = c = client()
        self.said = c.home / "said.wav"
        self.heard = c.home / "heard.wav"
        # Whole periods in a whole second: repeated without a seam.
        sound.write(self.said, sound.tone(self.tone, 2, 16000), 16000)
        c.configure(["set voip on", f"set audio_input file:{self.said}",
                     f"set audio_output file:{self.heard}",
                     f"set ringer file:{c.home}/rung.wav", *config])
        c.login(server, user)
        c.wait_status(voip=True)
        # The colleagues have come, and with them one's own state: else an
        # extension would be a number that nobody knows.
        wait_until(lambda: "presence" in c.data("status"), 10,
                   "the directory is read")

    def dial(self, number, *more):
        self.client.command("dial", number, *more)

    def lift(self):
        """What a desk phone wants, to call what was dialled."""

    def call(self):
        """The current call as status has it, {} if there is none."""
        return self.client.data("status").get("call", {})

    def wait_call(self, state, timeout=15):
        """Until the current call is in that state; the call."""
        seen = []

        def fits():
            seen[:] = [self.call()]
            return seen[0].get("state") == state
        wait_until(fits, timeout, lambda: f"{self.user}: a call {state}; it "
                   f"is {seen}", every=0.05)
        return seen[0]

    def wait_no_call(self, timeout=10):
        self.client.wait_status(timeout, calls=0)

    def last(self, seconds):
        """(rate, samples) of what came last, None until there is so much."""
        try:
            rate, samples = sound.read(self.heard)
        except (OSError, ValueError):
            return None
        n = int(seconds * rate)
        return (rate, samples[-n:]) if len(samples) >= n else None

    def hears(self, tone, seconds=0.6):
        """Whether what came last is that tone, and as loud as it was said."""
        got = self.last(seconds)
        if not got:
            return False
        rate, samples = got
        return (sound.goertzel(samples, rate, tone) > 0.8
                and -16 < sound.level(samples) < -8)

    def wait_hears(self, other, timeout=15):
        """Until the tone of another person (or a frequency) is heard."""
        tone = getattr(other, "tone", other)
        wait_until(lambda: self.hears(tone), timeout,
                   lambda: f"{self.user} hears {tone} Hz; "
                   f"{self.describe(tone)}", every=0.1)

    def describe(self, tone):
        got = self.last(0.6)
        if not got:
            return "nothing has come"
        return (f"level {sound.level(got[1]):.1f} dB, share of the tone "
                f"{sound.goertzel(got[1], got[0], tone):.2f}")


def wait_hears_on(who, other, seconds=0.8):
    """Until who (a Person, or any other phone) has heard the other for so
    long from now on: what was heard before does not count."""
    def length():
        got = who.last(0)
        return len(got[1]) / got[0] if got else 0

    begin = length()
    wait_until(lambda: length() > begin + seconds, 15,
               f"{who.user} hears anything")
    who.wait_hears(other)


def speak(emma, agner):
    """She calls him, he answers, they hear each other."""
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_hears(agner)
    agner.wait_hears(emma)


def consult(emma, agner, hedy):
    """… and then calls Hedy, while he waits."""
    speak(emma, agner)
    emma.dial("202")
    hedy.wait_call("ringing-in")
    agner.wait_call("held-by-other")
    hedy.client.command("answer")
    emma.wait_hears(hedy)
    hedy.wait_hears(emma)


def calls(person):
    """{number: state} of all calls."""
    return {c["number"]: c["state"] for c in person.client.data("calls")}


def wait_calls(person, **states):
    """wait_calls(emma, n201="held") and no other call."""
    want = {k.strip("n"): v.replace("_", "-") for k, v in states.items()}
    wait_until(lambda: calls(person) == want, 10,
               lambda: f"{person.user} has {want}, and not {calls(person)}")


def journal(server, owner, other, timeout=10, count=1):
    """Rows of the server's journal about a number, once there are so many."""
    sql = "SELECT * FROM journal WHERE owner = ? AND number_key LIKE ?"
    wait_until(lambda: len(server.query(sql, owner, f"%{other}")) >= count,
               timeout, f"the journal of {owner} knows {other}")
    return server.query(sql, owner, f"%{other}")


def add_favourite(client, name, group="Desk"):
    """Add a colleague, who has to be found first, to the favourites."""
    client.command("search", name)
    wait_until(lambda: client.run("favourite", name, group).returncode == 0,
               10, f"{name} is found")


def destinations(client):
    """{state: where calls go}, once the client has read them."""
    wait_until(lambda: client.run("forward-state").returncode == 0, 10,
               "where calls go is known")
    return client.data("forward-state")
