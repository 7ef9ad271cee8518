"""A program written for a real system logs in, as its transcript shows."""
import re
import xml.etree.ElementTree as ElementTree

import pytest

from harness import WsiError

KNOWN = {"VERSION", "BRANDING", "VARIANT", "APPLICATION", "PLATFORMTYPE"}
DEMO = "200", "Exchange-1878"


@pytest.mark.parametrize("mode", ["smart", "suite"])
def test_login_answers_as_a_real_system(server, wsi, mode):
    w = wsi(server(mode=mode, plain=True))
    text = w.raw("Login", gsUser=DEMO[0], gsPass=DEMO[1])
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<LOGIN>')
    root = ElementTree.fromstring(text)
    assert [e.tag for e in root] == ["ID", "CNT", "LASVERSION"]
    assert root.findtext("CNT") == "1"
    assert {e.tag for e in root.find("LASVERSION")} == KNOWN
    assert root.findtext("LASVERSION/APPLICATION") == (
        "UCSUITE" if mode == "suite" else "UCSMART")


def test_additions_are_told_by_one_more_element(server, wsi):
    w = wsi(server())
    w.login(*DEMO)
    more = {e.tag for e in w.login_answer.find("LASVERSION")} - KNOWN
    assert len(more) == 1


def test_session_ids_are_random_and_long(server, wsi):
    s = server()
    ids = set()
    for _ in range(3):
        w = wsi(s)
        w.login(*DEMO)
        ids.add(w.session)
        # 128 bits, in hex or base64
        assert re.fullmatch(r"[0-9a-f]{32}|[\w-]{22,}", w.session)
    assert len(ids) == 3


def test_wrong_password(server, wsi):
    w = wsi(server())
    root = None
    with pytest.raises(WsiError, match="BAD_PASSWORD") as refused:
        w.login(DEMO[0], "wrong")
    root = refused.value.xml
    assert root.tag == "LOGIN" and root.findtext("ID") == "0"
    # Nobody learns which users there are.
    with pytest.raises(WsiError, match="BAD_PASSWORD"):
        w.login("9999", "wrong")


def test_five_wrong_passwords_lock_the_account(server, wsi):
    w = wsi(server())
    for _ in range(5):
        with pytest.raises(WsiError):
            w.login(DEMO[0], "wrong")
    with pytest.raises(WsiError, match="LOCKED"):
        w.login(*DEMO)
    w.login("201", DEMO[1])


def test_logout_ends_the_session(server, wsi):
    w = wsi(server())
    w.login(*DEMO)
    session = w.session
    assert w.logout().tag == "LOGOUT"
    assert "NOT_LOGGED_IN" in w.raw("SetPresence", user=DEMO[0], presence=7,
                                    gsSession=session)


def test_without_a_session_nothing_is_done(server, wsi):
    w = wsi(server())
    for session in (None, "", "0", "3b06a3af", "x" * 5000, "ü"):
        assert "NOT_LOGGED_IN" in w.raw("SetPresence", user=DEMO[0],
                                        presence=7, gsSession=session)


def test_an_unknown_command_is_refused_with_a_reason(server, wsi):
    w = wsi(server())
    w.login(*DEMO)
    with pytest.raises(WsiError, match="UNKNOWN_COMMAND"):
        w.ask("NoSuchCommand")


def test_a_session_survives_neither_stop_nor_kill(server, wsi):
    s = server()
    for kill in (False, True):
        w = wsi(s)
        w.login(*DEMO)
        s.restart(kill=kill)
        with pytest.raises(WsiError, match="NOT_LOGGED_IN"):
            w.set_presence(7)
