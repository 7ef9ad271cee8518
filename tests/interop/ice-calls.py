"""Calls between two networks behind address translation: by ICE with coturn
as STUN and TURN server and Kamailio as registrar, and with baresip's ICE."""
import contextlib
import hashlib
import os
import pathlib
import ssl
import subprocess

import pytest

from harness import Failure, nets, sound, wait_until
from harness import box as boxes

HERE = pathlib.Path(__file__).parent
PROXY, TURN, TURNS = 5060, 3478, 5349
USER, PASSWORD = "emma", "between-Nets-1"


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """Key and certificate of both servers, and its fingerprint."""
    path = tmp_path_factory.mktemp("tls")
    key, cert = path / "key.pem", path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=turn.test", "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    der = ssl.PEM_cert_to_DER_cert(cert.read_text())
    return key, cert, hashlib.sha256(der).hexdigest()


@contextlib.contextmanager
def running(via, log, *argv, ready):
    """A server, until the block ends; ready: it can be reached."""
    with open(log, "w", encoding="utf-8") as out:
        proc = subprocess.Popen([*via, *map(str, argv)], stdout=out,
                                stderr=subprocess.STDOUT,
                                start_new_session=True)
    try:
        wait_until(lambda: proc.poll() is not None or ready(), 20,
                   lambda: f"{argv[0]} runs\n{log.read_text()[-3000:]}")
        assert proc.poll() is None, log.read_text()[-3000:]
        yield proc
    finally:
        proc.terminate()
        try:
            proc.wait(10)
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()


def listens(via, *ports):
    def look():
        got = subprocess.run([*via, "ss", "-Hltn"], capture_output=True,
                             text=True, timeout=10)
        return all(f":{p} " in got.stdout for p in ports)
    return look


@contextlib.contextmanager
def coturn(via, path, host, identity):
    key, cert, _ = identity
    with running(via, path / "turn.log", "turnserver", "-n", "--no-cli",
                 f"--listening-ip={host}", f"--relay-ip={host}",
                 f"--listening-port={TURN}", f"--tls-listening-port={TURNS}",
                 f"--cert={cert}", f"--pkey={key}", "--lt-cred-mech",
                 f"--user={USER}:{PASSWORD}", "--realm=turn.test",
                 "--allow-loopback-peers", f"--userdb={path}/turn.db",
                 f"--pidfile={path}/turn.pid", "--log-file=stdout",
                 "--no-dtls", "--simple-log", "-v",
                 ready=listens(via, TURN, TURNS)):
        yield


@contextlib.contextmanager
def kamailio(via, path, host, identity):
    key, cert, _ = identity
    with running(via, path / "proxy.log", "kamailio", "-DD", "-E", "-m",
                 "32", "-M", "4", "-f", f"{HERE}/kamailio.cfg", "-Y", path,
                 "-A", f"HOST={host}", "-A", f"PORT={PROXY}", "-A",
                 f"TLS_PORT={PROXY + 1}", "-A", 'ALGORITHM="MD5"', "-A",
                 f'KEY="{key}"', "-A", f'CERT="{cert}"',
                 ready=listens(via, PROXY)):
        yield


@pytest.fixture
def world(tmp_path, identity):
    """world(symmetric): the networks, with both servers outside."""
    with contextlib.ExitStack() as stack:
        def make(symmetric=True):
            n = nets.Nets(symmetric)
            stack.callback(n.close)
            stack.enter_context(
                coturn(n.out.via, tmp_path, nets.PUBLIC, identity))
            stack.enter_context(
                kamailio(n.out.via, tmp_path, nets.PUBLIC, identity))
            return n
        yield make


def phone(host, role, way, servers="", pin="", **more):
    """One end of a call: tests/unit/sip_nat.c."""
    env = {**os.environ, "OFFHOOK_NAT_ROLE": role, "OFFHOOK_NAT_WAY": way,
           "OFFHOOK_PROXY": f"{nets.PUBLIC}:{PROXY}",
           "OFFHOOK_ICE_SERVERS": servers, "OFFHOOK_ICE_USER": USER,
           "OFFHOOK_ICE_PASSWORD": PASSWORD, "OFFHOOK_ICE_PIN": pin, **more}
    return subprocess.Popen([*host.via, boxes.build / "unit/sip_nat"],
                            env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def finish(proc):
    try:
        said = proc.communicate(timeout=60)[0]
    except subprocess.TimeoutExpired:
        proc.kill()
        said = proc.communicate()[0]
        raise Failure(f"it does not end\n{said[-4000:]}") from None
    assert proc.returncode == 0, said[-4000:]
    assert "SKIPPED" not in said


def wait_ready(proc):
    said = []
    for line in proc.stdout:
        if line.startswith("ready"):
            return
        said.append(line)
    raise Failure("not registered:\n" + "".join(said))


def call(n, way, servers_a, servers_b, **more):
    callee = phone(n.b, "answer", way, servers_b, **more)
    try:
        wait_ready(callee)
        finish(phone(n.a, "call", way, servers_a, **more))
        finish(callee)
    finally:
        callee.kill()
        callee.wait()


TURN_URIS = {
    "udp": f"turn:{nets.PUBLIC}",
    "tcp": f"turn:{nets.PUBLIC}?transport=tcp",
    "tls": f"turns:{nets.PUBLIC}",
}


@pytest.mark.long
@pytest.mark.seconds(180)
@pytest.mark.parametrize("transport", TURN_URIS)
def test_only_a_relay_gets_through(world, identity, transport):
    uri = TURN_URIS[transport]
    call(world(), "relayed", uri, uri, pin=identity[2],
         OFFHOOK_NAT_SECURE="1")


@pytest.mark.long
@pytest.mark.seconds(180)
def test_one_relay_is_enough(world):
    call(world(), "relayed", TURN_URIS["udp"], f"stun:{nets.PUBLIC}")


@pytest.mark.long
@pytest.mark.seconds(180)
def test_translators_that_keep_the_port(world):
    uri = f"stun:{nets.PUBLIC}"
    call(world(symmetric=False), "reflexive", uri, uri)


# --- baresip, which has libre's ICE ------------------------------------------

class Baresip:
    """baresip as b on the public network: it answers at once, says 700 Hz and
    keeps what it hears."""

    def __init__(self, host, address, path, **account):
        self.home, self.log = path / "b", path / "baresip.log"
        self.home.mkdir()
        one = sound.tone(700, 1, 8000)
        sound.write(self.home / "said.wav", one * 60, 8000)
        modules = ["account", "g711", "aufile", "aubridge", "sndfile", "ice",
                   "srtp", "dtls_srtp", "menu"]
        (self.home / "config").write_text("\n".join([
            f"sip_listen {address}:5070", f"net_interface {address}",
            f"audio_source aufile,{self.home}/said.wav",
            "audio_player aubridge,nowhere", "audio_alert aubridge,nowhere",
            f"snd_path {self.home}", "module_path /usr/lib/baresip/modules",
            *(f"module{'_tmp' if m == 'account' else ''} {m}.so"
              for m in modules)]) + "\n")
        more = "".join(f";{k}={v}" for k, v in account.items())
        (self.home / "accounts").write_text(
            f"<sip:b@{nets.PUBLIC}:{PROXY}>;auth_user=b;auth_pass=secret;"
            f"answermode=auto;audio_codecs=PCMA/8000/1;regint=120{more}\n")
        (self.home / "contacts").write_text("")
        with open(self.log, "w", encoding="utf-8") as log:
            self.proc = subprocess.Popen(
                [*host.via, "stdbuf", "-oL", "baresip", "-f", self.home, "-s",
                 "-v"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=self.home,
                env={**os.environ, "HOME": str(self.home)})
        wait_until(lambda: "200 OK" in self.said(), 10,
                   lambda: f"baresip registers\n{self.said()[-3000:]}")

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def check_heard(self, tone):
        heard = {}
        for path in self.home.glob("dump-*-dec.wav"):
            rate, samples = sound.read(path)
            heard[path.name] = (len(samples) / rate, sound.tone_seconds(
                samples, rate, tone))
        assert any(s > 0.3 for _, s in heard.values()), \
            f"{heard}\n{self.said()[-3000:]}"

    def close(self):
        self.proc.terminate()
        try:
            self.proc.wait(5)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()


@pytest.mark.long
@pytest.mark.seconds(180)
@pytest.mark.parametrize("place, way, servers", [
    ("outside", "host", ""),
    ("behind", "reflexive", f"stun:{nets.PUBLIC}"),
])
@pytest.mark.parametrize("encryption", ["", "dtls_srtp"])
def test_with_baresip(world, tmp_path, place, way, servers, encryption):
    n = world(symmetric=False)
    account = {"medianat": "ice"}
    if encryption:
        account["mediaenc"] = encryption
    other = Baresip(n.public(30), "203.0.113.30", tmp_path, **account)
    try:
        host = n.public(40) if place == "outside" else n.a
        finish(phone(host, "call", way, servers, OFFHOOK_NAT_CODEC="PCMA",
                     **({"OFFHOOK_NAT_SECURE": "1"} if encryption else {})))
        other.check_heard(440)
        assert "a=candidate" in other.said()
    finally:
        other.close()


@pytest.mark.long
@pytest.mark.seconds(120)
def test_who_knows_no_ice_is_reached_by_the_relay(world, tmp_path):
    n = world()
    other = Baresip(n.public(30), "203.0.113.30", tmp_path)
    try:
        finish(phone(n.a, "call", "relayed", TURN_URIS["udp"],
                     OFFHOOK_NAT_CODEC="PCMA"))
        other.check_heard(440)
        assert "m=audio" in other.said()
    finally:
        other.close()


# --- the command that adds servers (SPEC T6.4.13) ---------------------------

FAILED = "Adding the server failed. Please check your environment"


def add(client, *argv, password=None):
    return client.run("ice-server", "add", *argv,
                      *(["@-"] if password else []),
                      input=password and password + "\n")


def check_refused(got, *words):
    assert got.returncode, got.stdout
    for w in words:
        assert w in got.stdout + got.stderr, got


@pytest.mark.long
@pytest.mark.seconds(120)
def test_servers_are_asked_before_they_are_added(server, client, tmp_path,
                                                 identity):
    c = client("set voip on\nset ice on\n")
    c.login(server())
    c.box.secret(PASSWORD)
    with coturn([], tmp_path, "127.0.0.1", identity):
        here = "127.0.0.1"
        for uri, secret in ((f"stun:{here}", None),
                            (f"turn:{here}:{TURN}", PASSWORD),
                            (f"TURN:{here}?transport=tcp", PASSWORD)):
            got = add(c, uri, *([USER] if secret else []), password=secret)
            assert not got.returncode, got
        check_refused(add(c, f"turn:{here}?transport=udp"),
                      "The server is already present")
        # Its certificate is nobody's that the system knows.
        check_refused(add(c, f"turns:{here}", USER, password=PASSWORD),
                      FAILED)
        c.command("set", "ice_certificate", identity[2])
        assert not add(c, f"turns:{here}", USER,
                       password=PASSWORD).returncode
        c.command("ice-server", "remove", f"turns:{here}")
        check_refused(add(c, f"turns:{here}", USER, password="wrong-1"),
                      FAILED, "password")
    check_refused(add(c, "stun:127.0.0.1:9"), FAILED)
    check_refused(add(c, "http://127.0.0.1"), "is no server")
    check_refused(add(c, "turns:127.0.0.1?transport=udp"), "DTLS")
    kept = c.data("ice-server")
    assert [(k["server"], k["user"]) for k in kept] == [
        ("stun:127.0.0.1", ""), ("turn:127.0.0.1", USER),
        ("turn:127.0.0.1?transport=tcp", USER)]
    # Where the password is there is it sealed.
    c.quit()
    for path in c.box.path.rglob("*"):
        if path.is_file() and not path.name.endswith(".log"):
            assert PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in c.log(100000)
