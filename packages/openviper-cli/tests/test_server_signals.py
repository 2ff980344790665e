"""What a signal does to a server process, by the order in which signals come."""

from __future__ import annotations

import signal

import pytest

from openviper.cli._server_signals import Interrupted, Signals


@pytest.mark.parametrize(
    ("numbers", "interrupting"),
    [
        ([signal.SIGINT, signal.SIGTERM], [signal.SIGINT, None]),
        ([signal.SIGTERM, signal.SIGTERM], [signal.SIGTERM, None]),
        ([signal.SIGTERM, signal.SIGINT], [signal.SIGTERM, signal.SIGINT]),
        ([signal.SIGINT, signal.SIGINT], [signal.SIGINT, signal.SIGINT]),
    ],
)
def test_after_the_first_only_a_ctrl_c_interrupts(numbers, interrupting):
    """What the first began to undo is not cut off by another's SIGTERM; the first is the one that counts."""
    signals, seen = Signals(), []
    for number in numbers:
        try:
            signals(number, None)
        except Interrupted as interruption:
            seen.append(interruption.signal)
        else:
            seen.append(None)
    assert seen == interrupting
    with pytest.raises(Interrupted) as caught:
        signals.insist()
    assert caught.value.signal == numbers[0]


def test_a_sigterm_interrupts_no_end():
    """All is done then."""
    signals = Signals()
    signals.insist()
    signals.finish()
    signals(signal.SIGTERM, None)
