"""Calls between two networks behind address translation: by ICE with coturn
as STUN and TURN server and Kamailio as registrar, and with baresip's ICE."""
import contextlib
import hashlib
import os
import pathlib
import ssl
import subprocess

import pytest

from harness import Failure, nets, wait_until
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
