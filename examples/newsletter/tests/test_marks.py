"""What a handler is marked with holds, wherever its application is mounted."""

from __future__ import annotations

import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.middleware.csrf import csrf_exempt
from openviper.middleware.ratelimit import rate_limit
from openviper.testing import test_client

MIDDLEWARE = (
    "openviper.middleware.csrf.CSRFMiddleware",
    "openviper.middleware.ratelimit.RateLimitMiddleware",
)
FOREIGN = {"Sec-Fetch-Site": "cross-site"}
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def client():
    """Of one application, which stands by itself, in another one, and in one that is in another one."""
    with override_settings(MIDDLEWARE=MIDDLEWARE, ALLOWED_HOSTS=("testserver",), RATE_LIMITS=("1000/minute",)):
        site, middle, inner = OpenViper(), OpenViper(), OpenViper()
        for app in (site, middle, inner):
            add_routes(app)
        middle.mount("/inner", inner)
        site.mount("/middle", middle)
        async with test_client(site) as client:
            yield client


def add_routes(app):
    @app.post("/hook")
    @csrf_exempt
    async def hook():
        return {"reached": "hook"}

    @app.post("/form")
    async def form():
        return {"reached": "form"}

    @app.get("/search")
    @rate_limit("2/minute")
    async def search():
        return {"reached": "search"}


PLACES = ["", "/middle", "/middle/inner"]


@pytest.mark.parametrize("place", PLACES)
async def test_an_exempt_handler_is_exempt_and_its_neighbour_is_not(client, place):
    """Whoever sends the request."""
    assert (await client.post(f"{place}/hook", headers=FOREIGN)).json() == {"reached": "hook"}
    assert (await client.post(f"{place}/form", headers=FOREIGN)).status_code == 403
    assert (await client.post(f"{place}/form", headers=OWN)).json() == {"reached": "form"}


@pytest.mark.parametrize("place", PLACES)
async def test_a_limited_handler_is_limited_and_its_neighbour_is_not(client, place):
    """Once for each request, however many applications it passes."""
    answers = [await client.get(f"{place}/search") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert '"route";r=1' in answers[0].headers["ratelimit"]
    assert (await client.post(f"{place}/form", headers=OWN)).status_code == 200


async def test_each_place_has_its_own_count(client):
    """A limit is one of a route, and these are three."""
    for place in PLACES:
        assert [(await client.get(f"{place}/search")).status_code for _ in range(3)] == [200, 200, 429]
