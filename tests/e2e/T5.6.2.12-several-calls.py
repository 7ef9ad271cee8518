"""A receptionist's five calls at once, on a small terminal: all are seen with
their numbers, and each key stands on the row of the call that it acts on."""
import re

import pytest

from people import wait_calls


def row(t, text):
    return t.screen().line_with(re.compile(f"^ [^ │▌] {text}")) or ""


@pytest.fixture
def busy(emma, agner, hedy):
    """Alexander waits, then Thomas, and Antonio is talked with; then Agner
    rings, and Hedy after him."""
    t = emma.client.attach(24, 80)
    emma.dial("206")
    emma.wait_call("talking")
    emma.client.command("dial", "207")
    wait_calls(emma, n206="held", n207="talking")
    emma.client.command("dial", "212")
    wait_calls(emma, n206="held", n207="held", n212="talking")
    t.wait_for(re.compile("Harry Nyquist 212 .* talking"))
    agner.dial("200")
    t.wait_for(re.compile("^ [^ │] Agner Erlang 201 ", re.M))
    hedy.dial("200")
    t.wait_for(re.compile("^ [^ │] Hedy Lamarr 202 ", re.M))
    return t


def test_each_key_stands_where_it_acts(emma, busy, agner, hedy):
    t = busy
    for who in ("Agner Erlang 201", "Hedy Lamarr 202", "Harry Nyquist 212",
                "Alexander Bell 206", "Thomas Watson 207"):
        assert row(t, who), t.screen()
    ringing = row(t, "Agner Erlang")
    assert re.search("F9 answer +F12 reject +F10 voicemail", ringing)
    assert "F" not in row(t, "Hedy Lamarr 202")[20:]
    assert re.search("e end +h hold", row(t, "Harry Nyquist"))
    # What goes between two goes to the one that was put on hold last.
    assert re.search("x connect +a alternate +b return",
                     row(t, "Thomas Watson"))
    assert "connect" not in row(t, "Alexander Bell")
    # Rejected is the one on whose row that stands.
    t.send_keys("F12")
    agner.wait_no_call()
    hedy.wait_call("ringing-out")
    t.wait_for(re.compile("Hedy Lamarr 202 .*F12 reject"))


def test_the_consultation_is_joined_with_its_own_call(emma, busy):
    t = busy
    t.send_keys("x")
    t.wait_for("Thomas Watson 207 will talk to Harry")
    t.send_keys("Escape")
    t.wait_gone("will talk to")
    # To the other and back, whoever waits besides.
    for now, other in (("207", "212"), ("212", "207")):
        t.send_keys("a")
        want = {f"n{now}": "talking", f"n{other}": "held", "n206": "held",
                "n201": "ringing_in", "n202": "ringing_in"}
        wait_calls(emma, **want)
    t.send_keys("a")
    wait_calls(emma, n207="talking", n212="held", n206="held",
               n201="ringing_in", n202="ringing_in")
    t.wait_for(re.compile("Harry Nyquist 212 .*x connect"))
    t.send_keys("x")
    t.wait_for("Harry Nyquist 212 will talk to")
    t.send_keys("y")
    wait_calls(emma, n206="held", n201="ringing_in", n202="ringing_in")


def test_no_key_stands_on_a_call_that_it_does_not_hit(emma, agner):
    t = emma.client.attach(24, 80)
    emma.dial("206")
    emma.wait_call("talking")
    t.wait_for(re.compile("Alexander Bell 206 .*t transfer"))
    # While it rings there, the one that waits would be given away.
    emma.client.command("dial", "201")
    agner.wait_call("ringing-in")
    t.wait_for(re.compile("Agner Erlang 201 .*e end"))
    assert "transfer" not in row(t, "Agner Erlang 201")
    agner.client.command("answer")
    t.wait_for(re.compile("Agner Erlang 201 .*t transfer"))
    # In Conversations the one that waits is selected, and can be resumed;
    # given away is the one that is on.
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang|▌.*Alexander Bell"))
    t.send_keys("Down")
    t.wait_for(re.compile("Alexander Bell 206 .*r resume"))
    assert "transfer" not in row(t, "Alexander Bell 206")
