"""A server that lacks one of offhookd's additions: it does not announce it,
or announces it and then refuses its commands, or answers them with what makes
no sense. Each time all else works, what is not there is not drawn or says in
one line why, and nobody goes on asking for it."""
import collections
import dataclasses
import json
import re

import pytest

from between import Between
from faces import png
from favourites import groups
from filled import Filled, IN_MISSED
from harness import wait_until
from messages import texts

HOWS = "hidden", "refused", "senseless"
NO = "This server does not offer that"
NOT_ALLOWED = "The server does not allow that"
SENSELESS = "makes no sense|too large"
BERTA = ("contact-add", "first=Berta mobile=+49 171 5550999")


@dataclasses.dataclass
class Addition:
    """commands: what it brings, and reads: those of them that the log-in asks
    for. tried: a command, and the line that it says where the addition is
    hidden, refused, senseless; None: it is done all the same. gone: what is
    not on the screen where it is hidden or refused, and else is."""
    commands: str
    reads: tuple = ()
    tried: tuple = ()
    says: tuple = (None, None, None)
    gone: str = None


ADDITIONS = {
    "favourites": Addition(
        "Favourite.*|Group.*", ("Favourites",),
        ("favourite", "203", "Lab"), (None, None, SENSELESS), "Workshop"),
    "sip-account": Addition(
        "SipAccount", (), ("dial", "201"),
        ("gives no account", NOT_ALLOWED, SENSELESS)),
    "presence": Addition(
        "PresenceList|SetVisibility", ("PresenceList",),
        ("visibility", "inside"), (NO, NO, SENSELESS), "I repeat what"),
    "directory": Addition(
        "Directory", ("Directory",),
        ("favourite", "Ada Lovelace", "Lab"),
        (None, None, f"Nobody is known|can't be asked|{SENSELESS}")),
    "journal": Addition(
        "Journal|JournalMark", ("Journal",), ("older", "201"),
        ("nothing older", "nothing older", "no such conversation")),
    "parked": Addition(
        "Parked", ("Parked",), ("parked",),
        ("does not say", "does not say", None)),
    "state-forwarding": Addition(
        "(Set)?StateForwarding|SetMyData", ("StateForwarding",),
        ("my-data", "email", "e@strowger.example"), (NO, NO, SENSELESS)),
    "voicemail": Addition(
        "Voicemail.*|Greeting.*", ("VoicemailList", "VoicemailSettings"),
        ("recording", "off"),
        ("no voicemail", "no voicemail", SENSELESS), r"voice \d"),
    "messages": Addition(
        "Message.*", ("Messages",), ("message", "201", "hello"),
        ("no messages", "no messages", f"{SENSELESS}.*sent later"),
        "m message"),
    "delete": Addition(
        "Entries.*", (), ("delete-entry", "j:1", "yes"),
        (None, NOT_ALLOWED, SENSELESS)),
    "personal": Addition(
        "Contact(?!Picture).*", (), BERTA, (None, NOT_ALLOWED, SENSELESS)),
    "pictures": Addition(
        "Picture.*", (), ("picture", "me.png"),
        ("no pictures", NOT_ALLOWED, SENSELESS)),
    "contact-pictures": Addition(
        "ContactPicture.*", (), ("contact-picture", "Berta", "me.png"),
        ("no pictures of contacts", NOT_ALLOWED, SENSELESS)),
}
# How things are asked for: tests of their own.
WAYS = {"post", "wait"}


class Spoiler:
    """What the server says instead to those commands; senseless: each time
    otherwise."""

    def __init__(self, how, commands):
        self.how, self.commands = how, commands
        self.times = collections.Counter()

    def __call__(self, command, _, truth):
        if self.how not in HOWS[1:] or \
                not re.fullmatch(self.commands, command):
            return None
        if self.how == "refused":
            return json.dumps({"error": "NOT_ALLOWED"}).encode()
        self.times[command] += 1
        return (lambda: bytes(range(256)) * 40,
                lambda: b'{"entries":["' + b"x" * (17 << 20) + b'"]}',
                lambda: b"[" * 1000000,
                lambda: (whole := truth())[:len(whole) // 2],
                )[(self.times[command] - 1) % 4]()


def fill(s):
    """With a missed call of yesteryear."""
    f = Filled(s)
    f.call("201", 0, IN_MISSED, 1)
    f.put()
    return s


def main_screen(client):
    t = client.attach(30, 100)
    t.wait_for(re.compile(r"\A *Emma Nutt 200 "))
    t.wait_for("Conversations")
    t.wait_for("search or dial")
    return t


def said(client, argv):
    """The one line of what went wrong, None: nothing did."""
    got = client.run(*argv)
    if not got.returncode:
        return None
    line = got.stderr.strip()
    assert line and "\n" not in line and len(line) < 200, got.stderr
    return line


def read_again(emma, way):
    n = way.count()["GetServerParam"]
    emma.command("reconnect")  # the session goes on
    wait_until(lambda: way.count()["GetServerParam"] > n, 10, "it is read")
    way.wait_quiet()


def others_work(emma, s, name, how, wsi, t):
    """A change of the own state, a message or a favourite, a colleague's."""
    emma.command("presence", "lunch")
    assert s.query("SELECT presence FROM account WHERE extension = '200'"
                   )[0]["presence"] == 7
    if name == "messages":
        emma.command("favourite", "206", "Lab")
        assert groups(s)["Lab"] == ["int:206"]
    elif name != "post" and (name, how) != ("directory", "senseless"):
        emma.command("message", "201", "all is well")
        assert "all is well" in texts(s, "201")
    if name != "favourites":
        almon = wsi(s)
        almon.login("203", "Exchange-1878")
        almon.set_presence(6)
        t.wait_for(re.compile("Almon Strowger +Vacation"))


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", ADDITIONS)
def test_one_is_not_there(box, server, client, wsi, name, how):
    a, s = ADDITIONS[name], server()
    if name in ("journal", "delete"):
        fill(s)
    way = Between(box, s, [name] if how == "hidden" else [],
                  Spoiler(how, a.commands))
    emma = client(config="set voip on" if name == "sip-account" else "")
    (emma.home / "me.png").write_bytes(png(60, 60, (215, 0, 0)))
    emma.login(way, "200")
    t = main_screen(emma)
    way.wait_quiet()
    if name == "contact-pictures":
        emma.command(*BERTA)
    wanted = a.says[HOWS.index(how)]
    line = said(emma, a.tried)
    assert not line if not wanted else line and re.search(wanted, line), line
    if a.gone and how != "senseless":
        assert not re.search(a.gone, t.screen().text)
    others_work(emma, s, name, how, wsi, t)
    for _ in range(HOWS.index(how)):
        read_again(emma, way)
    asked = collections.Counter(
        {c: n for c, n in way.count().items() if re.fullmatch(a.commands, c)})
    # Refused is refused, but pictures are fetched two at a time; nonsense may
    # have been a bad moment, so each reading of all tries again, and of the
    # directories there are two to read.
    assert max(asked.values(), default=0) <= {
        "hidden": 0, "refused": 1 + (name == "pictures"),
        "senseless": 7}[how], asked
    for command in a.reads:
        assert asked[command] >= {"hidden": 0, "refused": 1,
                                  "senseless": 3}[how], asked
    assert way.count()["Login"] == 1


def test_all_of_them_are_there(box, server, client):
    """Else none of the above would say anything."""
    way = Between(box, fill(server()))
    emma = client(config="set voip on")
    (emma.home / "me.png").write_bytes(png(60, 60, (215, 0, 0)))
    emma.login(way, "200")
    t = main_screen(emma)
    way.wait_quiet()
    assert way.announced == set(ADDITIONS) | WAYS
    for name, a in ADDITIONS.items():
        assert not a.gone or re.search(a.gone, t.screen().text), name
        if name != "journal":
            assert not said(emma, a.tried), name
    assert said(emma, ADDITIONS["journal"].tried) == "This is the beginning."


def test_what_was_there_stays(box, server, client):
    """All that can be read makes no sense all at once, and then again."""
    commands = "|".join(a.commands for a in ADDITIONS.values())
    spoiler = Spoiler("not yet", commands + "|PhBookSearch|JournalRead|"
                      "GetPresenceXML|GetServerParam|GetForwarding")
    way = Between(box, fill(server()), (), spoiler)
    emma = client()
    emma.login(way, "200")
    t = main_screen(emma)
    t.wait_for("missed 1")
    way.wait_quiet()

    def there():
        s = t.screen().text
        return ("missed 1" in s and "voice 0" in s and
                re.search(r"Exchange +4 of 5", s) and
                re.search("Amélie Grüßner +Do Not Disturb", s) and
                "Agner Erlang      Office" in s and "I repeat what" in s)
    assert there()
    spoiler.how = "senseless"
    for _ in range(4):
        read_again(emma, way)
        assert there()
    # Also after a new session, and as one finds it at a later start.
    emma.quit()
    emma.start()
    emma.login(way, "200")
    t = main_screen(emma)
    way.wait_quiet()
    wait_until(there, 5, "all is on the screen of a later start")
    spoiler.how = "not any more"
    read_again(emma, way)
    assert there()
    emma.command("message", "201", "all is well")


@pytest.mark.parametrize("what", ["error", "noise", "huge"])
def test_events_are_not_held(box, server, client, wsi, what):
    """It says that it holds them, and does not understand what that is."""
    s = server()

    def spoil(command, given, _):
        if command != "GetEvents" or "wait" not in given:
            return None
        return {"error": b'{"error":"BAD_PARAMETER"}', "noise": bytes(999),
                "huge": b'{"events":["' + b"x" * (9 << 20) + b'"]}'}[what]
    way = Between(box, s, (), spoil)
    emma = client()
    emma.login(way, "200")
    t = main_screen(emma)
    t.wait_for(re.compile("Almon Strowger +Meeting"))
    almon = wsi(s)
    almon.login("203", "Exchange-1878")
    almon.set_presence(6)
    t.wait_for(re.compile("Almon Strowger +Vacation"))
    assert way.count()["Login"] == 1
    assert sum("wait" in given for c, given in way.asked
               if c == "GetEvents") == 2


@pytest.mark.parametrize("name", sorted(WAYS))
def test_ways_that_are_not_announced(box, server, client, wsi, name):
    s = server()
    way = Between(box, s, [name])
    emma = client()
    emma.login(way, "200")
    t = main_screen(emma)
    way.wait_quiet()
    if name == "post":  # what changes what is the server's alone
        assert re.search(NOT_ALLOWED, said(emma, ("message", "201", "no")))
        assert emma.data("history")  # and it is kept
    others_work(emma, s, name, "hidden", wsi, t)
