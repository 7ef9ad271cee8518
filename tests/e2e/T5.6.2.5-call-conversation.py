"""Call out of a conversation: from the list, from its details, by another of
the person's numbers. By the built-in phone and by the one on the desk."""
import re

import pytest

from people import journal


def hang_up(emma, t):
    emma.client.command("hangup")
    emma.wait_no_call()
    t.wait_gone("talking")


def begin(emma, columns=80):
    """A conversation with Agner, selected."""
    emma.dial("201")
    emma.wait_call("talking")
    emma.client.command("hangup")
    emma.wait_no_call()
    t = emma.client.attach(24, columns)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile("▌.*Agner Erlang .*out +answered"))
    return t


def test_from_the_list(emma):
    t = begin(emma)
    t.wait_for("Enter call")
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ Agner Erlang 201 .*talking"))
    # The call is on top, in its own row of the list.
    t.wait_for(re.compile("Agner Erlang +now +talking"))
    hang_up(emma, t)
    assert len(journal(emma.server, "200", "201", count=2)) == 2
    assert len(journal(emma.server, "201", "200", count=2)) == 2


@pytest.mark.parametrize("columns", [80, 110])
def test_from_its_details(emma, columns):
    t = begin(emma, columns)
    t.send_keys("i")
    t.wait_for(re.compile(r"▌ +\d\d:\d\d +out +answered"))
    # The entry says which number it was.
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ Agner Erlang 201 .*talking"))
    hang_up(emma, t)
    assert len(journal(emma.server, "201", "200", count=2)) == 2


def test_another_of_its_numbers(emma):
    t = begin(emma, 110)
    t.send_keys("i")
    t.wait_for(re.compile(r"▌ +\d\d:\d\d +out +answered"))
    t.send_keys("Up")
    t.wait_for(re.compile(r"▌ +mobile +\+49 171 555 0201"))
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ Agner Erlang .*171 555 0201"))
    emma.client.command("hangup")
    emma.wait_no_call(20)
    assert journal(emma.server, "200", "+491715550201")[0]["name"] == \
        "Agner Erlang"


def test_of_somebody_in_no_directory(emma):
    """A number alone is called back, too."""
    emma.dial("+49 30 5550199")
    emma.client.wait_status(calls=1)
    emma.client.run("hangup")
    emma.client.wait_status(15, calls=0)
    t = emma.client.attach(24, 80)
    t.wait_for("Agner Erlang")
    t.send_keys("F3")
    t.wait_for(re.compile(r"▌.*\+?49305550199|▌.*30 ?5550199"))
    t.send_keys("Enter")
    emma.lift()
    t.wait_for(re.compile("☎ .*5550199"))
    emma.client.run("hangup")
    assert journal(emma.server, "200", "5550199", count=2)
