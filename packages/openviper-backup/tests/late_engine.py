"""Ledgers whose swap is told to stop, and no longer can: one is done then, the other cannot go on."""

from __future__ import annotations

import time
from contextlib import contextmanager

from ledger_engine import LedgerEngine, LedgerTarget

from openviper.backup.errors import SwapUnfinished


class LateTarget(LedgerTarget):
    """It says by a file, ``swapping``, that it has begun, and then waits to be told."""

    def swap(self):
        swapped = super().swap()
        self.path.with_name("swapping").touch()
        while self._job._reason is None:
            time.sleep(0.01)
        return swapped


class StuckTarget(LateTarget):
    """One that cannot go on."""

    def swap(self):
        super().swap()
        raise SwapUnfinished("Run it again")


class LateEngine(LedgerEngine):
    """The engine of the one."""

    kind = LateTarget

    def settle(self, url, file, job, *, new):
        return (f"settled {new} of {file}",)

    @contextmanager
    def target(self, url, options, job):
        with super().target(url, options, job) as target:
            yield self.kind(target.path, options, job, stages=False)


class StuckEngine(LateEngine):
    """The engine of the other."""

    kind = StuckTarget
