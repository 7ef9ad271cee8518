"""A mail server that is one: aiosmtpd, in a thread of the test."""
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """Takes mail for anybody; .mails are (sender, recipients, bytes)."""

    def __init__(self, box, cert=None, user=None, password=None, port=0,
                 refuse=None):
        self.mails, self.refuse, self.tries = [], refuse, 0
        kw = {}
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, cert))
            kw = {"tls_context": context, "require_starttls": True}
        if user:
            def check(server, session, envelope, mechanism, data):
                good = (data.login == user.encode() and
                        data.password == password.encode())
                return AuthResult(success=good)
            kw.update(authenticator=check, auth_required=True,
                      auth_require_tls=bool(cert))
        self.controller = Controller(self, hostname="127.0.0.1", port=port,
                                     **kw)
        if not port:
            import socket
            with socket.create_server(("127.0.0.1", 0)) as s:
                self.controller.port = s.getsockname()[1]
        self.controller.start()
        self.port = self.controller.port
        self.running = True
        box.add(self)

    async def handle_DATA(self, server, session, envelope):
        self.tries += 1
        if self.refuse:
            return self.refuse
        self.mails.append((envelope.mail_from, envelope.rcpt_tos,
                           envelope.content))
        return "250 taken"

    def stop(self):
        if self.running:
            self.controller.stop()
        self.running = False

    # --- of a box
    def close(self):
        self.stop()

    def report(self):
        return [("mail server", f"{len(self.mails)} mails, {self.tries} "
                 "tries")]
