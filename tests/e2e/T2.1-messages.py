"""Two clients of one account stay in step: what one of them sends, gets and
reads is so at the other, too."""
import re

from messages import stay, wait_entries


def test_sent_come_and_read(server, client):
    s = server()
    one, two = (stay(client(), s, "200") for _ in range(2))
    agner = stay(client(), s, "201")
    t = two.attach(30, 140)
    t.wait_for(re.compile("▌.*Agner Erlang"))
    one.command("message", "201", "from the first")
    t.wait_for(re.compile('message sent +"from the first"'))
    for c in (one, two):
        wait_entries(c, ("from the first", "delivered"))
    agner.command("message", "200", "answer")
    t.wait_for("1 message")
    for c in (one, two):
        c.wait_status(messages=1)
        wait_entries(c, ("from the first", "delivered"), ("answer", "in"))
    one.command("read", "201")
    two.wait_status(messages=0)
    t.wait_gone("1 message")
