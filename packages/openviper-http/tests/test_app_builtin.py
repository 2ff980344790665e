"""What the framework serves behind the user's routes."""

from __future__ import annotations

import sys

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.context import current_request
from openviper.testing import test_client


async def get(app, path, **options):
    async with test_client(app) as client:
        return await client.get(path, **options)


@pytest.fixture
def page_distribution(tmp_path, monkeypatch):
    """An installed distribution with two pages, one for debug mode only, and one that cannot be read."""
    info = tmp_path / "pages_for_test-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pages-for-test\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[openviper.pages]\na = pages_data:ALWAYS\nb = pages_data:DEBUG\nc = pages_data:MISSING\nd = pages_data:WRONG\n"
    )
    (tmp_path / "pages_data.py").write_text(
        "from openviper.core.pages import Page\n"
        "ALWAYS = Page('/__always__', 'pages_app:app', 'Always', debug_only=False)\n"
        "DEBUG = Page('/__debug__', 'pages_app:app', 'In debug mode')\n"
        "WRONG = '/x'\n"
    )
    (tmp_path / "pages_app.py").write_text(
        "async def app(scope, receive, send):\n"
        "    path = scope['path'].removeprefix(scope['root_path'])\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': path.encode()})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("pages_data", "pages_app"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("page_distribution")
async def test_pages_of_installed_distributions_are_mounted(caplog):
    """Imported at the first request, debug pages in debug mode only; a broken one is named and left out."""
    for debug in (True, False):
        async with test_client(OpenViper(debug=debug)) as client:
            assert "pages_app" not in sys.modules or not debug
            assert (await client.get("/__always__/x")).text == "/x"
            assert (await client.get("/__debug__/x")).status_code == (200 if debug else 404)
            assert ('<a href="/__debug__/">In debug mode</a>' in (await client.get("/")).text) is debug
    messages = [record.message for record in caplog.records]
    assert "the page 'pages_data:MISSING' of pages-for-test cannot be read" in messages
    assert "'pages_data:WRONG' of pages-for-test is not an openviper.core.pages.Page" in messages


async def test_the_users_routes_come_before_ours():
    """A project may serve the same paths itself."""
    app = OpenViper(debug=True)
    app.get("/-/live")(lambda: "mine")
    app.get("/static/x.css")(lambda: "mine too")
    with override_settings(HEALTH_PAGES=True):
        assert (await get(app, "/-/live")).text == "mine"
        assert (await get(app, "/static/x.css")).text == "mine too"


async def test_built_in_pages_run_inside_the_request():
    """The context variables are set there too, and reset."""
    assert current_request.get() is None
    with override_settings(HEALTH_PAGES=True):
        assert (await get(OpenViper(), "/-/live")).status_code == 200
    assert current_request.get() is None
