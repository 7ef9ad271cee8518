"""The demo company's colleagues beside the people who try it: who is there
himself answers his own calls, and two of them alone do not talk for ever."""
import pathlib
import sys
import time

import pytest

from harness import wait_until
from people import Person

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip  # noqa: E402

PASSWORD = "Exchange-1878"


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200")


def test_who_is_there_answers_himself(emma):
    # With an answering box that would take what he refuses as busy.
    emma.server.admin("--voicemail", "201", "off")
    agner = Baresip(emma.server, "201").wait_registered()
    emma.dial("201")
    agner.wait_event("CALL_INCOMING")
    emma.wait_call("ringing-out")
    time.sleep(4)  # that nothing happens can't be waited for
    assert emma.call()["state"] == "ringing-out"
    agner.do("accept")
    emma.wait_call("talking")
    emma.wait_hears(agner)
    agner.do("hangup")
    emma.wait_no_call()
    # Refused by him, the call is over: nobody rings in his place.
    emma.dial("201")
    agner.wait_event("CALL_INCOMING")
    agner.do("hangup")
    emma.wait_no_call()
    # He has gone: his phone of the company takes his calls again.
    agner.quit()
    emma.dial("201")
    emma.wait_call("talking")


@pytest.mark.seconds(150)
def test_two_alone_hang_up(emma, wsi):
    w = wsi(emma.server)
    w.login("201", PASSWORD)

    def talks():
        state = w.ask("GetDeviceState", deviceID="201")
        return state.findtext(".//localConnectionInfo") == "connected"

    emma.dial("201")
    emma.wait_call("talking")
    emma.client.command("transfer", "202")
    emma.wait_no_call()
    wait_until(talks, 10, "Agner talks to Hedy")
    wait_until(lambda: not talks(), 75, "they have hung up", every=1)
