"""Static files by their plain names in tests."""

from __future__ import annotations

import asyncio

import pytest

from openviper.conf import override_settings
from openviper.http import HttpSettings
from openviper.staticfiles import StaticFilesError, static_url
from openviper.staticfiles._plain_names import PlainNames, are_plain


async def test_names_are_plain_in_the_application_and_nowhere_else(site):
    """Nothing was collected; the one is given a name all the same, and the other an error."""
    urls = []

    async def app(scope, receive, send):
        urls.append(static_url("css/site.css"))

    with override_settings(HttpSettings, STATIC_HASHED=True):
        await PlainNames(app)({}, None, None)
        with pytest.raises(StaticFilesError):
            static_url("css/site.css")
    assert urls == ["/static/css/site.css"]


async def test_an_application_that_fails_leaves_nothing_behind():
    """Its error is the caller's."""

    async def app(scope, receive, send):
        raise KeyError(are_plain())

    with pytest.raises(KeyError, match="True"):
        await PlainNames(app)({}, None, None)
    assert not are_plain()


async def test_a_call_at_the_same_time_has_its_own_names():
    """One application under test, and one that serves."""
    entered, told = asyncio.Event(), asyncio.Event()

    async def app(scope, receive, send):
        entered.set()
        await told.wait()

    call = asyncio.create_task(PlainNames(app)({}, None, None))
    await entered.wait()
    assert not are_plain()
    told.set()
    await call


def test_it_is_shown_as_the_application():
    """In the error of a start-up that failed."""
    assert repr(PlainNames("the application")) == "'the application'"
