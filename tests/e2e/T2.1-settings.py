"""Two clients of one account stay in step: where calls go, who sees it, the
box, CallMe, one's own data; also when one of them was away meanwhile."""
import pytest

from harness import sound
from step import Two, data


def settings(server, owner="200"):
    """What the server keeps for somebody, without what is secret."""
    return {r["name"]: r["value"] for r in server.query(
        "SELECT name, value FROM setting WHERE owner = ? AND value <> ''",
        owner)}


@pytest.fixture
def smart(box, server, client):
    """What is set elsewhere with UC Suite."""
    return Two(box, server("smart"), client)


def account(server, field, owner="200"):
    return server.query(f"SELECT {field} FROM account WHERE extension = ?",
                        owner)[0][field]


@pytest.fixture(params=["smart", "suite"])
def two(request, box, server, client):
    return Two(box, server(request.param), client)


def test_where_calls_go(smart):
    two = smart
    for n, (who, _) in enumerate(two.turns()):
        to = ("202", "203")[n]
        who.command("forward-state", "lunch", to)
        two.wait(lambda c: (data(c, "forward-state") or {}).get("lunch"), to)
        two.wait_rows(lambda s: settings(s).get("away.lunch"), to)


def test_where_the_phone_is_forwarded(two):
    for n, (who, _) in enumerate(two.turns()):
        to = ("202", "203")[n]
        who.command("forward", "busy", to)
        two.wait(lambda c: (data(c, "forward") or {}).get("busy"), to)
        two.wait_rows(lambda s: settings(s).get("forward.busy"), to)
    two.there.command("forward", "always", "204")
    t = two.here.attach(24, 100)
    t.wait_for("calls to 204")
    two.here.command("forward", "always", "off")
    t.wait_gone("calls to 204")
    two.wait(lambda c: (data(c, "forward") or {}).get("always"), "")
    assert "forward.immediate" not in settings(two.server)


def test_who_sees_it(two):
    for who, whom, code in ((two.here, "inside", 1), (two.there, "nobody", 2),
                            (two.here, "all", 0)):
        who.command("visibility", whom)
        two.wait(lambda c: data(c, "visibility"), whom)
        assert account(two.server, "visibility") == code


def test_call_me_and_own_data(two):
    for n, (who, _) in enumerate(two.turns()):
        who.command("callme", ("203", "204")[n])
        two.wait(lambda c: (data(c, "callme") or "").strip().split(" ")[0],
                 ("203", "204")[n])
        mobile = f"+49 171 555 99{n}"
        who.command("my-data", "mobile", mobile)
        two.wait(lambda c: (data(c, "my-data") or {}).get("mobile"), mobile)
        assert account(two.server, "mobile") == mobile
    two.here.command("callme", "off")
    two.wait(lambda c: (data(c, "callme") or "").strip(), "off")


def box(client):
    return data(client, "voicemail-settings") or ""


def test_the_box(smart):
    two = smart
    path = two.here.home / "one.wav"
    sound.write(path, sound.tone(600, 2, 16000), 16000)
    two.here.command("recording", "off")
    two.wait(lambda c: "greeting only" in box(c), True)
    assert settings(two.server)["voicemail.record"] == "off"
    two.there.command("recording", "on")
    two.wait(lambda c: "Messages are recorded" in box(c), True)
    two.here.command("greeting-upload", "1", path)
    two.there.command("greeting", "lunch", "1")
    two.wait(lambda c: "Lunch: greeting 1" in box(c), True)
    two.there.command("greeting-delete", "1", "yes")
    two.wait(lambda c: "Lunch: standard" in box(c), True)


def test_after_a_cut(two):
    """What was changed on the other side of it is there, once."""
    smart = two.server.mode == "smart"
    two.cut()
    if smart:
        two.here.command("forward-state", "lunch", "202")
        two.here.command("recording", "off")
    for argv in (("visibility", "inside"), ("callme", "203"),
                 ("my-data", "private", "+49 30 5550"),
                 ("forward", "no-answer", "204"),
                 ("presence", "office", "-", "in the attic")):
        two.here.command(*argv)
    # Away, nothing can be changed, and it says so in one line.
    run = two.there.run("visibility", "nobody")
    assert run.returncode and len(run.stderr.splitlines()) == 1, run
    two.mend()
    if smart:
        two.wait(lambda c: (data(c, "forward-state") or {}).get("lunch"),
                 "202")
        two.wait(lambda c: "greeting only" in box(c), True)
    two.wait(lambda c: data(c, "visibility"), "inside")
    two.wait(lambda c: (data(c, "callme") or "").strip().split(" ")[0], "203")
    two.wait(lambda c: (data(c, "my-data") or {}).get("private"),
             "+49 30 5550")
    two.wait(lambda c: (data(c, "forward") or {}).get("no-answer"), "204")
    two.wait(lambda c: data(c, "status")["note"], "in the attic")
    assert account(two.server, "visibility") == 1
