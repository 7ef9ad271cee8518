"""Two clients of one account: `here`, and `there`, whose way to the server can
be cut."""
import json

from cut import Cut
from harness import wait_until
from messages import stay


class Two:
    def __init__(self, box, server, client, user="200"):
        self.server, self.user = server, user
        self.way = Cut(box, server)
        self.here = stay(client(), server, user)
        self.there = stay(client(), self.way, user)

    def both(self):
        return self.here, self.there

    def turns(self):
        """Each of them once as who changes, and once as who is told."""
        return (self.here, self.there), (self.there, self.here)

    def wait(self, what, wanted, timeout=15):
        """Until what(client) is that at both."""
        for c in self.both():
            wait_until(lambda c=c: what(c) == wanted, timeout,
                       lambda c=c: f"{c.home.name}: {wanted}, and it is "
                       f"{what(c)}", every=0.05)

    def wait_rows(self, what, wanted, timeout=10):
        """Until what(server) is that."""
        wait_until(lambda: what(self.server) == wanted, timeout,
                   lambda: f"{wanted}, and it is {what(self.server)}")

    def cut(self):
        """`there` has no way to the server, and has noticed."""
        self.way.leave()
        wait_until(lambda: self.there.data("status")["connection"] !=
                   "online", 20, "the cut is noticed")

    def mend(self):
        self.way.come_back()
        self.there.run("reconnect")
        self.there.wait_status(40, connection="online")


def data(client, *argv):
    """The data of a command, or its text where it has none, or None where it
    cannot tell now."""
    run = client.run("--json", *argv)
    if run.returncode:
        return None
    said = json.loads(run.stdout)
    return said.get("text", said) if isinstance(said, dict) else said
