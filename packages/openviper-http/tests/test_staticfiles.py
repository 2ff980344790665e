"""Static files, as a browser and an attacker ask for them."""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import unquote

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.testing import test_client


async def get(app, path, **options):
    async with test_client(app) as client:
        return await client.get(path, **options)


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
