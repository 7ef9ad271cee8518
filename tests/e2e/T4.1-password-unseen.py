"""A password is seen by nobody: not on a command line, not on the screen
while it is typed, not in a log, an argument list or a core dump."""
import json
import pathlib
import urllib.parse

import pytest

from harness import Refused, wait_until
from harness.box import descendants
from harness.wsi import PATH

PASSWORD = "Exchange-1878"


@pytest.fixture
def asked(server, client, box):
    """A client whose core runs; how to get it online when it has been told
    to log in."""
    c = client()
    c.server = server()
    c.start()
    box.secret(PASSWORD)

    def online():
        control = c.control()

        def accepted():
            try:
                control.do("certificate", "accept")
            except Refused:
                pass
            return control.data("status")["connection"] == "online"
        wait_until(accepted, 20, "logged in")
    c.online = online
    return c


@pytest.mark.parametrize("how", [
    ("login", "1", "200", PASSWORD),
    ("-c", f"login 1 200 {PASSWORD}"),
    ("--json", "login", "1", "200", PASSWORD)])
def test_not_on_the_command_line(asked, how):
    got = asked.run(*how)
    said = got.stdout + got.stderr
    assert got.returncode == 2
    assert "@-" in said and PASSWORD not in said
    assert len(said.splitlines()) == 1
    assert asked.data("status")["connection"] == "offline"


def test_from_standard_input(asked):
    got = asked.run("login", "1", "200", "@-", asked.server.address, "-",
                    input=PASSWORD + "\n")
    assert got.returncode == 1 and "certificate accept" in got.stderr
    assert PASSWORD not in got.stderr
    asked.online()
    # Without a line there is nothing to log in with.
    got = asked.run("login", "1", "200", "@-", input="")
    assert got.returncode == 1 and "standard input" in got.stderr


def test_typed_unseen(asked):
    t = asked.attach(args=("login", "1", "200", "@-", asked.server.address,
                           "-"))
    t.wait_for("password:")
    t.type(PASSWORD)
    assert PASSWORD not in "\n".join(t.screen())
    t.send_keys("Enter")
    asked.online()


def test_nothing_of_it_is_left(logged_in, box, wsi):
    c = logged_in(config=("set voip on", "set audio_input none",
                          "set audio_output none"))
    c.wait_status(voip=True)
    w = wsi(c.server)
    w.login("200", PASSWORD)
    box.secret(w.session)
    _, _, body = w.fetch(PATH, "POST", urllib.parse.urlencode(
        {"cmd": "SipAccount", "gsSession": w.session}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    secret = box.secret(json.loads(body)["secret"])
    t = c.attach()
    t.wait_for("Favourites")
    c.command("dial", "202")
    wait_until(lambda: c.data("status").get("call", {}).get("state")
               == "talking", 15, "Hedy answers")
    for pid in descendants():
        args = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert PASSWORD not in args and secret not in args
        assert w.session not in args
    for pid in (c.core(), c.server.pid):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        line = next(x for x in limits.splitlines() if "core file" in x)
        assert line.split()[4:6] == ["0", "0"], line
    # Kept encrypted, if at all.
    for path in c.home.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()
            assert PASSWORD.encode() not in kept, path
            assert secret.encode() not in kept, path
    c.command("hangup")
    c.wait_status(calls=0)
    # Logs are looked through for the secrets when the box is closed.
