"""The plugin alone, in an application that is not the newsletter."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.errors import ImproperlyConfigured
from openviper.http import HTTPException, RedirectResponse
from openviper.testing import test_client
from pulse.apps import get_pulse
from pulse.counter import Pulse
from pulse.routes import router
from pulse.sections import PulseSettings


@pytest.fixture
def app(tmp_path):
    app = OpenViper()
    app.include_router(router, namespace="pulse")

    @app.get("/")
    async def home(request):
        return {"seen": request.state.pulse.pages}

    @app.get("/pages/{name}")
    async def page(name):
        await asyncio.sleep(0)
        if name == "missing":
            raise HTTPException(404)
        return name

    @app.get("/moved")
    async def moved():
        return RedirectResponse("/")

    @app.get("/pagesize")
    async def pagesize():
        return "A4"

    @app.post("/")
    async def post():
        return "posted"

    @app.get("/broken")
    async def broken():
        raise RuntimeError("broken")

    with override_settings(
        INSTALLED_APPS=("pulse",),
        MIDDLEWARE=("pulse.middleware.PulseMiddleware",),
        TEMPLATES_DIR=tmp_path,
        DEBUG=True,
    ):
        yield app


async def counted(client):
    return (await client.get("/api/pulse")).json()


async def test_pages_are_counted_by_route(app):
    """As many entries as there are routes, however many addresses are asked for."""
    async with test_client(app) as client:
        for number in range(5):
            await client.get(f"/pages/{number}")
        await client.get("/")
        found = await counted(client)
    assert found["pages"] == 6
    assert found["routes"] == {"/pages/{name}": 5, "/": 1}
    assert datetime.fromisoformat(found["since"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/"),
        ("POST", "/"),
        ("GET", "/moved"),
        ("GET", "/pages/missing"),
        ("GET", "/nothing-here"),
        ("GET", "/broken"),
        ("GET", "/static/pulse/pulse.css"),
        ("GET", "/pulse"),
        ("GET", "/api/pulse"),
    ],
)
async def test_what_is_no_page_is_not_counted(app, method, path):
    """Only an answer 200 to a GET of a route that counts."""
    async with test_client(app, raise_app_exceptions=False) as client:
        await client.request(method, path)
        assert (await counted(client))["pages"] == 0


async def test_what_the_project_excludes_is_not_counted(app):
    """A setting of the plugin; what only begins alike is counted."""
    with override_settings(PulseSettings, PULSE_EXCLUDE=("/pages",)):
        async with test_client(app) as client:
            await client.get("/pages/1")
            await client.get("/")
            await client.get("/pagesize")
            assert (await counted(client))["routes"] == {"/": 1, "/pagesize": 1}


async def test_handlers_see_the_count_in_the_requests_state(app):
    """Of the pages before theirs."""
    async with test_client(app) as client:
        assert [(await client.get("/")).json()["seen"] for _ in range(3)] == [0, 1, 2]


async def test_concurrent_pages_are_each_counted_once(app):
    """A thousand of them, interleaved."""
    async with test_client(app) as client:
        await asyncio.gather(*(client.get(f"/pages/{number}") for number in range(1_000)))
        assert (await counted(client))["pages"] == 1_000


async def test_its_page_stands_on_its_own(app):
    """Template and stylesheet are the plugin's; a route's name is escaped."""
    async with test_client(app) as client:
        assert "Nobody has read a page yet." in (await client.get("/pulse")).text
        get_pulse().record("/<b>")
        page = await client.get("/pulse")
        assert "1 page served" in page.text
        assert "/&lt;b&gt;" in page.text
        assert (await client.get("/static/pulse/pulse.css")).status_code == 200


async def test_every_start_counts_anew(app, caplog):
    """What was counted is in the log when the site stops."""
    caplog.set_level(logging.INFO)
    async with test_client(app) as client:
        await client.get("/")
    assert "pulse has stopped: 1 pages served" in caplog.text
    async with test_client(app) as client:
        assert (await counted(client))["pages"] == 0


async def test_a_middleware_without_its_app_says_what_to_do(app):
    """The visitor gets a 500, the log the sentence."""
    with override_settings(INSTALLED_APPS=()):
        async with test_client(app, raise_app_exceptions=False, headers={"Accept": "text/plain"}) as client:
            answer = await client.get("/")
    assert answer.status_code == 500
    assert "list 'pulse' in INSTALLED_APPS" in answer.text


def test_the_most_read_route_comes_first():
    """For whoever reads the list from the top."""
    pulse = Pulse()
    for route in ("/a", "/b", "/b"):
        pulse.record(route)
    assert pulse.by_route == [("/b", 2), ("/a", 1)]
    assert pulse.pages == 3


async def test_a_setting_of_the_wrong_type_stops_the_start(app):
    """It is refused before anything is served."""
    with pytest.raises(ImproperlyConfigured, match="PULSE_EXCLUDE"), override_settings(PulseSettings, PULSE_EXCLUDE=7):
        raise AssertionError("it must be refused")
