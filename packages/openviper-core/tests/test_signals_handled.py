"""Handlers of signals for the time of a block."""

from __future__ import annotations

import signal
import threading

import pytest

from openviper.core.stop_signals import signals_handled

PYTHONS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


def handler(number, frame):
    """What the block asks for."""


def other(number, frame):
    """What somebody else has set."""


@pytest.fixture
def pythons():
    """Python's own handlers."""
    before = {each: signal.signal(each, own) for each, own in PYTHONS.items()}
    yield
    for each, own in before.items():
        signal.signal(each, own)


@pytest.mark.parametrize("number", PYTHONS)
@pytest.mark.usefixtures("pythons")
def test_pythons_own_is_back_after_the_block(number):
    """As if there had been none."""
    with signals_handled(handler, *PYTHONS):
        assert signal.getsignal(number) is handler
    assert signal.getsignal(number) is PYTHONS[number]


@pytest.mark.parametrize("own", [signal.SIG_IGN, other])
@pytest.mark.parametrize("is_inside", [True, False])
@pytest.mark.usefixtures("pythons")
def test_what_somebody_else_sets_stays(own, is_inside):
    """Before the block, or inside it."""
    if not is_inside:
        signal.signal(signal.SIGTERM, own)
    with signals_handled(handler, *PYTHONS):
        if is_inside:
            signal.signal(signal.SIGTERM, own)
        assert signal.getsignal(signal.SIGTERM) is own
    assert signal.getsignal(signal.SIGTERM) is own


@pytest.mark.usefixtures("pythons")
def test_in_another_thread_nothing_is_handled():
    """Only a program's first thread can."""
    seen = []

    def run():
        with signals_handled(handler, *PYTHONS):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
