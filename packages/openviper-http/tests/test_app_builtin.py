"""What the framework serves behind the user's routes: health, static files, installed pages, the start page."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from urllib.parse import unquote

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.context import current_request
from openviper.testing import test_client


async def get(app, path, **options):
    async with test_client(app) as client:
        return await client.get(path, **options)


async def test_health_pages_are_off_unless_asked_for():
    """Nobody gets a page that they did not ask for."""
    for path in ("/-/live", "/-/ready"):
        assert (await get(OpenViper(), path)).status_code == 404


async def test_ready_is_503_before_start_up_and_after_shutdown():
    """A balancer sends no request to a process whose plugins are not ready."""
    app, answers = OpenViper(), []

    async def ask():
        async def send(message):
            answers.append(message.get("status"))

        for path in ("/-/live", "/-/ready"):
            await app({"type": "http", "method": "GET", "path": path, "headers": []}, None, send)

    app.on_startup(ask)
    with override_settings(HEALTH_PAGES=True):
        async with test_client(app) as client:
            assert (await client.get("/-/ready")).json() == {"status": "ready"}
            assert (await client.get("/-/live")).headers["cache-control"] == "no-store"
        await ask()
    assert [status for status in answers if status] == [200, 503, 200, 503]


async def test_ready_is_503_from_sigterm_on():
    """The server's own handler for SIGTERM still runs, and has the signal back after shutdown."""
    arrived = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: arrived.append(number))
    theirs = signal.getsignal(signal.SIGTERM)
    try:
        with override_settings(HEALTH_PAGES=True):
            async with test_client(OpenViper()) as client:
                assert (await client.get("/-/ready")).status_code == 200
                os.kill(os.getpid(), signal.SIGTERM)
                assert (await client.get("/-/ready")).status_code == 503
                assert (await client.get("/-/live")).status_code == 200
        assert arrived == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is theirs
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def static_site(tmp_path):
    """A directory of static files with a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    assets = tmp_path / "assets"
    (assets / "css").mkdir(parents=True)
    (assets / "css" / "site.css").write_text("body {}")
    (assets / "link").symlink_to(tmp_path / "secret.txt")
    (assets / "locked.txt").write_text("x")
    return assets


async def test_static_files_are_served_in_debug_mode_only(static_site):
    """In production a web server does it."""
    for debug, status in ((True, 200), (False, 404)):
        with override_settings(STATICFILES_DIRS=(str(static_site),), DEBUG=debug):
            assert (await get(OpenViper(), "/static/css/site.css")).status_code == status


async def test_static_files_of_installed_apps_are_found_behind_the_projects(static_site, tmp_path, monkeypatch):
    """STATICFILES_DIRS come first, then the apps in their order."""
    app_static = tmp_path / "shop_with_static" / "static"
    app_static.mkdir(parents=True)
    (app_static.parent / "__init__.py").touch()
    (app_static / "shop.css").write_text("shop")
    (app_static / "css").mkdir()
    (app_static / "css" / "site.css").write_text("hidden by the project's")
    monkeypatch.syspath_prepend(str(tmp_path))
    options = {"INSTALLED_APPS": ("shop_with_static",), "STATICFILES_DIRS": (str(static_site),), "DEBUG": True}
    with override_settings(**options):
        assert (await get(OpenViper(), "/static/shop.css")).text == "shop"
        assert (await get(OpenViper(), "/static/css/site.css")).text == "body {}"
    sys.modules.pop("shop_with_static", None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/css/site.css", 200),
        ("/static/css/../css/site.css", 200),
        ("/static", 307),
        ("/static/", 404),
        ("/static/css", 404),
        ("/static/css/", 404),
        ("/static/nowhere.css", 404),
        ("/static/link", 404),
        ("/static/../secret.txt", 404),
        ("/static/%2e%2e%2fsecret.txt", 404),
        ("/static/..%2fsecret.txt", 404),
        ("/static/..%5csecret.txt", 404),
        ("/static/..\\secret.txt", 404),
        ("/static//etc/passwd", 404),
        ("/static/%2fetc%2fpasswd", 404),
        ("/static/css/site.css%00.png", 404),
        ("/static/" + "x" * 100_000, 404),
        ("/static/" + "x/" * 5_000, 404),
        ("/static/%ff", 404),
        ("/static/css/site.css/x", 404),
    ],
)
async def test_static_paths_never_leave_their_directory(static_site, path, status):
    """No listing, no traversal, no error for what is no name of a file."""
    app = OpenViper(debug=True)
    app.get("/home")(lambda: "")
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": unquote(path), "raw_path": path.encode(), "headers": []}
    with override_settings(STATICFILES_DIRS=(str(static_site),)):
        await app(scope, asyncio.Event().wait, send)
    assert sent[0]["status"] == status
    assert b"secret" not in b"".join(message.get("body", b"") for message in sent)


async def test_static_files_answer_conditions_and_ranges(static_site):
    """ETag and 304, Range and 206, HEAD, and 405 for the rest."""
    with override_settings(STATICFILES_DIRS=(str(static_site),), DEBUG=True):
        async with test_client(OpenViper()) as client:
            url = "/static/css/site.css"
            first = await client.get(url)
            assert first.headers["content-type"] == "text/css; charset=utf-8"
            again = await client.get(url, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            part = await client.get(url, headers={"range": "bytes=0-3"})
            assert (part.status_code, part.text, part.headers["content-range"]) == (206, "body", "bytes 0-3/7")
            assert (await client.get(url, headers={"range": "bytes=9-"})).status_code == 416
            assert (await client.head(url)).headers["content-length"] == "7"
            refused = await client.post(url)
            assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


async def test_a_static_url_of_another_host_is_not_ours(static_site):
    """A CDN serves what its URL says."""
    with override_settings(STATICFILES_DIRS=(str(static_site),), DEBUG=True, STATIC_URL="https://cdn.example/static/"):
        assert (await get(OpenViper(), "/static/css/site.css")).status_code == 404


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
