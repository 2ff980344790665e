"""Whether data may be overwritten."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from openviper.backup._restoring.consent import demand_consent
from openviper.backup.errors import Interrupted, RestoreRefused
from openviper.backup.job import Job
from openviper.backup.url import parse_url

URL = parse_url("mysql://ada:hunter2@db/shop")
WHAT = "'shop.tar.gz'"


def ask(confirm, **options) -> None:
    with Job(**options) as job:
        demand_consent(URL, WHAT, confirm, job)


def test_yes():
    """With a yes it goes on."""
    questions = []
    ask(lambda question: not questions.append(question))
    assert questions == ["'mysql://ada@db/shop' holds data. Replace it with what is in 'shop.tar.gz'?"]


@pytest.mark.parametrize(
    ("confirm", "words"),
    [
        (None, "'mysql://ada@db/shop' holds data, which the restore would replace; --force"),
        (lambda _: False, "Not restored"),
    ],
)
def test_no(confirm, words):
    """With a no, and with nobody to ask, it does not."""
    with pytest.raises(RestoreRefused, match=words):
        ask(confirm)


@pytest.mark.parametrize("error", [ValueError("x"), TimeoutError("x"), KeyboardInterrupt("x"), EOFError("x")])
def test_an_error(error):
    """What asking raises is raised."""

    def confirm(_) -> bool:
        raise error

    with pytest.raises(type(error), match="x"):
        ask(confirm)


def test_no_answer():
    """A question that nobody answers ends with the job's time."""
    never = threading.Event()
    with pytest.raises(Interrupted, match="not done within"):
        ask(lambda _: never.wait(60), timeout=0.3)
    never.set()


@pytest.fixture
def restless():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_an_answer_at_the_last_moment(monkeypatch):
    """An answer that comes between two looks at it is taken, and not for the end of its time."""
    monkeypatch.setattr("openviper.backup._restoring.consent._LOOK", 0)
    for number in range(500):
        ask(lambda _, seconds=number * 1e-6: not time.sleep(seconds))
