"""T5.6.2.18: what is said is encrypted as the option says, from the first call
on, and the call says how."""
import pytest

from people import Person


@pytest.mark.parametrize("option, keys", [
    ([], "dtls"),
    (["set encryption required"], "dtls"),
    (["set encryption off"], "none"),
])
def test_as_the_option_says(server, client, option, keys):
    s = server()
    emma = Person(client, s, "200", config=option)
    agner = Person(client, s, "201")
    emma.dial("201")
    agner.wait_call("ringing-in")
    agner.client.command("answer")
    emma.wait_call("talking")
    emma.wait_hears(agner)
    agner.wait_hears(emma)
    call, = emma.client.data("calls")
    assert (call["encrypted"], call["keys"]) == (keys != "none", keys)
    # Each of them speaks with the server: hers is no matter of his.
    call, = agner.client.data("calls")
    assert call["keys"] == "dtls"
    said = emma.client.command("status", "#{call_encrypted}").strip()
    assert said == ("encrypted (DTLS)" if keys == "dtls" else "")
