"""Calls with baresip by G.722, and with its encryption: keys in the
signalling (SDES) or beside the sound (DTLS). The server speaks to each phone
as that one likes it."""
import pytest

from people import Person
from peer import Baresip


def talk(phone, emma):
    emma.wait_hears(phone)
    phone.wait_hears(emma)


@pytest.fixture
def two(server, client):
    """two(…): baresip as 204, and Emma with offhook."""
    def make(**kw):
        s = server()
        phone = Baresip(s, "204", **kw)
        return phone.wait_registered(), Person(client, s, "200")
    return make


def calls(phone, emma):
    phone.do("dial", "200")
    emma.wait_call("ringing-in")
    emma.client.command("answer")
    talk(phone, emma)


def is_called(phone, emma):
    emma.dial("204")
    phone.wait_event("CALL_INCOMING")
    phone.do("accept")
    emma.wait_call("talking")
    talk(phone, emma)
    emma.client.command("hangup")
    phone.wait_event("CALL_CLOSED")
    emma.wait_no_call()


# For baresip too the clock in SDP is 8000 and the sound's rate 16000.
G722 = "G722/16000/1"


def test_g722_from_a_foreign_phone(two):
    phone, emma = two(codec=G722)
    calls(phone, emma)
    phone.do("hangup")
    emma.wait_no_call()


def test_g722_to_a_foreign_phone(two):
    is_called(*two(codec=G722))


# Offers of sound in the clear, with the means to encrypt beside it, it
# refuses: so it is asked anew, by the profile's name.
@pytest.mark.parametrize("encryption, said", [
    ("srtp", []),
    ("dtls_srtp", ["DTLS-SRTP complete (audio/RTP)"]),
])
def test_called_encrypted(two, encryption, said):
    phone, emma = two(encryption=encryption)
    is_called(phone, emma)
    log = phone.log.read_text(errors="replace")
    for words in said:
        assert words in log, f"{words!r} is not in baresip's log:\n{log}"


@pytest.mark.parametrize("encryption, offer, said", [
    ("srtp-mand", "RTP/SAVP ", ["a=crypto:"]),
    ("dtls_srtp", "UDP/TLS/RTP/SAVPF ",
     ["DTLS-SRTP complete (audio/RTP)", "DTLS-SRTP complete (audio/RTCP)"]),
])
def test_encrypted(two, encryption, offer, said):
    phone, emma = two(encryption=encryption)
    calls(phone, emma)
    # A second offer of ours changes nothing of the keys.
    emma.client.command("hold")
    emma.wait_call("held")
    emma.client.command("resume")
    emma.wait_call("talking")
    talk(phone, emma)
    # What she speaks with is the server, which can do it the better way.
    call = emma.client.data("calls")[0]
    assert (call["encrypted"], call["keys"]) == (True, "dtls")
    phone.do("hangup")
    emma.wait_no_call()
    log = phone.log.read_text(errors="replace")
    for words in [offer, *said]:
        assert words in log, f"{words!r} is not in baresip's log:\n{log}"
