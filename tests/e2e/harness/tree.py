"""The checkout's own make, as an administrator calls it."""
import subprocess

from . import box as boxes
from .box import Failure


def make(box, *args):
    """make ARGS with the build under test, which is not built again."""
    got = subprocess.run(
        # -o all: it may have been built with other flags.
        ["make", "--no-print-directory", "-o", "all", f"B={boxes.build}",
         *args], cwd=boxes.ROOT, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        env={"PATH": box.environment(box.path)["PATH"], "LANG": "C.UTF-8"})
    if got.returncode:
        raise Failure(f"make {' '.join(args)}: {got.stdout}")
    return got.stdout


def files(folder):
    """Names of all files below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")
            if not p.is_dir()}
