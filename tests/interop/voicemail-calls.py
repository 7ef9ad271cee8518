"""baresip leaves a message, by each codec; and what a program sees of such a call
(CSTA, ECMA-269)."""
import pytest

from harness import sound, wait_until
from peer import Baresip

EMMA = "200", "Exchange-1878"
TONE = 1400


def box_files(server):
    folder = server.state / "voicemail"
    return sorted(folder.iterdir()) if folder.exists() else []


def leave_message(server, phone):
    """Speak for two seconds after the tone; the sound of the message."""
    def tone():
        got = phone.last(3)
        return got and sound.has_tone(got[1], got[0], TONE, 0.25)
    wait_until(tone, 30, "the tone after the greeting", every=0.1)
    wait_until(lambda: any(p.suffix == ".part" and p.stat().st_size > 32000
                           for p in box_files(server)), 20,
               "two seconds are recorded", every=0.05)
    phone.do("hangup")
    row = server.wait_row("SELECT * FROM voicemail WHERE owner = ?", EMMA[0])
    return sound.read(server.state / "voicemail" / f"{row['id']}.wav")


@pytest.mark.parametrize("codec, encryption", [
    ("PCMU/8000/1", None), ("PCMA/8000/1", "srtp"), ("G722/16000/1", None),
    ("opus/48000/2", "dtls_srtp")])
def test_a_message_by_each_codec(server, codec, encryption):
    s = server()
    s.admin("--set", "voicemail_s", "1")
    phone = Baresip(s, "204", tone=600, codec=codec,
                    encryption=encryption).wait_registered()
    phone.do("dial", EMMA[0])
    rate, samples = leave_message(s, phone)
    middle = samples[len(samples) // 4:-len(samples) // 4]
    assert sound.goertzel(middle, rate, 600) > 0.8
    assert -18 < sound.level(middle) < -6
    phone.wait_no_call()


def test_as_programs_see_it(server, wsi):
    """The caller's connection goes from the device to the voicemail's."""
    s = server()
    s.admin("--set", "voicemail_s", "1")
    Baresip(s, EMMA[0]).wait_registered()
    phone = Baresip(s, "203", tone=600).wait_registered()
    w, callee = wsi(s), wsi(s)
    for who, user in (w, "203"), (callee, EMMA[0]):
        who.login(user, "Exchange-1878")
        who.ask("MonitorStart", deviceObject=user)
        who.start_events(user)
    phone.do("dial", EMMA[0])
    w.wait_event("DeliveredEvent", alertingDevice=EMMA[0])
    w.wait_event("DivertedEvent", cause="callNotAnswered",
                 lastRedirectionDevice=EMMA[0])
    w.wait_event("DeliveredEvent", alertingDevice="71")
    w.wait_event("EstablishedEvent", answeringDevice="71")
    callee.wait_event("DivertedEvent", localConnectionInfo="null")
    phone.do("hangup")
    w.wait_event("ConnectionClearedEvent", device="203")
    assert not callee.ask("GetDeviceState", deviceID=EMMA[0]).findall(
        "connection")
