"""A command out of a script that comes while the log-in still reads: it waits
for what it is about, and does not answer with what has come by chance."""
import threading

from fakes import Fake, certificate, http
from harness import wait_until

ENTRY = ("<ENTRY><ID>18</ID><TIME>2026/11/22 14:05Z</TIME><DURATION>0"
         "</DURATION><DIRECTION>in</DIRECTION><ANSWERED>0</ANSWERED>"
         "<NUMBER>+49 30 5550100</NUMBER><NAME>Berlin</NAME></ENTRY>")


class Slow:
    """A plain server that logs in at once, and has a journal in time."""

    def __init__(self):
        self.ready = threading.Event()

    def answer(self, request):
        if "cmd=Login" in request:
            return http("<LOGIN><ID>3b06a3af</ID><CNT>1</CNT><LASVERSION>"
                        "<VERSION>4.00</VERSION><APPLICATION>UCSMART"
                        "</APPLICATION></LASVERSION></LOGIN>")
        if "cmd=JournalRead" in request:
            self.ready.wait(30)
            return http(f"<JournalRead>{ENTRY}</JournalRead>")
        return http("<X><ERROR><REASON>NOT_OFFERED</REASON></ERROR></X>")


def test_what_is_read_is_waited_for(box, client):
    slow, c = Slow(), client()
    server = Fake(box, slow.answer, certificate(box.path))
    c.login(server)
    wait_until(lambda: server.asked("cmd=JournalRead"), 10, "it is asked")
    got = {}

    def ask(*argv):
        got[argv] = c.run("--json", *argv)
    refused = "contact-delete", "Somebody Unknown"
    asking = [threading.Thread(target=ask, args=argv) for argv in
              (("history",), ("export-conversation", "all", "-", "json"),
               refused)]
    for t in asking:
        t.start()
    # What needs none of it is answered meanwhile.
    assert c.data("status")["missed"] == 0
    c.command("set", "voip", "off")
    slow.ready.set()
    for t in asking:
        t.join(20)
    # What is refused then is refused in the same words as ever.
    early, late = got.pop(refused), c.run("--json", *refused)
    assert early.returncode and "Nobody is known" in late.stdout
    assert (early.stdout, early.stderr) == (late.stdout, late.stderr)
    for argv, run in got.items():
        assert run.returncode == 0, (argv, run)
        assert "5550100" in run.stdout, (argv, run)
    assert len(got) == 2


def test_it_says_so_if_that_ends(box, client):
    slow, c = Slow(), client()
    server = Fake(box, slow.answer, certificate(box.path))
    c.login(server)
    wait_until(lambda: server.asked("cmd=JournalRead"), 10, "it is asked")
    got = []
    asking = threading.Thread(target=lambda: got.append(c.run("history")))
    asking.start()
    c.command("logout")
    asking.join(20)
    [run] = got
    # Whichever was first: it does not hang, and it is no list that is empty.
    assert run.returncode and len(run.stderr.splitlines()) == 1, run
