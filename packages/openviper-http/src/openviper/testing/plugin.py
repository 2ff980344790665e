"""The pytest plugin: a fixture ``app_client`` for a project's fixture ``app``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openviper.testing import Client

__all__ = ["app_client"]


@pytest.fixture
async def app_client(app: Any) -> AsyncGenerator[Client]:
    """A started client for the application that the project's own fixture ``app`` returns.

    Async fixtures need pytest-asyncio with ``asyncio_mode = "auto"``, or anyio's plugin.
    """
    from openviper.testing import test_client  # noqa: PLC0415 - pytest loads plugins for every run, also without us

    async with test_client(app) as client:
        yield client
