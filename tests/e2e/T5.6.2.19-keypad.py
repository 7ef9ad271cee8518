"""Tones into a call of the built-in phone by the keypad on Ctrl+D: a foreign
phone (baresip) says which it got. The keypad is moved, folded, and opens where
it was."""
import re

import pytest

from desk import Baresip, Desk
from harness import wait_until
from people import Person

ROWS, COLUMNS = 24, 80


@pytest.fixture
def emma(server, client):
    return Person(client, server(), "200", config=["set mouse on"])


@pytest.fixture
def phone(emma):
    return Baresip(emma.server, "204", tone=900).wait_registered()


def speak(emma, phone):
    emma.dial("204")
    phone.wait_event("CALL_INCOMING")
    phone.do("accept")
    emma.wait_call("talking")


def got(phone, digits):
    """These digits and no others, in this order."""
    for digit in digits:
        event = phone.wait_event("CALL_DTMF_START")
        assert event["param"] == digit, (digit, event)


def open_keypad(t):
    t.send_keys("C-d")
    t.wait_for("Keypad")
    return place(t)


def place(t):
    """(row, column) of the keypad's upper left corner on the screen."""
    row, column = t.screen().find("Keypad")
    return row, column - 2


def wait_place(t, row, column):
    wait_until(lambda: place(t) == (row, column), 5,
               lambda: f"the keypad at {row}, {column}; {place(t)}")


def test_digits_are_heard_and_shown(emma, phone):
    t = emma.client.attach(ROWS, COLUMNS)
    t.wait_for("Agner Erlang")
    speak(emma, phone)
    t.wait_for("talking")
    row, column = open_keypad(t)
    # In the middle of what is above call and hints.
    assert abs(column - (COLUMNS - column - 22)) <= 2
    assert 4 <= row <= 10
    t.wait_for(re.compile(r"│ +1   2   3   A +│"))
    for digit in "15#AD":
        t.send_keys(digit)
    got(phone, "15#AD")
    t.wait_for(re.compile(r"│ +15#AD +│"))
    # The call is still there in its bar, and so are its keys.
    t.wait_for(re.compile("☎ .*204.*talking"))
    t.wait_for("Enter fold")
    for row_of, at in (("7   8   9", 4), ("*   0   #", 0)):
        y, x = t.screen().find(row_of)
        t.click(y, x + at)
    got(phone, "8*")
    t.paste("12 34\n")
    got(phone, "1234")
    t.wait_for("15#AD8*1234")
    t.send_keys("Escape")
    t.wait_gone("Keypad")
    # Closed, a digit begins a number to dial, and no letter is a tone.
    t.send_keys("/")
    t.type("erlang 7A")
    t.wait_for("/ erlang 7A")
    t.send_keys("C-d")
    t.wait_for("15#AD8*1234")
    t.send_keys("9")
    got(phone, "9")
    t.send_keys("q")
    t.wait_gone("Keypad")
    t.wait_for("/ erlang 7A")


def test_it_is_moved_and_folded_and_stays_so(emma, phone):
    t = emma.client.attach(ROWS, COLUMNS)
    t.wait_for("Agner Erlang")
    speak(emma, phone)
    t.wait_for("talking")
    row, column = open_keypad(t)
    t.send_keys("Up", "Up", "Left")
    wait_place(t, row - 2, column - 2)
    t.send_keys("Escape")
    t.wait_gone("Keypad")
    assert open_keypad(t) == (row - 2, column - 2)
    # By the mouse: taken at the title, dragged, let go.
    at = f"{column + 2};{row - 1}"
    to = "12;6"
    t.send_bytes(f"\x1b[<0;{at}M\x1b[<32;{to}M\x1b[<0;{to}m".encode())
    wait_place(t, 5, 8)
    # A click on the title folds it; one line, and still a keypad.
    t.click_on("Keypad")
    t.wait_gone("4   5   6")
    t.send_keys("4", "2")
    got(phone, "42")
    t.wait_for(re.compile("▸ Keypad 42"))
    # Never over the edge, nor over the call and the hints.
    for _ in range(30):
        t.send_keys("Down")
    calls = t.screen().find("☎")[0]
    wait_until(lambda: t.screen().find("Keypad")[0] == calls - 2, 5,
               lambda: f"the keypad above the call\n{t.screen()}")
    t.send_keys("Enter")
    t.wait_for("4   5   6")
    t.send_keys("Home")
    wait_place(t, row, column)
    t.send_keys("Up", "Right", "Enter")
    t.wait_gone("4   5   6")
    # After a restart as it was left.
    emma.client.command("hangup")
    t.wait_gone("Keypad")
    emma.wait_no_call()
    phone.wait_no_call()
    emma.client.quit()
    emma.client.login(emma.server)
    emma.client.wait_status(voip=True)
    t = emma.client.attach(ROWS, COLUMNS)
    t.wait_for("Agner Erlang")
    speak(emma, phone)
    t.wait_for("talking")
    t.send_keys("C-d")
    t.wait_for("▸ Keypad")
    assert t.screen().find("▸ Keypad") == (row - 1, column + 2)
    t.send_keys("Enter")
    t.wait_for("4   5   6")
    wait_place(t, row - 1, column + 2)
    # A smaller terminal has it, too.
    t.resize(10, 40)
    t.wait_for("4   5   6")
    t.send_keys("0")
    got(phone, "0")


def test_it_goes_with_the_call(emma, phone):
    t = emma.client.attach(ROWS, COLUMNS)
    t.wait_for("Agner Erlang")
    speak(emma, phone)
    t.wait_for("talking")
    open_keypad(t)
    # Function keys and those of the call work beside it.
    t.send_keys("F3")
    t.wait_for(re.compile("now .*204"))
    t.send_keys("M")
    t.wait_for("muted")
    phone.do("hangup")
    t.wait_gone("Keypad")
    emma.wait_no_call()
    t.send_keys("C-d")
    t.wait_for("There is no call.")
    assert "Keypad" not in t.screen().text


def test_none_for_the_phone_on_the_desk(server, client, box):
    s = server()
    emma = Desk(client, s, "200")
    t = emma.client.attach(ROWS, COLUMNS)
    t.wait_for("Agner Erlang")
    emma.dial("201")
    emma.wait_call("talking")
    t.wait_for("talking")
    assert "keypad" not in t.screen().text
    t.send_keys("C-d")
    t.wait_for("in a call of the built-in phone only")


def test_ascii_and_mono(emma, phone):
    t = emma.client.attach(ROWS, COLUMNS, env={"LC_ALL": "C", "LANG": "C",
                                               "NO_COLOR": "1"})
    t.wait_for("Agner Erlang")
    speak(emma, phone)
    t.wait_for("talking")
    open_keypad(t)
    t.wait_for(re.compile(r"\| +7   8   9   C +\|"))
    t.send_keys("7", "Enter")
    got(phone, "7")
    t.wait_for("+ Keypad 7")
