"""baresip is a phone of the server, and offhook talks with whoever has it."""
import re

import pytest

from harness import wait_until
from people import Person, wait_hears_on
from peer import Baresip, add_user, wait_hears_not

CODECS = {"PCMA": "PCMA/8000/1", "PCMU": "PCMU/8000/1",
          "opus": "opus/48000/2"}


def lamp(server, wsi, device):
    """How a colleague's phone looks to a foreign program."""
    w = wsi(server)
    w.login("200", "Exchange-1878")
    w.ask("HookSubscribe", user="200", devices=device)

    def state():
        w.poll()
        hooks = [h["hook"] for e in w.seen if e["type"] == "HookEvent"
                 for h in e["jsonEvent"]["HookEvent"]
                 if h["deviceID"] == device]
        return hooks[-1] if hooks else None
    return state


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_foreign_phone_registers_and_goes(server, wsi, transport):
    s = server()
    add_user(s, "220", "Alec Reeves")
    hook = lamp(s, wsi, "220")
    wait_until(lambda: hook() == "UNREACHABLE", 5, "no phone yet")
    b = Baresip(s, "220", transport=transport).wait_registered()
    wait_until(lambda: hook() == "ONHOOK", 5, "its phone is there")
    b.quit()
    wait_until(lambda: hook() == "UNREACHABLE", 5, "its phone is gone")


def test_a_wrong_sip_password_gives_no_phone(server, wsi):
    s = server()
    hook = lamp(s, wsi, "204")
    b = Baresip(s, "204", password="wrong-password")
    b.wait_refused()
    assert hook() == "UNREACHABLE"
    # The same from another phone, which has the right one, is taken.
    Baresip(s, "204").wait_registered()
    wait_until(lambda: hook() == "ONHOOK", 5, "its phone is there")


def test_a_phone_registers_as_itself_only(server):
    """With the password of one account, not as another."""
    s = server()
    b = Baresip(s, "204", auth_user="205")
    b.wait_refused("403 Forbidden")


def last_call(server, wsi, user):
    """The newest row of a user's journal, once there is one."""
    w = wsi(server)
    w.login(user, "Exchange-1878")
    row = wait_until(lambda: w.ask("JournalRead", user=user, count=1)
                     .find("ENTRY"), 5, "a call in the journal")
    return {k: row.findtext(k) for k in ("DIRECTION", "ANSWERED", "NUMBER")}


@pytest.fixture
def two(server, client):
    """two(transport=…, codec=…): baresip as 204, and Emma with offhook."""
    def make(**kw):
        s = server()
        phone = Baresip(s, "204", **kw)
        emma = Person(client, s, "200")
        return phone.wait_registered(), emma
    return make


def talk(phone, emma):
    """Each hears the other."""
    emma.wait_hears(phone)
    phone.wait_hears(emma)


@pytest.mark.parametrize("transport, codec", [
    ("udp", "PCMA"), ("tcp", "PCMU"), ("udp", "opus")])
def test_a_foreign_phone_calls_and_hangs_up(two, wsi, transport, codec):
    phone, emma = two(transport=transport, codec=CODECS[codec])
    phone.do("dial", "200")
    call = emma.wait_call("ringing-in")
    assert (call["number"], call["name"]) == ("204", "Philipp Reis")
    phone.wait_event("CALL_RINGING")
    emma.client.command("answer")
    phone.wait_event("CALL_ESTABLISHED")
    talk(phone, emma)
    phone.do("hangup")
    emma.wait_no_call()
    row = last_call(phone.server, wsi, "200")
    assert row == {"DIRECTION": "in", "ANSWERED": "1", "NUMBER": "204"}


@pytest.mark.parametrize("transport, codec", [
    ("udp", "PCMU"), ("tcp", "PCMA"), ("udp", "opus")])
def test_a_foreign_phone_is_called_and_hung_up(two, transport, codec):
    phone, emma = two(transport=transport, codec=CODECS[codec])
    emma.dial("204")
    got = phone.wait_event("CALL_INCOMING")
    assert got["peerdisplayname"] == "Emma Nutt"
    assert got["peeruri"].startswith("sip:200@")
    emma.wait_call("ringing-out")
    phone.do("accept")
    emma.wait_call("talking")
    talk(phone, emma)
    emma.client.command("hangup")
    phone.wait_event("CALL_CLOSED")
    phone.wait_no_call()
    emma.wait_no_call()


def in_call(phone, emma):
    phone.do("dial", "200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    talk(phone, emma)


def test_offhook_holds_and_resumes(two):
    phone, emma = two()
    in_call(phone, emma)
    emma.client.command("hold")
    emma.wait_call("held")
    wait_hears_not(phone, emma)
    emma.client.command("resume")
    emma.wait_call("talking")
    talk(phone, emma)


def test_tones_arrive(two):
    """Digits go through the server as telephone events."""
    phone, emma = two()
    in_call(phone, emma)
    emma.client.command("tones", "15#")
    for digit in "15#":
        phone.wait_event("CALL_DTMF_START", param=re.escape(digit))
    talk(phone, emma)


def test_the_foreign_phone_sends_its_call_on(two):
    """REFER in a call: the switch does it, for a phone that only asks."""
    phone, emma = two()
    in_call(phone, emma)
    phone.do("transfer", "201")
    # Agner repeats what he hears.
    emma.wait_hears(emma)
    phone.wait_no_call()
    assert emma.client.data("status")["calls"] == 1
    assert emma.call()["name"] == "Agner Erlang"
    emma.client.command("hangup")
    emma.wait_no_call()


def test_a_transfer_to_nobody_leaves_the_call(two):
    phone, emma = two()
    in_call(phone, emma)
    phone.do("transfer", "999")
    phone.wait_event("TRANSFER_FAILED")
    talk(phone, emma)
    phone.do("hangup")
    emma.wait_no_call()


def test_the_foreign_phone_holds_and_resumes(two):
    phone, emma = two()
    in_call(phone, emma)
    phone.do("hold")
    wait_hears_not(emma, phone)
    assert emma.client.data("status")["calls"] == 1
    phone.do("resume")
    talk(phone, emma)
    emma.client.command("hangup")
    phone.wait_no_call()


def test_both_hold_and_resume(two):
    phone, emma = two()
    in_call(phone, emma)
    emma.client.command("hold")
    emma.wait_call("held")
    phone.do("hold")
    wait_hears_not(phone, emma)
    wait_hears_not(emma, phone)
    emma.client.command("resume")
    phone.do("resume")
    talk(phone, emma)


def test_a_rejected_call_is_busy(two, wsi):
    phone, emma = two()
    # With an answering box that would take it.
    phone.server.admin("--voicemail", "204", "off")
    emma.dial("204")
    phone.wait_event("CALL_INCOMING")
    phone.do("hangup")
    call = emma.wait_call("failed")
    assert call["number"] == "204"
    row = last_call(phone.server, wsi, "200")
    assert row == {"DIRECTION": "out", "ANSWERED": "0", "NUMBER": "204"}


def test_a_phone_with_one_line_is_busy(server, client):
    s = server()
    s.admin("--voicemail", "204", "off")
    phone = Baresip(s, "204", calls=1).wait_registered()
    phone.do("dial", "201")
    phone.wait_event("CALL_ESTABLISHED")
    emma = Person(client, s, "200")
    emma.dial("204")
    emma.wait_call("failed")
    phone.wait_hears(phone)  # its own voice, by the colleague who echoes


def test_who_is_busy_is_told_so(two):
    phone, _ = two()
    phone.server.admin("--voicemail", "208", "off")
    phone.do("dial", "208")
    phone.wait_event("CALL_CLOSED", param="486 ")


@pytest.mark.parametrize("number, code", [
    ("299", "404 "), ("214x", "404 |484 ")])
def test_who_does_not_exist_is_not_found(two, number, code):
    phone, _ = two()
    phone.do("dial", number)
    phone.wait_event("CALL_CLOSED", param=code)


def test_a_call_is_given_up_by_each_side(two):
    phone, emma = two()
    phone.do("dial", "200")
    emma.wait_call("ringing-in")
    phone.do("hangup")
    emma.wait_no_call()
    wait_until(lambda: emma.client.data("status")["missed"] == 1, 5,
               "a call is missed")
    emma.dial("204")
    phone.wait_event("CALL_INCOMING")
    emma.client.command("hangup")
    phone.wait_event("CALL_CLOSED")
    phone.wait_no_call()
    emma.wait_no_call()


def test_offhook_refuses_a_call(two):
    phone, emma = two()
    phone.do("dial", "200")
    emma.wait_call("ringing-in")
    emma.client.command("reject")
    phone.wait_event("CALL_CLOSED", param="[46]\\d\\d ")
    emma.wait_no_call()


@pytest.mark.parametrize("encryption", [None, "srtp-mand", "dtls_srtp"])
def test_a_foreign_phone_follows_to_another_codec(two, encryption):
    """A call of it goes on by what the other side chooses, and is mixed
    where it has no such thing."""
    phone, emma = two(codec=f"{CODECS['PCMA']},{CODECS['PCMU']}",
                      encryption=encryption)
    phone.do("dial", "200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    talk(phone, emma)
    for mine, its in (("PCMU", "PCMU"), ("G722", "PCMU"), ("PCMA", "PCMA")):
        emma.client.command("codec", mine)
        assert emma.client.data("calls")[0]["codec"] == mine
        wait_until(lambda: phone.codecs() == [its] * 2, 5,
                   lambda: f"baresip has {its}: {phone.codecs()}")
        wait_hears_on(emma, phone)
        wait_hears_on(phone, emma)
    phone.do("hold")
    wait_hears_not(emma, phone)
    emma.client.command("codec", "PCMU")
    wait_until(lambda: phone.codecs() == ["PCMU"] * 2, 5,
               lambda: f"baresip has PCMU: {phone.codecs()}")
    phone.do("resume")
    wait_hears_on(emma, phone)
    # It keeps no file of what it hears any more, but counts it.
    before = phone.received()
    wait_until(lambda: phone.received() > before + 50, 5,
               "baresip hears on")
    emma.client.command("hangup")
    phone.wait_event("CALL_CLOSED")


def test_two_foreign_phones_talk(server):
    """What offhookd joins without being asked to change codecs."""
    s = server()
    one = Baresip(s, "204", tone=600).wait_registered()
    other = Baresip(s, "200", tone=900, answer="auto").wait_registered()
    one.do("dial", "200")
    one.wait_event("CALL_ESTABLISHED")
    one.wait_hears(other)
    other.wait_hears(one)
    one.do("hold")
    wait_hears_not(other, one)
    one.do("resume")
    other.wait_hears(one)
    other.do("hangup")
    one.wait_event("CALL_CLOSED")


def test_phones_without_a_codec_in_common_hear_why(server):
    s = server()
    one = Baresip(s, "204", codec=CODECS["PCMA"]).wait_registered()
    other = Baresip(s, "200", codec=CODECS["PCMU"],
                    answer="auto").wait_registered()
    one.do("dial", "200")
    one.wait_event("CALL_CLOSED", param="488 |480 |486 ")
    other.wait_no_call()
