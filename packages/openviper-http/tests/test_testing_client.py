"""The test client."""

from __future__ import annotations

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.errors import LifespanError
from openviper.http import HttpSettings
from openviper.staticfiles import StaticFilesError, static_url
from openviper.testing import test_client


def app_with_a_visitor_count():
    app = OpenViper()
    app.started = False

    @app.on_startup
    async def start():
        app.started = True

    @app.on_shutdown
    async def stop():
        app.started = False

    @app.get("/")
    async def home(request):
        from openviper.http import PlainTextResponse

        visits = int(request.cookies.get("visits", "0")) + 1
        response = PlainTextResponse(f"{visits} at {request.url}")
        response.set_cookie("visits", str(visits))
        return response

    return app


async def test_the_lifespan_runs_around_the_block():
    """The application is started when the first request comes, and stopped afterwards."""
    app = app_with_a_visitor_count()
    async with test_client(app):
        assert app.started
    assert not app.started


async def test_cookies_are_kept_and_the_base_url_is_used():
    """One client is one visitor."""
    async with test_client(app_with_a_visitor_count(), base_url="https://shop.example") as client:
        await client.get("/")
        assert (await client.get("/?x=1")).text == "2 at https://shop.example/?x=1"


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ((), "testserver"),
        (("*",), "testserver"),
        (("shop.example", "other.example"), "shop.example"),
        ((".shop.example",), "shop.example"),
        (("*", "Shop.Example"), "shop.example"),
        (("*.shop.example", "127.0.0.1"), "127.0.0.1"),
        (("[::1]",), "[::1]"),
        (("::1",), "[::1]"),
        (("", ".", "shop.example"), "shop.example"),
    ],
)
async def test_requests_are_for_a_host_that_the_settings_allow(allowed, host):
    """By HTTP and by websocket: the first one that names a single host."""
    app = OpenViper()

    @app.get("/")
    async def home(request):
        return request.headers["host"]

    @app.websocket("/ws")
    async def ws(websocket):
        await websocket.accept()
        await websocket.send_text(websocket.headers["host"])

    with override_settings(ALLOWED_HOSTS=allowed):
        async with test_client(app) as client:
            assert (await client.get("/")).text == host
            async with client.websocket_connect("/ws") as session:
                assert await session.receive_text() == host


async def test_an_application_that_does_not_start_fails_the_test():
    """The reason is the application's own."""
    app = OpenViper()

    @app.on_startup
    def fail():
        raise RuntimeError("no database")

    with pytest.raises(LifespanError, match="no database"):
        async with test_client(app):
            raise AssertionError("the block must not run")


async def test_any_asgi_application_can_be_tested():
    """Also one that knows no lifespan."""

    async def bare(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"bare"})

    async with test_client(bare) as client:
        assert (await client.get("/")).text == "bare"


async def test_static_files_need_not_be_collected():
    """With STATIC_HASHED their names are the plain ones: on start-up, by HTTP and by websocket, and nowhere else."""
    app = OpenViper()
    seen = []
    app.on_startup(lambda: seen.append(static_url("a.css")))
    app.get("/")(lambda: static_url("b.css"))

    @app.websocket("/ws")
    async def ws(websocket):
        await websocket.accept()
        await websocket.send_text(static_url("c.css"))

    with override_settings(HttpSettings, STATIC_HASHED=True, STATIC_ROOT=None):
        async with test_client(app) as client:
            seen.append((await client.get("/")).text)
            async with client.websocket_connect("/ws") as session:
                seen.append(await session.receive_text())
            with pytest.raises(StaticFilesError):
                static_url("a.css")
    assert seen == ["/static/a.css", "/static/b.css", "/static/c.css"]


def test_pytest_needs_nothing_of_the_extra_to_load_the_plugin(pytester):
    """openviper-http may be installed where nobody tests with its client."""
    pytester.makepyfile(
        hidden="import sys\nsys.modules['httpx2'] = None\n",
        test_other="import sys\ndef test_other(): assert 'openviper.testing._client' not in sys.modules\n",
    )
    result = pytester.runpytest_subprocess("-p", "hidden", "-o", "asyncio_mode=auto", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_the_pytest_fixture_starts_the_projects_application(pytester):
    """A project defines ``app``; ``app_client`` is its started client."""
    pytester.makepyfile(
        """
        import pytest
        from openviper.app import OpenViper

        @pytest.fixture
        def app():
            app = OpenViper()
            app.get("/")(lambda: "home")
            return app

        async def test_home(app_client):
            assert (await app_client.get("/")).text == "home"
        """
    )
    result = pytester.runpytest_subprocess("-o", "asyncio_mode=auto", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
