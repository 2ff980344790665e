"""What a CORS configuration may not say."""

from __future__ import annotations

import re

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.middleware import build_middleware_stack
from openviper.middleware.cors import CORSMiddleware, CORSSettings

A = ("https://a.example",)


async def application(scope, receive, send):
    """Never called."""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        # With credentials.
        (
            {"allowed_origins": ["*"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with '*' in allowed_origins; list what is allowed",
        ),
        (
            {"allowed_origins": A, "allowed_methods": ["*"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with '*' in allowed_methods",
        ),
        (
            {"allowed_origins": A, "allowed_headers": ["X-Token", "*"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with '*' in allowed_headers",
        ),
        (
            {"allowed_origins": A, "exposed_headers": ["*"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with '*' in exposed_headers",
        ),
        (
            {"allowed_origins": ["null"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with 'null' in allowed_origins: every site can send it",
        ),
        (
            {"allowed_origin_regexes": ["https?://.*"], "allow_credentials": True},
            "allow_credentials=True cannot be combined with 'https?://.*' in allowed_origin_regexes, which matches",
        ),
        # Lists.
        ({"allowed_origins": "*"}, "allowed_origins='*' is one string; expected a sequence: ('*',)"),
        ({"allowed_origins": b"*"}, "allowed_origins=b'*'; expected a sequence"),
        ({"allowed_origins": 7}, "allowed_origins=7; expected a sequence"),
        ({"allowed_origins": True}, "allowed_origins=True; expected a sequence"),
        ({"allowed_origins": [*A, None]}, "allowed_origins[1]=None; expected a str"),
        ({"allowed_origins": [b"https://a"]}, "allowed_origins[0]=b'https://a'; expected a str"),
        ({"allowed_origin_regexes": "https://.*"}, "allowed_origin_regexes='https://.*' is one string; expected"),
        ({"allowed_methods": "GET"}, "allowed_methods='GET' is one string; expected a sequence: ('GET',)"),
        (
            {"allowed_headers": "X-Token, X-Other"},
            "allowed_headers='X-Token, X-Other' is one string; expected a sequence",
        ),
        ({"exposed_headers": "X-Total"}, "exposed_headers='X-Total' is one string"),
        # Methods and headers.
        (
            {"allowed_methods": ["GET", "GET, PUT"]},
            "allowed_methods[1]='GET, PUT'; expected a method such as 'PUT', or '*', of ASCII",
        ),
        ({"allowed_methods": [""]}, "allowed_methods[0]=''; expected a method such as 'PUT'"),
        ({"allowed_methods": ["GE\u0130"]}, "expected a method such as"),
        ({"allowed_methods": ["GET\r\nX: y"]}, "expected a method such as"),
        ({"allowed_methods": [7]}, "allowed_methods[0]=7; expected a method"),
        ({"allowed_methods": ["put"]}, "allowed_methods[0]='put' is not in upper case; expected 'PUT'"),
        ({"allowed_methods": ["patch"]}, "allowed_methods[0]='patch' is not in upper case; expected 'PATCH'"),
        ({"allowed_methods": ["TRACE"]}, "allowed_methods[0]='TRACE' is a method that no browser lets scripts use"),
        (
            {"allowed_headers": ["X Token"]},
            "allowed_headers[0]='X Token'; expected the name of a header such as 'X-Token', or '*', of ASCII letters",
        ),
        ({"allowed_headers": ["X-Token:"]}, "allowed_headers[0]='X-Token:'; expected the name of a header"),
        ({"allowed_headers": ["X-Tokén"]}, "expected the name of a header"),
        ({"allowed_headers": ["X-\ud800"]}, "expected the name of a header"),
        ({"exposed_headers": ["X-Total\r\nSet-Cookie: a=b"]}, "exposed_headers[0]="),
        # Flags and numbers.
        ({"allow_credentials": "false"}, "allow_credentials='false'; expected True or False"),
        ({"allow_credentials": 1}, "allow_credentials=1; expected True or False"),
        ({"allow_private_network": "no"}, "allow_private_network='no'; expected True or False"),
        ({"max_age": -1}, "max_age=-1; expected seconds, as an int; 0 for an answer that is not kept"),
        ({"max_age": "600"}, "max_age='600'; expected seconds, as an int"),
        ({"max_age": 600.0}, "max_age=600.0; expected seconds, as an int"),
        ({"max_age": True}, "max_age=True; expected seconds, as an int"),
        # What an origin may be stands in test_origin_patterns.py.
        ({"allowed_origins": ["https://a.example/"]}, "allowed_origins[0]='https://a.example/' has a path"),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_what_cannot_be_used_is_refused_at_start_up(options, sentence):
    """One sentence names the place, the value and what would be accepted."""
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)) as caught:
        CORSMiddleware(application, **options)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"allowed_origins": ["*"]},
        {"allowed_origins": ["*"], "allowed_methods": ["*"], "allowed_headers": ["*"], "exposed_headers": ["*"]},
        {"allowed_origins": ["null"]},
        {"allowed_origins": {*A}, "allowed_methods": frozenset({"PUT"}), "allow_credentials": True},
        {"allowed_origins": ["https://*.a.example", "http://localhost:*"], "allow_credentials": True},
        {"allowed_origin_regexes": [r"https://pr-\d+\.a\.example"], "allow_credentials": True},
        {"allowed_origin_regexes": [re.compile(r"https://.*")]},
        {"allowed_methods": ["PURGE", "x-mine"], "max_age": 0},
        {"allowed_methods": [], "allowed_headers": [], "exposed_headers": []},
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_what_can_be_used_is_taken(options):
    """Without credentials the public may be let in; sets are lists too."""
    CORSMiddleware(application, **options)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"CORS_ALLOWED_ORIGINS": ("a.example",)}, "CORS_ALLOWED_ORIGINS[0]='a.example' has no scheme"),
        ({"CORS_ALLOWED_ORIGIN_REGEXES": ("(",)}, "CORS_ALLOWED_ORIGIN_REGEXES[0]='(' is not a regular expression"),
        ({"CORS_ALLOWED_METHODS": ("get",)}, "CORS_ALLOWED_METHODS[0]='get' is not in upper case"),
        ({"CORS_MAX_AGE": -5}, "CORS_MAX_AGE=-5; expected seconds"),
        (
            {"CORS_ALLOWED_ORIGINS": ("*",), "CORS_ALLOW_CREDENTIALS": True},
            "CORS_ALLOW_CREDENTIALS=True cannot be combined with '*' in CORS_ALLOWED_ORIGINS",
        ),
    ],
)
def test_a_setting_is_named_as_one(settings, sentence):
    """A value that came from the settings is refused under the setting's name, by the stack that names the entry."""
    with override_settings(**settings):
        with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
            CORSMiddleware(application)
        with pytest.raises(ImproperlyConfigured, match=re.escape("entries[0] = 'openviper.middleware.cors.")):
            build_middleware_stack(application, ["openviper.middleware.cors.CORSMiddleware"])


def test_arguments_and_settings_are_told_apart():
    """Where an argument and a setting do not go together, each is named as it was given."""
    expected = "allow_credentials=True cannot be combined with '*' in CORS_ALLOWED_HEADERS"
    with (
        override_settings(CORS_ALLOWED_HEADERS=("*",)),
        pytest.raises(ImproperlyConfigured, match=re.escape(expected)),
    ):
        CORSMiddleware(application, allowed_origins=A, allow_credentials=True)


def test_the_defaults_open_nothing():
    """No origin is allowed, and no credentials, until somebody says so."""
    defaults = CORSSettings()
    assert (defaults.CORS_ALLOWED_ORIGINS, defaults.CORS_ALLOWED_ORIGIN_REGEXES) == ((), ())
    assert (defaults.CORS_ALLOW_CREDENTIALS, defaults.CORS_ALLOW_PRIVATE_NETWORK) == (False, False)
