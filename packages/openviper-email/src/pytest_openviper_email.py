"""What pytest loads of openviper-email: the fixture ``mailbox``.

It stands at the top because of how pytest finds the modules whose asserts it rewrites: where a distribution with a
plugin has none there, pytest takes folders off the left until it sees some, and ``openviper/core/email`` would become
``email``, the standard library's.
"""

from __future__ import annotations

from openviper.core.email.pytest_plugin import mailbox

__all__ = ["mailbox"]
