"""What pytest loads of openviper-http: the fixture ``app_client``.

It stands at the top because of how pytest finds the modules whose asserts it rewrites: where a distribution with a
plugin has none there, pytest takes folders off the left until it sees some, and ``openviper/http`` would become
``http``, the standard library's.
"""

from __future__ import annotations

from openviper.testing.plugin import app_client

__all__ = ["app_client"]
