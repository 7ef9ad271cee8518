"""Kamailio is the registrar and proxy: digest by MD5 and by SHA-256, calls
through it over UDP, TCP and TLS."""
import hashlib
import os
import pathlib
import socket
import ssl
import subprocess

import pytest

from harness import wait_until
from harness import box as boxes

HERE = pathlib.Path(__file__).parent


def free_port():
    """One that nobody has, for UDP and TCP."""
    while True:
        with socket.socket() as t, \
                socket.socket(type=socket.SOCK_DGRAM) as u:
            t.bind(("127.0.0.1", 0))
            try:
                u.bind(t.getsockname())
            except OSError:
                continue
            return t.getsockname()[1]


def answers(port):
    """Whether it takes connections."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["MD5", "SHA-256"])
def kamailio(request, tmp_path):
    """Environment for sip_proxy: where it is, and what it shows."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=pbx.test", "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    port, tls_port = free_port(), free_port()
    log = tmp_path / "log.txt"
    with open(log, "w", encoding="utf-8") as out:
        proc = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-m", "32", "-M", "4",
             "-f", f"{HERE}/kamailio.cfg", "-Y", tmp_path,
             "-A", f"PORT={port}", "-A", f"TLS_PORT={tls_port}",
             "-A", f'ALGORITHM="{request.param}"',
             "-A", f'KEY="{key}"', "-A", f'CERT="{cert}"'],
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        wait_until(lambda: proc.poll() is not None or
                   answers(port) and answers(tls_port), 20,
                   lambda: f"Kamailio runs\n{log.read_text()[-3000:]}")
        assert proc.poll() is None, log.read_text()[-3000:]
        der = ssl.PEM_cert_to_DER_cert(cert.read_text())
        yield {"OFFHOOK_PROXY": f"127.0.0.1:{port}",
               "OFFHOOK_PROXY_TLS": f"127.0.0.1:{tls_port}",
               "OFFHOOK_PROXY_PIN": hashlib.sha256(der).hexdigest()}
    finally:
        proc.terminate()
        proc.wait(10)


@pytest.mark.long
def test_calls_through_a_proxy(kamailio):
    got = subprocess.run([boxes.build / "unit/sip_proxy"], timeout=100,
                         env={**os.environ, **kamailio}, check=False,
                         capture_output=True, text=True)
    said = got.stdout + got.stderr
    assert got.returncode == 0, said[-4000:]
    assert "SKIPPED" not in said, said[-4000:]
