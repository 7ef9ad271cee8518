"""Links of other programs: asked on the screen of the client that runs, then
called; or called at once, if the user has said so. And the desktop told to
use this program for them."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from desk import Desk
from harness import wait_until
from people import Person

ROOT = Path(__file__).resolve().parents[2]
TYPES = [f"x-scheme-handler/{s}" for s in ("tel", "callto", "sip", "sips")]


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def attach(emma, **kw):
    t = emma.client.attach(**kw)
    t.wait_for("Agner Erlang")
    return t


def link(emma, url):
    return emma.client.run("--link", url)


@pytest.mark.parametrize("url", [
    "tel:201", "TEL:+49-89-7007-201", "tel:%2B49897007201;phone-context=x",
    "callto:201", "callto://+49897007201", "sip:201@uc.example",
    "sips:+49897007201@uc.example;user=phone?subject=x"])
def test_asked_then_called(emma, url):
    t = attach(emma)
    got = link(emma, url)
    assert got.returncode == 0 and "asks on its screen" in got.stdout
    t.wait_for("A link wants you to call Agner Erlang")
    emma.wait_no_call()
    t.send_keys("y")
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))


def test_called_by_the_phone_on_the_desk(server, client):
    emma = Desk(client, server(), "200")
    t = attach(emma)
    link(emma, "tel:201")
    t.wait_for("A link wants you to call Agner Erlang")
    t.send_keys("y")
    emma.lift()
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))


@pytest.mark.parametrize("key", ["n", "Enter", "Escape"])
def test_no_is_no(emma, key):
    t = attach(emma)
    link(emma, "tel:201")
    t.wait_for("A link wants you to call")
    t.send_keys(key)
    t.wait_gone("A link wants")
    emma.wait_no_call()


def test_without_asking_if_said_so(emma):
    """Once for all, also after the next start."""
    emma.client.command("set", "confirm_links", "off")
    emma.client.quit()
    emma.client.login(emma.server, "200")
    emma.client.wait_status(voip=True)
    wait_until(lambda: "presence" in emma.client.data("status"), 10, "read")
    assert link(emma, "tel:+49-89-7007-201").returncode == 0
    assert emma.wait_call("talking")["name"] == "Agner Erlang"


@pytest.mark.parametrize("confirm", ["on", "off"])
def test_never_a_code(emma, confirm):
    emma.client.command("set", "confirm_links", confirm)
    t = attach(emma)
    for url in ("tel:*31%23201", "tel:#31#201", "tel:%2a21%2a201%23",
                "callto:emma", "sip:emma@uc.example", "http://uc.example/201",
                "tel:201%0aquit", "tel:", "tel:1;1\x1b]0;x\x07" * 40):
        got = link(emma, url)
        assert got.returncode and "no number" in got.stderr, (url, got)
    assert "A link wants" not in t.screen().text
    emma.wait_no_call()


def test_nobody_runs(client, server):
    """Without a terminal, one line; in one, it is started and shows."""
    emma = Person(client, server(), "200")
    c = emma.client
    c.command("slot", "1", "automatic", "on")
    c.login(emma.server, "200")
    c.quit()
    got = c.run("--link", "tel:201")
    assert got.returncode == 4 and got.stderr and not c.cores()
    t = c.attach(args=["--link", "tel:201"])
    t.wait_for("A link wants you to call")
    t.wait_for("Emma Nutt")
    c.wait_status(voip=True)
    t.send_keys("y")
    t.wait_for(re.compile(r"☎ Agner Erlang .*talking"))


def test_detached_it_shows_in_this_terminal(emma):
    t = emma.client.attach(args=["--link", "tel:201"])
    t.wait_for("A link wants you to call Agner Erlang")
    # Where one looks on already, that one asks.
    other = emma.client.attach(args=["--link", "tel:202"])
    t.wait_for("A link wants you to call Hedy Lamarr")
    assert other.wait_end() == "exit 0"


def defaults(path):
    """The section that counts, {type: programs}."""
    rows, here = {}, False
    for line in path.read_text().splitlines():
        if line.startswith("["):
            here = line == "[Default Applications]"
        elif here and "=" in line:
            key, value = line.split("=", 1)
            assert key not in rows, f"{key} twice"
            rows[key] = value
    return rows


def test_always_this_program(emma):
    c = emma.client
    path = c.home / ".config" / "mimeapps.list"
    assert not path.exists()
    other = ("[Added Associations]\nx-scheme-handler/tel=other.desktop;\n\n"
             "[Default Applications]\ntext/html=browser.desktop\n"
             "x-scheme-handler/tel=other.desktop;third.desktop;\n"
             "# kept\n\n[Removed Associations]\nimage/png=x.desktop;\n")
    path.write_text(other)
    c.command("set", "open_links", "on")
    wait_until(lambda: defaults(path).get(TYPES[0]) == "offhook.desktop", 10,
               "the desktop is told")
    assert defaults(path) == {"text/html": "browser.desktop",
                              **dict.fromkeys(TYPES, "offhook.desktop")}
    text = path.read_text()
    for line in ("x-scheme-handler/tel=other.desktop;", "# kept",
                 "[Removed Associations]", "image/png=x.desktop;"):
        assert line in text.splitlines()
    # Off: what the desktop has stays.
    c.command("set", "open_links", "off")
    assert path.read_text() == text
    path.write_text(other)
    c.command("set", "voip", "off")
    assert path.read_text() == other


def test_a_list_that_is_a_link_and_one_that_is_not_there(emma):
    c = emma.client
    path = c.home / ".config" / "mimeapps.list"
    c.command("set", "open_links", "on")
    wait_until(path.exists, 10, "the list is made")
    assert defaults(path) == dict.fromkeys(TYPES, "offhook.desktop")
    c.command("set", "open_links", "off")
    (c.home / "dots").write_text("")
    path.unlink()
    path.symlink_to("../dots")
    c.command("set", "open_links", "on")
    wait_until(lambda: (c.home / "dots").read_text(), 10, "it is told")
    assert path.is_symlink()
    assert defaults(path) == dict.fromkeys(TYPES, "offhook.desktop")


@pytest.mark.long
def test_the_desktop_finds_it(emma):
    """By the tools of the desktop, from the entry that is installed."""
    c = emma.client
    entry = ROOT / "contrib" / "offhook.desktop"
    got = subprocess.run(["desktop-file-validate", entry],
                         capture_output=True, text=True)
    assert got.returncode == 0 and not got.stdout, got.stdout
    place = c.home / ".local" / "share" / "applications"
    place.mkdir(parents=True, exist_ok=True)
    (place / entry.name).write_text(entry.read_text())
    c.command("set", "open_links", "on")
    env = {**os.environ, **c.env, "XDG_CURRENT_DESKTOP": "X-Generic"}

    def asked(type_):
        return subprocess.run(["xdg-mime", "query", "default", type_],
                              env=env, capture_output=True,
                              text=True).stdout.strip()
    for type_ in TYPES:
        wait_until(lambda: asked(type_) == "offhook.desktop", 10,
                   f"{type_} is ours", every=0.2)
