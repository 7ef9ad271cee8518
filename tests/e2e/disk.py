"""A disk of a few megabytes, that can be filled and emptied: a tmpfs in a mount
namespace of the tests' process alone. Needs root."""
import ctypes
import os
import subprocess

from harness import Failure

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS = 0x20000
BLOCK = 4096


def _run(*argv):
    got = subprocess.run([str(a) for a in argv], capture_output=True,
                         text=True, timeout=10)
    if got.returncode:
        raise Failure(f"{argv}: {got.stderr}")


class Disk:
    """Mounted at an empty folder; gone with the box."""

    apart = False

    def __init__(self, box, folder, size="8m"):
        if not Disk.apart:
            if _libc.unshare(CLONE_NEWNS):
                raise Failure(os.strerror(ctypes.get_errno()))
            _run("mount", "--make-rprivate", "/")
            Disk.apart = True
        self.folder, self.filler = folder, folder / "filler"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none",
             folder)
        box.add(self)

    def fill(self):
        """Until nothing fits any more."""
        with open(self.filler, "ab", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(BLOCK))
            except OSError:
                pass

    def free(self):
        self.filler.unlink()

    def report(self):
        s = os.statvfs(self.folder)
        return [(f"disk {self.folder}", f"{s.f_bfree * s.f_bsize} bytes free")]

    def close(self):
        _run("umount", "--lazy", self.folder)
        return []
