"""A foreign program that speaks the known commands of the UC server (WSI),
as public clients of real systems do: GET with a query, XML back, events as
JSON by polling. It knows nothing of offhookd's additions but ours()."""
import http.client
import json
import ssl
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

from .box import Failure

PATH = "/cgi-bin/gadgetapi"
OFFICE, MEETING, SICK, BREAK, OUT, VACATION, LUNCH, HOME, DND = range(1, 10)


class WsiError(Exception):
    """The server's answer holds an ERROR."""

    def __init__(self, reason, xml):
        super().__init__(reason)
        self.reason, self.xml = reason, xml


class Wsi:
    def __init__(self, server, timeout=30):
        """server: a Server, or (host, port)."""
        self.host, self.port = ("127.0.0.1", server.https_port) \
            if hasattr(server, "https_port") else server
        self.timeout = timeout
        self.session = None
        self.connection = None
        self.login_answer = None
        self.seen = []
        if hasattr(server, "box"):
            server.box.add(self)

    # --- raw
    def fetch(self, target, method="GET", body=None, headers=None):
        """(status, headers, bytes) of one request on the kept connection."""
        for attempt in (1, 2):
            if self.connection is None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                self.connection = http.client.HTTPSConnection(
                    self.host, self.port, timeout=self.timeout,
                    context=context)
            try:
                self.connection.request(method, target, body, headers or {})
                answer = self.connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.RemoteDisconnected, ConnectionError,
                    BrokenPipeError):
                # A kept connection may have been closed meanwhile.
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise

    def raw(self, cmd, **parameters):
        """The body of ?cmd=…, as text, with the session if there is one."""
        query = {"cmd": cmd, **{k: str(v) for k, v in parameters.items()
                                if v is not None}}
        if self.session and "gsSession" not in query:
            query["gsSession"] = self.session
        status, _, body = self.fetch(PATH + "?" + urllib.parse.urlencode(
            query, quote_via=urllib.parse.quote))
        if status != 200:
            raise Failure(f"{cmd}: HTTP status {status}")
        return body.decode()

    def ask(self, cmd, **parameters):
        """The answer's root element; WsiError if it holds an ERROR."""
        text = self.raw(cmd, **parameters)
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as err:
            raise Failure(f"{cmd}: not XML ({err}): {text[:400]}") from None
        error = root if root.tag == "ERROR" else root.find(".//ERROR")
        if error is not None:
            reason = error.findtext(".//REASON") or "".join(error.itertext())
            raise WsiError(reason.strip(), root)
        return root

    def ours(self, cmd, post=False, **parameters):
        """The body, bytes, of one of offhookd's additions."""
        form = urllib.parse.urlencode({**parameters,
                                       "gsSession": self.session})
        target = f"{PATH}?cmd={cmd}" + ("" if post else f"&{form}")
        status, _, body = self.fetch(
            target, "POST" if post else "GET", form if post else None,
            {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            raise Failure(f"{cmd}: HTTP status {status}")
        return body

    # --- session
    def login(self, user, password):
        """The LOGIN element. Afterwards every request carries the session."""
        self.session = None
        root = self.ask("Login", gsUser=user, gsPass=password)
        session = root.findtext("ID")
        if not session or session == "0":
            raise WsiError("no session", root)
        self.session, self.user, self.login_answer = session, str(user), root
        return root

    def logout(self):
        root = self.ask("Logout")
        self.session = None
        return root

    @property
    def application(self):
        """UCSUITE, UCSMART …, of the last login."""
        return self.login_answer.findtext("LASVERSION/APPLICATION")

    # --- events
    def start_events(self, device=None, **more):
        return self.ask("EventStart", deviceObject=device or self.user, **more)

    def poll(self, device=None):
        """One GetEvents: the list of events, empty if there was none."""
        query = urllib.parse.urlencode({
            "deviceObject": device or self.user, "gsSession": self.session})
        status, _, body = self.fetch(f"{PATH}/GetEvents?{query}")
        if status != 200:
            raise Failure(f"GetEvents: HTTP status {status}")
        if not body.strip():
            return []
        events = json.loads(body)["events"]
        self.seen += events
        return events

    def wait_event(self, type_, timeout=10, device=None, **members):
        """Poll as clients do until an event of that type has come whose
        members are as given; it and what came before it are forgotten."""
        end = time.monotonic() + timeout
        while True:
            for i, event in enumerate(self.seen):
                if event.get("type") == type_ and all(
                        str(event.get(k)) == str(v)
                        for k, v in members.items()):
                    del self.seen[:i + 1]
                    return event
            if time.monotonic() > end:
                raise Failure(
                    f"no {type_} {members or ''} within {timeout} s; came: "
                    + json.dumps(self.seen, indent=1))
            if not self.poll(device):
                time.sleep(0.1)

    # --- the known commands that tests use most
    def set_presence(self, presence, ptime=None, user=None):
        return self.ask("SetPresence", user=user or self.user,
                        presence=presence, ptime=ptime)

    def make_call(self, number, device=None):
        return self.ask("MakeCall", callingDevice=device or self.user,
                        calledDirectoryNumber=number)

    def mk_call(self, number, device=None):
        return self.ask("MkCall", callingDevice=device or self.user,
                        calledDirectoryNumber=number)

    # --- the end
    def report(self):
        return [(f"events at WSI {getattr(self, 'user', '')}",
                 json.dumps(self.seen, indent=1))] if self.seen else []

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None
