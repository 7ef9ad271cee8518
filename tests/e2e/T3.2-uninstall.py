"""Uninstall: nothing is left of what install has put there, nothing else is
touched, and the user's own settings stay."""
from harness.tree import files, make


def test_uninstall_leaves_nothing_of_its_own(box):
    dest = box.folder("d")
    others = ("bin/other", "share/man/man1/other.1",
              "share/locale/de/LC_MESSAGES/other.mo")
    for name in others:
        (dest / name).parent.mkdir(parents=True, exist_ok=True)
        (dest / name).write_text("not ours")
    make(box, "install", f"PREFIX={dest}")
    assert len(files(dest)) > len(others) + 3
    make(box, "uninstall", f"PREFIX={dest}")
    assert files(dest) == set(others)
    assert not (dest / "libexec/offhook").exists()


def test_uninstall_keeps_the_users_settings(box, client):
    c = client(config="set popup 10s")
    dest = box.folder("d")
    make(box, "install", f"PREFIX={dest}")
    make(box, "uninstall", f"PREFIX={dest}")
    assert c.config_path.read_text() == "set popup 10s\n"
