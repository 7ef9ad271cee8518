"""Missed calls where the server does not say what has been seen: each is new
once, also one that came while nobody was there, and never again."""
import pytest

from harness import wait_until
from messages import stay
from plain import PASSWORD


@pytest.fixture(params=["smart", "suite"])
def house(request, server):
    return server(mode=request.param, plain=True, desk_phones=True)


@pytest.fixture
def agner(house, wsi):
    w = wsi(house)
    w.login("201", PASSWORD)
    w.start_events()
    return w


def filed(house):
    return house.query("SELECT * FROM journal WHERE owner = '200'")


def ring(house, agner):
    """He lets it ring at hers, and gives up."""
    before = len(filed(house))
    agner.mk_call("200")
    call = agner.wait_event("DeliveredEvent")["callID"]
    agner.ask("ClearConnection", deviceID="201", callID=call)
    wait_until(lambda: len(filed(house)) > before, 10, "it is in the journal")


def test_new_once(house, agner, client):
    ring(house, agner)
    emma = stay(client(), house, "200")
    t = emma.attach(24, 80)
    # What was there before the first log-in is no news.
    t.send_keys("F3")
    t.wait_for("in   missed")
    t.wait_for("missed 0")
    ring(house, agner)
    t.wait_for("missed 1")
    t.send_keys("i")
    t.wait_for("missed 0")
    # Read it stays, also when all is read anew.
    emma.command("reconnect")
    emma.wait_status(20, connection="online", missed=0)
    t.wait_for("in   missed")
    emma.quit()
    # She is away.
    ring(house, agner)
    emma.start()
    emma.wait_status(20, connection="online", missed=1)
    emma.command("read", "201")
    emma.quit()
    emma.start()
    emma.wait_status(20, connection="online", missed=0)
    assert len(filed(house)) == 3
