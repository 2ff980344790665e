"""The start page."""

from __future__ import annotations

from openviper.app import OpenViper
from openviper.testing import test_client


async def get(app, path, **options):
    async with test_client(app) as client:
        return await client.get(path, **options)


async def test_the_start_page_is_for_debug_mode_without_routes():
    """It names the application, escaped, and goes as soon as there is a route."""
    response = await get(OpenViper("<Shop>", debug=True), "/")
    assert response.status_code == 200
    assert "&lt;Shop&gt; is running." in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert (await get(OpenViper(debug=False), "/")).status_code == 404
    app = OpenViper(debug=True)
    app.get("/x")(lambda: "")
    assert (await get(app, "/")).status_code == 404
