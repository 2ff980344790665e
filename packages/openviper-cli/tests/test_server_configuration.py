"""What uvicorn is told; by a real server."""

from __future__ import annotations

CLIENT = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        return await send({"type": "lifespan.startup.complete"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["client"][0].encode()})
"""


def test_the_headers_of_proxies_are_left_to_the_application(served, files):
    """uvicorn's own reader believes whoever connects from this machine, whatever the settings say."""
    files({"site_app.py": CLIENT})
    with served("run", "--no-reload", "-p0", "site_app") as server:
        assert server.get(headers={"X-Forwarded-For": "192.0.2.7"}) == "127.0.0.1"
        assert server.end() == 0
