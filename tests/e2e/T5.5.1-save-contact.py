"""Save the other side of a conversation as a personal contact: the form has
what is known, can be completed, and the conversation has the name at once."""
import re

from harness import wait_until


def test_an_unknown_caller_is_saved(emma):
    emma.dial("+44 20 7946 0777")
    # The other side has it, so the server will file it.
    wait_until(lambda: emma.call().get("state") in ("ringing-out", "talking"),
               15)
    emma.client.command("hangup")
    emma.wait_no_call()
    t = emma.client.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*7946 ?0777"))
    t.send_keys("A")
    t.wait_for("A new contact, for you alone")
    t.wait_for(re.compile("business +.*7946 ?0777"))
    t.type("Grace")
    t.send_keys("Tab")
    t.type("Hopper")
    t.send_keys("Enter")
    t.wait_gone("A new contact, for you alone")
    t.wait_for(re.compile("▌ +(. )?Grace Hopper"))
    row = emma.server.query("SELECT * FROM contact WHERE owner = '200' AND"
                            " last = 'Hopper'")[0]
    assert row["first"] == "Grace"
    assert row["n1"].replace(" ", "") == "+442079460777"


def test_a_colleague_is_saved_with_all_fields(emma):
    emma.dial("201")
    emma.wait_call("talking")
    emma.client.command("hangup")
    emma.wait_no_call()
    t = emma.client.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang"))
    t.send_keys("A")
    t.wait_for("A new contact, for you alone")
    t.wait_for(re.compile("last name +Erlang"))
    t.wait_for(re.compile("internal +201"))
    t.send_keys("Enter")
    t.wait_gone("A new contact, for you alone")
    row = emma.server.query("SELECT * FROM contact WHERE owner = '200' AND"
                            " last = 'Erlang'")[0]
    assert row["n0"] == "201"
