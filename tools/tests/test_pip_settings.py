"""pip's configuration reaches uv."""

from __future__ import annotations

import pytest

from tools.pip_settings import for_uv, parse, translate


def test_later_sources_win():
    """``pip config list`` prints files first and the environment last."""
    listing = ":env:.no-input='1'\nglobal.index-url='https://a.example/'\ninstall.index-url='https://b.example/'\nfreeze.timeout='1'\n"
    assert parse(listing) == {"no-input": "1", "index-url": "https://b.example/"}


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        ({}, {}),
        ({"index-url": "https://a.example/"}, {"UV_DEFAULT_INDEX": "https://a.example/"}),
        (
            {"extra-index-url": "\nhttps://a.example/\nhttps://b.example/"},
            {"UV_INDEX": "https://a.example/ https://b.example/", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"find-links": "/one /two"}, {"UV_FIND_LINKS": "/one,/two"}),
        ({"no-index": "yes"}, {"UV_OFFLINE": "1"}),
        ({"no-index": "false"}, {}),
        ({"default-timeout": "180", "timeout": "20"}, {"UV_HTTP_TIMEOUT": "20"}),
    ],
)
def test_options_become_variables(options, variables):
    """One option, one variable, in the form that uv takes."""
    assert translate(options) == variables


def test_what_uv_is_told_already_stays(monkeypatch):
    """A variable of uv's own beats pip's configuration."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert for_uv()["UV_DEFAULT_INDEX"] == "https://pip.example/"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/")
    assert "UV_DEFAULT_INDEX" not in for_uv()
