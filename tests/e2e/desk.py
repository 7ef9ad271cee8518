"""A user with a phone on the desk (baresip) that offhook operates: to be used
as a Person of people.py is."""
import pathlib
import sys

from harness import wait_until
from people import Person, TONES

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from peer import Baresip  # noqa: E402


class Desk(Person):
    """Without the built-in phone: the server controls the one on the desk."""

    def __init__(self, client, server, user, tone=None):
        self.user, self.server = user, server
        self.tone = tone or TONES[user]
        self.phone = Baresip(server, user, tone=self.tone).wait_registered()
        self.client = c = client()
        c.login(server, user)
        wait_until(lambda: "presence" in c.data("status"), 10,
                   "the directory is read")

    def dial(self, number, *more):
        """The first call is made by lifting the receiver."""
        lifted = self.client.data("status")["calls"]
        super().dial(number, *more)
        if not lifted:
            self.lift()

    def lift(self):
        self.phone.wait_event("CALL_INCOMING")
        self.phone.do("accept")

    def answer(self):
        self.phone.do("accept")

    def last(self, seconds):
        return self.phone.last(seconds)
