"""baresip watches a colleague's presence at our switch (RFC 3856, RFC 6665)."""
from harness import wait_until
from peer import Baresip

NUTT = "200", "Exchange-1878"
VACATION = 6


class Watcher(Baresip):
    """A baresip with Emma in its contacts, whose presence it subscribes to.
    What it is told, and that it takes it, stands in its trace."""

    def configure(self):
        super().configure()
        with open(self.home / "config", "a") as f:
            f.write("module_app contact.so\nmodule_app presence.so\n")
        (self.home / "contacts").write_text(
            f'"Emma" <sip:200@{self.server.host}:{self.server.sip_port}>'
            ";presence=p2p\n")

    def was_told(self, text):
        trace = self.log.read_text(errors="replace")
        notify, _, rest = trace.rpartition(text)
        return "NOTIFY sip:204" in notify and "SIP/2.0 200 OK" in rest


def test_presence_of_a_colleague_is_told(server, wsi):
    s = server()
    w = wsi(s)
    w.login(*NUTT)
    w.ask("SetPresence", user=NUTT[0], presence=1)
    phone = Watcher(s, "204").wait_registered()
    wait_until(lambda: phone.was_told("<basic>open</basic>"), 15,
               "Emma is there")
    w.ask("SetPresence", user=NUTT[0], presence=VACATION)
    wait_until(lambda: phone.was_told("<rpid:vacation/>"), 15, "she has gone")
    assert phone.was_told("<basic>closed</basic>")
