"""Which static file an address in a style sheet means."""

from __future__ import annotations

import pytest

from openviper.staticfiles._addresses import read_address


@pytest.mark.parametrize(
    ("address", "name", "written"),
    [
        ("logo.png", "css/logo.png", "new.png"),
        ("../img/logo.png", "img/logo.png", "../img/new.png"),
        ("./a/../logo.png", "css/logo.png", "./a/../new.png"),
        ("font.eot?#iefix", "css/font.eot", "new.png?#iefix"),
        ("icons.svg#close", "css/icons.svg", "new.png#close"),
        ("/static/img/logo.png", "img/logo.png", "/static/img/new.png"),
        ("a%20b/logo%2B.png", "css/a b/logo+.png", "a%20b/new.png"),
        ("a b/lo'go.png", "css/a b/lo'go.png", "a%20b/new.png"),
        ("../../secret.png", "../secret.png", "../../new.png"),
    ],
)
def test_an_address_of_a_static_file(address, name, written):
    """It is relative to the sheet or below STATIC_URL; another name of that folder is written as it was."""
    found = read_address(address, "css/site.css", "/static/")
    assert found.name == name
    assert found.of("x/new.png") == written


@pytest.mark.parametrize(
    "address",
    ["", "#close", "?v=1", "data:image/png;base64,AAAA", "https://example.org/x.png", "//example.org/x.png", "/x.png"],
)
def test_any_other_address_is_left_alone(address):
    """Other servers, other paths of this one, what stands in the address itself, and fragments."""
    assert read_address(address, "css/site.css", "/static/") is None


def test_a_static_url_of_another_host_is_known():
    """A CDN's address of a static file is one, too."""
    found = read_address("https://cdn.example/s/x.png", "css/site.css", "https://cdn.example/s/")
    assert (found.name, found.of("y.png")) == ("x.png", "https://cdn.example/s/y.png")


def test_a_name_is_encoded_as_an_address():
    """What is special in an address is not special in a file's name."""
    assert read_address("x", "site.css", "/static/").of("a#b?c%d'(é).png") == "a%23b%3Fc%25d%27%28%C3%A9%29.png"
