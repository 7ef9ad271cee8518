"""Call a favourite: the first number by Enter, another one out of
the person's numbers; the conversation has its entry by itself. By the built-in
phone and by the one on the desk."""
import re

import pytest

from people import journal


def hang_up(emma, t):
    emma.client.command("hangup")
    emma.wait_no_call()
    t.wait_gone("talking")


@pytest.mark.parametrize("columns", [80, 110])
def test_its_first_number_by_enter(emma, columns):
    t = emma.client.attach(24, columns)
    t.wait_for(re.compile("▌ +○ Agner Erlang"))
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ Agner Erlang 201 .*talking"))
    hang_up(emma, t)
    assert journal(emma.server, "201", "200")[0]["name"] == "Emma Nutt"
    # Nobody had to write it down.
    t.send_keys("F3")
    t.wait_for(re.compile(r"Agner Erlang .*out +answered"))


def test_another_of_its_numbers(emma):
    t = emma.client.attach(24, 110)
    t.wait_for(re.compile("▌ +○ Agner Erlang"))
    t.send_keys("Right")
    t.wait_for(re.compile(r"mobile +\+49 171 555 0201"))
    t.send_keys("Down")
    t.wait_for(re.compile(r"▌ +mobile"))
    t.wait_for("Enter calls +49 171 555 0201")
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ Agner Erlang .*171 555 0201"))
    emma.client.command("hangup")
    emma.wait_no_call(20)
    row = journal(emma.server, "200", "+491715550201")[0]
    assert row["name"] == "Agner Erlang"
    # One conversation, whichever number it was.
    t.send_keys("F3")
    t.wait_for(re.compile(r"▌.*Agner Erlang .*out "))
    assert t.screen()[4].split("│")[0].strip() == "", t.screen()
