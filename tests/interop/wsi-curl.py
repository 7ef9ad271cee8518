"""curl is a program written for real systems: what doc/wsi.md has under
Known, to the letter, against a server without additions."""
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from harness import Failure
from harness.box import ROOT

DATA = ROOT / "tests/data/wsi"
USER, PASSWORD = "200", "Exchange-1878"


@pytest.fixture(params=["smart", "suite"])
def curl(request, server, box):
    """curl(query, path=""): the body of one GET, as curl prints it."""
    s = server(mode=request.param, plain=True)
    base = f"https://127.0.0.1:{s.https_port}/cgi-bin/gadgetapi"

    def get(query, path=""):
        # In a file, not in argv: a password is among it.
        config = box.path / "curlrc"
        config.write_text(f'url = "{base}{path}?{query}"\n')
        got = box.run(["curl", "-sSk", "--max-time", "10", "-w",
                       "\n%{http_code}", "-K", config])
        body, code = got.stdout.rsplit("\n", 1)
        if got.returncode or code != "200":
            raise Failure(f"curl {query}: {got}")
        return body
    get.server = s
    return get


def shape(element):
    """Its tree of names, without texts."""
    return element.tag, [shape(e) for e in element]


def login(curl):
    root = ElementTree.fromstring(
        curl(f"cmd=Login&gsUser={USER}&gsPass={PASSWORD}"))
    return root.findtext("ID")


def known(name):
    return (DATA / name).read_text()


def test_login_has_the_shape_of_a_real_answer(curl):
    text = curl(f"cmd=Login&gsUser={USER}&gsPass={PASSWORD}")
    real = known("login_suite.xml")
    assert text.split("\n")[0] == real.split("\n")[0]
    got, want = ElementTree.fromstring(text), ElementTree.fromstring(real)
    assert shape(got) == shape(want)
    assert got.findtext("ID") not in ("", "0")
    assert got.findtext("LASVERSION/APPLICATION") == (
        "UCSUITE" if curl.server.mode == "suite" else "UCSMART")


def test_a_wrong_password_is_answered_as_known(curl):
    got = ElementTree.fromstring(
        curl(f"cmd=Login&gsUser={USER}&gsPass=wrong"))
    want = ElementTree.fromstring(known("login_bad_password.xml"))
    assert got.tag == want.tag
    assert got.findtext("ID") == want.findtext("ID") == "0"
    assert got.findtext("ERROR/REASON") == want.findtext("ERROR/REASON")


def test_events_are_fetched_by_their_own_path(curl):
    session = login(curl)
    started = ElementTree.fromstring(
        curl(f"cmd=EventStart&deviceObject={USER}&gsSession={session}"))
    assert started.get("local") != "false"
    query = f"deviceObject={USER}&gsSession={session}"
    # Whatever waits from the start; then nothing, which is an empty body.
    while body := curl(query, "/GetEvents").strip():
        json.loads(body)
    curl(f"cmd=SetPresence&user={USER}&presence=7"
         f"&ptime=2036/12/24%2015:00Z&gsSession={session}")
    got = json.loads(curl(query, "/GetEvents"))
    assert list(got) == ["events"]
    mine = [e for e in got["events"] if e["type"] == "PresenceEvent"
            and (e.get("user") or e.get("deviceID")) == USER]
    assert str(mine[-1]["presence"]) == "7"
    assert mine[-1]["ptime"] == "2036/12/24 15:00Z"
    assert curl(query, "/GetEvents") == ""


def test_hooks_have_the_form_of_real_ones(curl):
    session = login(curl)
    curl(f"cmd=HookSubscribe&user={USER}&devices=201,202"
         f"&gsSession={session}")
    got = json.loads(curl(f"deviceObject={USER}&gsSession={session}",
                          "/GetEvents"))
    sample = json.loads(known("events_hook.json"))["events"][0]
    hooks = [e for e in got["events"] if e["type"] == sample["type"]]
    assert {h["deviceID"] for e in hooks
            for h in e["jsonEvent"]["HookEvent"]} == {"201", "202"}
    names = set(sample["jsonEvent"]["HookEvent"][0])
    assert all(set(h) <= names and {"deviceID", "hook"} <= set(h)
               for e in hooks for h in e["jsonEvent"]["HookEvent"])


def test_displays_are_taken_by_phones_that_are_there(curl):
    session = login(curl)
    for query in (f"cmd=SetDisplay&device={USER}&contentsOfDisplay=hello",
                  f"cmd=ClearDisplay&device={USER}"):
        root = ElementTree.fromstring(curl(f"{query}&gsSession={session}"))
        assert root.tag == re.match("cmd=(\\w+)", query)[1]
        assert root.findtext("ERROR/REASON") == "UNREACHABLE"


def test_an_error_has_a_reason_and_a_csta_code(curl):
    session = login(curl)
    got = ElementTree.fromstring(
        curl(f"cmd=HoldCall&deviceID={USER}&callID=99&gsSession={session}"))
    assert shape(got) == shape(ElementTree.fromstring(known("error.xml")))


def test_logout_ends_it(curl):
    session = login(curl)
    got = ElementTree.fromstring(curl(f"cmd=Logout&gsSession={session}"))
    assert got.tag == "LOGOUT" and not len(got) and not got.text
    for query, path in ((f"cmd=SetPresence&user={USER}&presence=1"
                         f"&gsSession={session}", ""),
                        (f"deviceObject={USER}&gsSession={session}",
                         "/GetEvents")):
        assert "NOT_LOGGED_IN" in curl(query, path)
