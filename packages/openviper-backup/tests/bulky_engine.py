"""An engine with ``BULKY_MIB`` (environment, 56) that hardly compress, and databases that forget them."""

from __future__ import annotations

import os
import random
from contextlib import contextmanager

from dump_script import ScriptedEngine


class BulkyEngine(ScriptedEngine):
    """The engine."""

    def recognises(self, head):
        return True

    def dump(self, url, options, job):
        self.content, self.repeat = random.Random(1).randbytes(1 << 20), int(os.environ.get("BULKY_MIB", "56"))
        return super().dump(url, options, job)

    @contextmanager
    def target(self, url, options, job):
        yield _Target()


class _Target:
    def preflight(self):
        pass

    def holds_data(self):
        return False

    def staging(self):
        return None

    def accept(self, content):
        return ()

    def load(self, dump):
        while dump.read(1 << 20):
            pass

    def swap(self):
        return None, ()
