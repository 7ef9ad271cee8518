"""Install from the source tree: DESTDIR and PREFIX kept, what was installed
works from there, and no TLS below 1.2 is spoken."""
import socket
import ssl

import pytest

from harness.tree import files, make


def test_install_keeps_destdir_and_prefix(box):
    dest = box.folder("d")
    make(box, "install", f"DESTDIR={dest}", "PREFIX=/opt/uc")
    found = files(dest)
    assert all(f.startswith("opt/uc/") for f in found)
    for name in ("bin/offhook", "bin/offhookd", "libexec/offhook/offhook-core",
                 "share/man/man1/offhook.1",
                 "share/locale/de/LC_MESSAGES/offhook.mo",
                 "share/offhook/prompts/en/greeting.wav",
                 "share/offhook/prompts/de/full.wav",
                 "share/offhook/prompts/fr/greeting.wav"):
        assert "opt/uc/" + name in found
    for name in ("bin/offhook", "bin/offhookd",
                 "libexec/offhook/offhook-core"):
        assert (dest / "opt/uc" / name).stat().st_mode & 0o777 == 0o755


def test_the_installed_programs_run_from_there(box, terminal):
    dest = box.folder("d")
    make(box, "install", f"PREFIX={dest}")
    version = box.run([dest / "bin/offhook", "--version"])
    assert version.returncode == 0 and "offhook" in version.stdout
    assert box.run([dest / "bin/offhookd", "--version"]).returncode == 0
    # The core is found beside it, and speaks German from its own files.
    home = box.folder("c")
    config = home / ".config/offhook/config"
    config.parent.mkdir(parents=True)
    config.write_text("set language de\n")
    env = box.environment(home)
    screen = terminal([dest / "bin/offhook", "-f"], env=env)
    screen.wait_for("Verbind")
    screen.hang_up()


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_the_server_refuses_old_tls(server, version):
    s = server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = getattr(ssl.TLSVersion, version)
    with socket.create_connection(("127.0.0.1", s.https_port), 10) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw)
