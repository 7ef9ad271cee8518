"""baresip is the phone on the desk; programs operate it (CSTA, ECMA-269)."""
import pytest

from harness import WsiError, wait_until
from peer import Baresip, wait_hears_not

NUTT = "200", "Exchange-1878"


@pytest.fixture
def desk(server, wsi):
    """desk(answer=…): Emma's phone, and a program that operates it."""
    def make(**kw):
        s = server()
        phone = Baresip(s, "200", **kw).wait_registered()
        w = wsi(s)
        w.login(*NUTT)
        w.ask("MonitorStart", deviceObject="200")
        w.start_events("200")
        return phone, w
    return make


def call_id(root):
    return root.findtext("callID")


def state(w):
    """{callID: its state} as GetDeviceState has it."""
    return {c.findtext("callID"): c.findtext("localConnectionInfo")
            for c in w.ask("GetDeviceState", deviceID="200")
            .findall("connection")}


@pytest.mark.parametrize("answer", ["manual", "auto"])
def test_make_call_rings_the_phone_first(desk, answer):
    phone, w = desk(answer=answer)
    call = call_id(w.mk_call("201"))
    got = phone.wait_event("CALL_INCOMING" if answer == "manual"
                           else "CALL_ESTABLISHED")
    # It asks the phone to answer by itself; this one does not know that.
    assert "answer-after=0" in phone.log.read_text()
    assert got["peeruri"].startswith("sip:201@")
    if answer == "manual":
        phone.do("accept")
    w.wait_event("OriginatedEvent", callID=call)
    w.wait_event("DeliveredEvent", callID=call)
    w.wait_event("EstablishedEvent", callID=call)
    assert state(w) == {call: "connected"}
    phone.wait_hears(phone)  # by Agner, who echoes
    w.ask("ClearConnection", deviceID="200", callID=call)
    phone.wait_event("CALL_CLOSED")
    w.wait_event("ConnectionClearedEvent", callID=call)
    assert state(w) == {}


def test_make_call_answers_when_the_handset_is_lifted(desk):
    phone, w = desk(answer="auto")
    call = call_id(w.make_call("201"))
    assert call in state(w)


def test_make_call_is_given_up_at_the_phone(desk):
    phone, w = desk()
    call = call_id(w.mk_call("201"))
    phone.wait_event("CALL_INCOMING")
    phone.do("hangup")
    w.wait_event("ConnectionClearedEvent", callID=call)
    assert state(w) == {}


def test_a_call_to_the_phone_is_seen(desk):
    phone, w = desk()
    other = Baresip(phone.server, "204", tone=900).wait_registered()
    other.do("dial", "200")
    event = w.wait_event("DeliveredEvent", callingDevice="204")
    assert event["localConnectionInfo"] == "alerting"
    call = str(event["callID"])
    assert state(w) == {call: "alerting"}
    phone.do("accept")
    w.wait_event("EstablishedEvent", callID=call)
    phone.wait_hears(other)
    other.do("hangup")
    w.wait_event("ConnectionClearedEvent", callID=call)


def test_a_program_cannot_lift_this_handset(desk):
    """baresip knows no "talk" event: it is refused, and the phone rings on."""
    phone, w = desk()
    other = Baresip(phone.server, "204").wait_registered()
    other.do("dial", "200")
    call = str(w.wait_event("DeliveredEvent")["callID"])
    phone.wait_event("CALL_INCOMING")
    with pytest.raises(WsiError, match="NOT_OFFERED") as refused:
        w.ask("AnswerCall", deviceID="200", callID=call)
    assert refused.value.xml.findtext(".//CSTAErrorCode") == \
        "serviceNotSupported"
    assert state(w) == {call: "alerting"}
    phone.do("accept")
    w.wait_event("EstablishedEvent", callID=call)


def test_offhook_says_to_lift_the_handset(server, logged_in):
    s = server()
    phone = Baresip(s, "200").wait_registered()
    other = Baresip(s, "204").wait_registered()
    emma = logged_in("200", s, config="set voip off")
    other.do("dial", "200")
    phone.wait_event("CALL_INCOMING")

    def call():
        return emma.data("status").get("call", {}).get("state")
    wait_until(lambda: call() == "ringing-in", 5, "offhook shows it")
    terminal = emma.attach(30, 100)
    terminal.wait_for("F9 answer")
    terminal.send_keys("F9")
    terminal.wait_for("lifting its handset")
    assert call() == "ringing-in"
    phone.do("accept")
    wait_until(lambda: call() == "talking", 5, "it is answered")


def test_hold_and_retrieve(desk):
    phone, w = desk()
    other = Baresip(phone.server, "204", tone=900,
                    answer="auto").wait_registered()
    call = call_id(w.mk_call("204"))
    phone.wait_event("CALL_INCOMING")
    phone.do("accept")
    other.wait_hears(phone)
    w.ask("HoldCall", deviceID="200", callID=call)
    w.wait_event("HeldEvent", callID=call)
    assert state(w) == {call: "hold"}
    wait_hears_not(other, phone)
    w.ask("RetrieveCall", deviceID="200", callID=call)
    w.wait_event("RetrievedEvent", callID=call)
    other.wait_hears(phone)
    phone.wait_hears(other)


def test_a_ringing_call_is_deflected(desk):
    phone, w = desk()
    other = Baresip(phone.server, "204", tone=900).wait_registered()
    other.do("dial", "200")
    call = str(w.wait_event("DeliveredEvent")["callID"])
    phone.wait_event("CALL_INCOMING")
    w.ask("DeflectCall", deviceID="200", callID=call, newDestination="201")
    w.wait_event("DivertedEvent", callID=call)
    phone.wait_event("CALL_CLOSED")
    other.wait_event("CALL_ESTABLISHED")
    other.wait_hears(other)


def test_without_a_phone_make_call_is_refused(server, wsi):
    w = wsi(server())
    w.login(*NUTT)
    with pytest.raises(WsiError, match="UNREACHABLE"):
        w.make_call("201")
