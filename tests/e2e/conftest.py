"""Fixtures: every test gets a box, and what it starts is in there."""
import os
import pathlib
import signal

import pytest

from harness import Box, Client, Failure, Server, Terminal, Wsi
from harness import box as boxes
from desk import Desk
from people import Person


def pytest_addoption(parser):
    parser.addoption("--build", default=str(boxes.ROOT / "build"),
                     help="folder of the programs under test")
    parser.addoption("--sums", help='file for "PASSED FAILED"')


def pytest_configure(config):
    boxes.build = pathlib.Path(config.getoption("--build")).resolve()
    boxes.adopt_orphans()


def pytest_unconfigure(config):
    # What a worker left that died in the middle; the controller inherits it.
    if not hasattr(config, "workerinput"):
        for pid in boxes.descendants():
            print("left running:", pid, boxes.command_of(pid))
            os.kill(pid, signal.SIGKILL)


def pytest_terminal_summary(terminalreporter, config):
    path = config.getoption("--sums")
    if path:
        n = {k: len(v) for k, v in terminalreporter.stats.items()}
        failed = n.get("failed", 0) + n.get("error", 0)
        pathlib.Path(path).write_text(f"{n.get('passed', 0)} {failed}\n")


# --- a limit for each test -------------------------------------------------
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    mark = item.get_closest_marker("seconds")
    seconds = mark.args[0] if mark else 90

    def late(*_):
        raise Failure(f"the test takes longer than {seconds} s")

    old = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


# --- screens and logs with what failed --------------------------------------
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when in ("setup", "call") and report.failed:
        box = getattr(item, "box", None)
        if box:
            report.sections += box.report()


@pytest.fixture
def box(request):
    box = Box(request.node.name)
    request.node.box = box
    yield box
    # Gathered before the end: makereport of the teardown comes after it.
    report = box.report()
    wrong = box.close()
    if wrong:
        parts = [f"--- {title}\n{text}" for title, text in report]
        pytest.fail("\n".join(wrong + parts), pytrace=False)


@pytest.fixture
def terminal(box):
    """terminal(argv, rows=24, cols=80, …): a Terminal."""
    return lambda argv, *args, **kw: Terminal(box, argv, *args, **kw)


@pytest.fixture
def server(box):
    """server(mode="smart", …): a running Server."""
    return lambda *args, **kw: Server(box, *args, **kw)


@pytest.fixture
def client(box):
    """client(config=…): a Client; nothing runs yet."""
    return lambda *args, **kw: Client(box, *args, **kw)


@pytest.fixture
def logged_in(server, client):
    """logged_in(user="200", server=None, config="", …): a Client whose core
    runs and is logged in; its server is .server. More at one server: pass
    the first one's."""
    def make(user="200", server_=None, config="", **kw):
        c = client(config=config)
        c.server = server_ or server(**kw)
        c.login(c.server, user)
        return c
    return make


@pytest.fixture
def wsi(box):
    """wsi(server): a foreign program at that server."""
    return lambda server, **kw: Wsi(server, **kw)


# --- Emma by either phone, where a file of tests has no `emma` of its own
@pytest.fixture(params=["voip", "desk"])
def emma(request, server, client):
    who = Person if request.param == "voip" else Desk
    return who(client, server(), "200")


# --- her colleagues, at her server
@pytest.fixture
def agner(emma, client):
    return Person(client, emma.server, "201")


@pytest.fixture
def hedy(emma, client):
    return Person(client, emma.server, "202")
