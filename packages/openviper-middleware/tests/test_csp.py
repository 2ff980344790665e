"""Content-Security-Policy as settings write it down, and as it is sent."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.middleware._csp import CSPHeader, read_csp


@pytest.mark.parametrize(
    ("policy", "directives"),
    [
        ({}, {}),
        ("", {}),
        ({"default-src": "'self'"}, {"default-src": ["'self'"]}),
        (
            {"default-src": ["'self'", "https://cdn.example.org"]},
            {"default-src": ["'self'", "https://cdn.example.org"]},
        ),
        ({"default-src": ("'self'",)}, {"default-src": ["'self'"]}),
        ({"img-src": "* data: blob:"}, {"img-src": ["*", "data:", "blob:"]}),
        ({"Default-Src": "'SELF'"}, {"default-src": ["'self'"]}),
        ({"upgrade-insecure-requests": None}, {"upgrade-insecure-requests": []}),
        ({"upgrade-insecure-requests": ""}, {"upgrade-insecure-requests": []}),
        ({"upgrade-insecure-requests": ()}, {"upgrade-insecure-requests": []}),
        ({"upgrade-insecure-requests": True}, {"upgrade-insecure-requests": []}),
        ({"sandbox": None}, {"sandbox": []}),
        ({"sandbox": "allow-forms allow-scripts"}, {"sandbox": ["allow-forms", "allow-scripts"]}),
        ({"script-src": ["'nonce'", "'strict-dynamic'"]}, {"script-src": ["'nonce'", "'strict-dynamic'"]}),
        ({"script-src": "'sha256-AbC+/_-='"}, {"script-src": ["'sha256-AbC+/_-='"]}),
        ({"frame-ancestors": "https://*.example.org:*"}, {"frame-ancestors": ["https://*.example.org:*"]}),
        ({"connect-src": "wss://example.org/a%20b"}, {"connect-src": ["wss://example.org/a%20b"]}),
        ({"report-to": "csp"}, {"report-to": ["csp"]}),
        ({"require-trusted-types-for": "'script'"}, {"require-trusted-types-for": ["'script'"]}),
        (
            "default-src 'self'; img-src *;; upgrade-insecure-requests;",
            {"default-src": ["'self'"], "img-src": ["*"], "upgrade-insecure-requests": []},
        ),
        (" default-src\n  'self'\n  https://a.example ;", {"default-src": ["'self'", "https://a.example"]}),
    ],
)
def test_a_policy_is_read(policy, directives):
    """A mapping and a string say the same, in any spacing and case of names."""
    assert read_csp(policy, "csp") == directives


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (5, "csp=5 is no policy; expected a dict of directives, or a string"),
        (["default-src 'self'"], "is no policy"),
        (b"default-src 'self'", "is no policy"),
        ({5: "x"}, "csp has 5, which is no directive; expected a str"),
        (
            {"scrip-src": "'self'"},
            "csp has 'scrip-src', which is no directive of Content-Security-Policy; did you mean 'script-src'?",
        ),
        ({"script_src": "'self'"}, "did you mean 'script-src'?"),
        ({"default-src; script-src": "*"}, "is no directive"),
        ({"default-src\r\nx-evil": "*"}, "is no directive"),
        ({"": "*"}, "is no directive"),
        ({"script-src": "*", "Script-Src": "*"}, "csp has 'Script-Src' twice; browsers obey the first alone"),
        ("img-src *; img-src 'none'", "twice"),
        ({"img-src": 5}, "csp['img-src']=5 is neither a str nor a sequence of them"),
        ({"img-src": False}, "neither"),
        ({"img-src": b"*"}, "neither"),
        ({"img-src": {"*"}}, "neither"),
        ({"img-src": ["*", 5]}, "neither"),
        ({"img-src": None}, "has no value"),
        ({"img-src": []}, "csp['img-src']=[] has no value; leave the directive out, or name \"'none'\""),
        ({"upgrade-insecure-requests": "'self'"}, "this directive has no value; expected None"),
        ({"img-src": ["a.example b.example"]}, "expected ASCII without white space, semicolon and comma"),
        ({"img-src": ["a.example; script-src *"]}, "expected ASCII"),
        ({"img-src": "a.example;script-src"}, "expected ASCII"),
        ({"img-src": "a.example,default-src"}, "expected ASCII"),
        ("img-src a.example, b.example", "expected ASCII"),
        ({"img-src": ["a.example\r\nSet-Cookie:x"]}, "expected ASCII"),
        ({"img-src": ["a.example\0"]}, "expected ASCII"),
        ({"img-src": "b\xfccher.example"}, "expected ASCII"),
        ({"img-src": [""]}, "expected ASCII"),
        ({"report-uri": "/csp;x"}, "expected ASCII"),
        ({"script-src": "self"}, "csp['script-src'] has 'self'; without quotes it is a host; expected \"'self'\""),
        ({"script-src": "Unsafe-Inline"}, "without quotes it is a host"),
        ({"script-src": "nonce"}, "without quotes it is a host; expected \"'nonce'\""),
        ({"script-src": "'unsafe-inlin'"}, "there is no such keyword; did you mean \"'unsafe-inline'\"?"),
        ({"script-src": "'https://a.example'"}, "there is no such keyword"),
        ({"script-src": "'self"}, "there is no such keyword"),
        ({"script-src": "https://a.example/'"}, "it has a quote in it"),
        ({"script-src": "'sha1-abc'"}, "there is no such keyword"),
        ({"script-src": "'nonce-abc'"}, "a nonce that stays the same protects nothing; expected \"'nonce'\""),
        ({"img-src": "'nonce'"}, "browsers look for nonces in default-src, script-src"),
        ({"script-src": "'none' https://a.example"}, "has \"'none'\" beside others, and browsers ignore it there"),
    ],
)
def test_what_browsers_would_misunderstand_is_a_configuration_error(policy, sentence):
    """A policy that browsers ignore in part, or that could end the header, is refused with its place."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_csp(policy, "csp")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("directives", "plain", "with_nonce"),
    [
        ({"img-src": ["*"]}, b"img-src *", b"img-src *"),
        ({"upgrade-insecure-requests": []}, b"upgrade-insecure-requests", b"upgrade-insecure-requests"),
        (
            {"default-src": ["'self'"], "script-src": ["'self'", "'nonce'"]},
            b"default-src 'self'; script-src 'self'",
            b"default-src 'self'; script-src 'self' 'nonce-n0nce'",
        ),
        ({"script-src": ["'nonce'"]}, b"script-src 'none'", b"script-src 'nonce-n0nce'"),
        (
            {"script-src": ["'nonce'", "'strict-dynamic'"], "style-src": ["'nonce'"], "sandbox": []},
            b"script-src 'strict-dynamic'; style-src 'none'; sandbox",
            b"script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'nonce-n0nce'; sandbox",
        ),
        (
            {"connect-src": ["https://a.example/%6e%25s"], "script-src": ["'nonce'"]},
            b"connect-src https://a.example/%6e%25s; script-src 'none'",
            b"connect-src https://a.example/%6e%25s; script-src 'nonce-n0nce'",
        ),
    ],
)
def test_a_policy_is_written_with_and_without_nonce(directives, plain, with_nonce):
    """Without a nonce its place is empty, and a directive that had nothing else allows nothing."""
    policy = CSPHeader(b"content-security-policy", directives)
    assert (policy.plain, policy.with_nonce("n0nce")) == (plain, with_nonce)
    assert policy.has_nonce == (plain != with_nonce)
