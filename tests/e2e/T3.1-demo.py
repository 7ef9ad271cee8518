"""`make demo`, after its set-up and build: a newcomer sees the program at
work, and nothing is left running."""
import pathlib

import pytest

from harness import box as boxes

DEMO = boxes.ROOT / "contrib/demo"


@pytest.fixture(autouse=True)
def nothing_lies_about():
    before = set(pathlib.Path("/tmp").glob("offhook-demo.*"))
    yield
    # Others may run it at the same time: theirs is not ours to judge.
    mine = [p for p in set(pathlib.Path("/tmp").glob("offhook-demo.*"))
            - before if not any(p.iterdir())]
    assert not mine


def test_tour_without_a_terminal(box):
    got = box.run([DEMO, boxes.build], timeout=80)
    assert got.returncode == 0, got.stdout[-3000:] + got.stderr
    assert got.stdout.endswith("The tour went well.\n")
    for step in ("Agner Erlang", "talking", "Lunch"):
        assert step in got.stdout
    assert not box.processes()


def test_in_a_terminal(box, terminal):
    t = terminal([DEMO, boxes.build], 30, 100, timeout=30)
    t.wait_for("Agner Erlang")
    assert "VoIP" in t.screen()[0]
    t.send_keys("Q")
    assert t.wait_end() == "exit 0"
    assert not box.processes()


def test_closing_its_terminal_ends_all_of_it(box, terminal):
    t = terminal([DEMO, boxes.build], 30, 100, timeout=30)
    t.wait_for("Agner Erlang")
    t.hang_up()
