"""The external directory, which Suite alone has: found, looked at alone, opened,
and a name for who is called; in Smart there is none."""
import pathlib
import re
import sys

import pytest

from harness import wait_until
from people import Person

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip  # noqa: E402

NUMBER = "+493055501234"


@pytest.fixture
def office(server, request):
    s = server(mode=request.param)
    s.admin("--add-trunk", "line", "Outside line")
    book = s.home / "book.csv"
    book.write_text("first,last,company,business\n"
                    f"Zénobe,Gramme,Dynamo & Söhne,{NUMBER}\n")
    s.admin("--import", "external", str(book))
    return s


suite = pytest.mark.parametrize("office", ["suite"], indirect=True)
smart = pytest.mark.parametrize("office", ["smart"], indirect=True)


@suite
def test_found_alone_and_opened(office, client):
    emma = client()
    emma.login(office)
    t = emma.attach(30, 110)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.wait_for("all directories")
    t.type("e")
    t.wait_for("Agner Erlang")
    for which in ("personal", "internal", "system", "global", "external"):
        t.send_keys("Tab")
        t.wait_for(f"{which} (Tab)")
    t.wait_gone("Agner Erlang")
    t.send_keys("BSpace")
    t.type("zenob")
    t.wait_for(re.compile(r"Zénobe Gramme +.*30 ?555 ?01234"))
    t.wait_for("Dynamo & Söhne")
    found = emma.data("search", "gramm")
    assert [(c["name"], c["directory"]) for c in found] == [
        ("Zénobe Gramme", "external")], found


@suite
def test_a_name_for_who_is_called(office, client):
    emma = Person(client, office, "200")
    line = Baresip(office, "line", tone=900).wait_registered()
    t = emma.client.attach(30, 110)
    emma.dial(NUMBER)
    line.wait_event("CALL_INCOMING")
    t.wait_for(re.compile("Zénobe Gramme .*rings there"))
    line.do("accept")
    emma.wait_call("talking")
    emma.client.command("hangup")
    emma.wait_no_call()
    wait_until(lambda: [r["name"] for r in office.query(
        "SELECT * FROM journal WHERE owner = '200'")] == ["Zénobe Gramme"],
        5, "the journal has the name")


@smart
def test_there_is_none_in_smart(office, client):
    emma = client()
    emma.login(office)
    t = emma.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("/")
    t.wait_for("all directories")
    for which in ("personal", "internal", "system", "global",
                  "all directories"):
        t.send_keys("Tab")
        t.wait_for(f"{which} (Tab)")
    t.type("gramm")
    t.wait_for("Nobody found")
