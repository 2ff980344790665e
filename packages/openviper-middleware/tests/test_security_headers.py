"""The values of the security headers, by preset, setting and argument."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.middleware._presets import PRESETS
from openviper.middleware._security_headers import csp_policies, fixed_headers, hsts
from openviper.middleware._security_options import SecurityOptions

HSTS = b"strict-transport-security"


def headers_of(*, local=False, **arguments):
    options = SecurityOptions(arguments)
    policies = [(policy.header, policy.plain) for policy in csp_policies(options)]
    return dict([*fixed_headers(options), *policies, *hsts(options, local=local)])


STRICT = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-embedder-policy": b"require-corp",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"content-security-policy": (
        b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    HSTS: b"max-age=31536000; includeSubDomains",
}
API = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    HSTS: b"max-age=31536000; includeSubDomains",
}


@pytest.mark.parametrize(("preset", "headers"), [("strict", STRICT), ("api", API), ("off", {})])
def test_a_preset_is_its_headers(preset, headers):
    """Each preset sends what it is documented for, by argument and by setting."""
    assert headers_of(preset=preset) == headers
    with override_settings(SECURITY_PRESET=preset):
        assert headers_of() == headers


def test_the_preset_is_strict_by_default():
    """A project that says nothing has the headers of ``strict``."""
    assert headers_of() == STRICT


@pytest.mark.parametrize(
    ("name", "setting", "value", "header", "sent"),
    [
        ("content_type_nosniff", "SECURE_CONTENT_TYPE_NOSNIFF", True, "x-content-type-options", "nosniff"),
        ("content_type_nosniff", "SECURE_CONTENT_TYPE_NOSNIFF", False, "x-content-type-options", None),
        ("frame_options", "X_FRAME_OPTIONS", "SAMEORIGIN", "x-frame-options", "SAMEORIGIN"),
        ("frame_options", "X_FRAME_OPTIONS", "", "x-frame-options", None),
        ("referrer_policy", "SECURE_REFERRER_POLICY", "no-referrer", "referrer-policy", "no-referrer"),
        (
            "referrer_policy",
            "SECURE_REFERRER_POLICY",
            "no-referrer, strict-origin",
            "referrer-policy",
            "no-referrer, strict-origin",
        ),
        ("referrer_policy", "SECURE_REFERRER_POLICY", "", "referrer-policy", None),
        (
            "cross_origin_opener_policy",
            "SECURE_CROSS_ORIGIN_OPENER_POLICY",
            "same-origin-allow-popups",
            "cross-origin-opener-policy",
            "same-origin-allow-popups",
        ),
        ("cross_origin_opener_policy", "SECURE_CROSS_ORIGIN_OPENER_POLICY", "", "cross-origin-opener-policy", None),
        (
            "cross_origin_embedder_policy",
            "SECURE_CROSS_ORIGIN_EMBEDDER_POLICY",
            "credentialless",
            "cross-origin-embedder-policy",
            "credentialless",
        ),
        (
            "cross_origin_resource_policy",
            "SECURE_CROSS_ORIGIN_RESOURCE_POLICY",
            "same-site",
            "cross-origin-resource-policy",
            "same-site",
        ),
        ("permissions_policy", "SECURE_PERMISSIONS_POLICY", "camera=*", "permissions-policy", "camera=*"),
        ("permissions_policy", "SECURE_PERMISSIONS_POLICY", "", "permissions-policy", None),
        ("hsts_seconds", "SECURE_HSTS_SECONDS", 0, "strict-transport-security", None),
        ("csp", "SECURE_CSP", {}, "content-security-policy", None),
        ("csp", "SECURE_CSP", "", "content-security-policy", None),
        ("csp", "SECURE_CSP", {"img-src": ("*",)}, "content-security-policy", "img-src *"),
        ("csp", "SECURE_CSP", "img-src *", "content-security-policy", "img-src *"),
        (
            "csp_report_only",
            "SECURE_CSP_REPORT_ONLY",
            {"img-src": "*"},
            "content-security-policy-report-only",
            "img-src *",
        ),
        ("csp_report_only", "SECURE_CSP_REPORT_ONLY", {}, "content-security-policy-report-only", None),
    ],
)
@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_named_is_sent_whatever_the_preset(preset, name, setting, value, header, sent):
    """A value by argument or by setting goes before the preset's, and an empty one removes the header."""
    expected = None if sent is None else sent.encode()
    assert headers_of(preset=preset, **{name: value}).get(header.encode()) == expected
    with override_settings(SECURITY_PRESET=preset, **{setting: value}):
        assert headers_of().get(header.encode()) == expected


def test_an_argument_goes_before_its_setting():
    """Where both say something, the argument counts."""
    with override_settings(X_FRAME_OPTIONS="DENY", SECURE_HSTS_SECONDS=60):
        headers = headers_of(preset="off", frame_options="SAMEORIGIN", hsts_seconds=120)
    assert headers == {b"x-frame-options": b"SAMEORIGIN", HSTS: b"max-age=120"}


@pytest.mark.parametrize(
    ("preset", "frame_options", "ancestors"),
    [
        ("strict", "DENY", b"; frame-ancestors 'none'"),
        ("strict", "SAMEORIGIN", b"; frame-ancestors 'self'"),
        ("strict", "", b""),
        ("api", "SAMEORIGIN", b"; frame-ancestors 'self'"),
    ],
)
def test_the_policy_of_a_preset_agrees_with_frame_options(preset, frame_options, ancestors):
    """Browsers prefer ``frame-ancestors``, so the preset's follows X-Frame-Options where that is set."""
    policy = headers_of(preset=preset, frame_options=frame_options)[b"content-security-policy"]
    assert policy.partition(b"; frame-ancestors")[1:] == ancestors.partition(b"; frame-ancestors")[1:]


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"hsts_seconds": 3600}, b"max-age=3600; includeSubDomains"),
        ({"hsts_include_subdomains": False}, b"max-age=31536000"),
        ({"hsts_preload": True}, b"max-age=31536000; includeSubDomains; preload"),
        ({"hsts_seconds": 63_072_000, "hsts_preload": True}, b"max-age=63072000; includeSubDomains; preload"),
        ({"hsts_seconds": 0, "hsts_preload": True}, None),
        ({"preset": "off", "hsts_seconds": 3600}, b"max-age=3600"),
        ({"preset": "off", "hsts_include_subdomains": True}, None),
        ({"local": True}, None),
        ({"local": True, "hsts_seconds": 60}, b"max-age=60; includeSubDomains"),
    ],
)
def test_strict_transport_security_is_put_together(arguments, value):
    """Seconds, subdomains and preload make one value; a developer's own machine gets it only if asked for."""
    assert headers_of(**arguments).get(HSTS) == value


@pytest.mark.parametrize(
    "value",
    [
        "camera=()",
        "camera=(), geolocation=(self)",
        "camera=(),geolocation=self,usb=*",
        'geolocation=(self "https://maps.example.org" "https://b.example"), payment=("https://pay.example")',
        'picture-in-picture="https://a.example"',
        "camera=();report-to=default, ch-ua=( self )",
    ],
)
def test_features_are_taken_in_their_grammar(value):
    """Permissions-Policy is taken as structured fields write it."""
    assert headers_of(permissions_policy=value)[b"permissions-policy"] == value.encode()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"preset": "strickt"}, "preset='strickt'; expected one of 'strict', 'api', 'off'; did you mean 'strict'?"),
        ({"preset": ["strict"]}, "preset=['strict']; expected one of"),
        ({"content_type_nosniff": "yes"}, "content_type_nosniff='yes'; expected True or False"),
        ({"frame_options": "ALLOW-FROM https://a.example"}, "expected one of 'DENY', 'SAMEORIGIN', or '' for none"),
        ({"frame_options": "deny"}, "frame_options='deny'; expected one of 'DENY'"),
        ({"frame_options": ["DENY"]}, "expected one of 'DENY'"),
        ({"referrer_policy": "same-orgin"}, "did you mean 'same-origin'?"),
        ({"referrer_policy": "same-origin;"}, "expected some of no-referrer, "),
        ({"referrer_policy": "origin,,origin"}, "expected some of"),
        ({"referrer_policy": "origin\r\nx: y"}, "expected some of"),
        ({"referrer_policy": ["origin"]}, "expected some of"),
        ({"cross_origin_opener_policy": "same-site"}, "expected one of 'same-origin', 'same-origin-allow-popups'"),
        ({"cross_origin_embedder_policy": "require-cors"}, "did you mean 'require-corp'?"),
        ({"cross_origin_resource_policy": "same-origin\n"}, "expected one of 'same-origin', 'same-site'"),
        ({"permissions_policy": "camera 'none'"}, "expected features such as 'camera=()"),
        ({"permissions_policy": "camera=(); geolocation=()"}, "expected features"),
        ({"permissions_policy": "camera=('self')"}, "expected features"),
        ({"permissions_policy": "camera=(https://a.example)"}, "expected features"),
        ({"permissions_policy": "camera=(),"}, "expected features"),
        ({"permissions_policy": "camera=()\r\nx: y"}, "expected features"),
        ({"permissions_policy": "cam\xe9ra=()"}, "expected features"),
        ({"permissions_policy": {"camera": []}}, "expected features"),
        ({"hsts_seconds": -1}, "hsts_seconds=-1; expected seconds, as an int, such as 31536000"),
        ({"hsts_seconds": True}, "hsts_seconds=True; expected seconds, as an int"),
        ({"hsts_seconds": "3600"}, "expected seconds, as an int"),
        ({"hsts_seconds": 3600.5}, "expected seconds, as an int"),
        ({"hsts_include_subdomains": 1}, "hsts_include_subdomains=1; expected True or False"),
        ({"hsts_preload": "yes"}, "hsts_preload='yes'; expected True or False"),
        (
            {"hsts_preload": True, "hsts_seconds": 31_535_999},
            "hsts_preload=True cannot be combined with hsts_seconds=31535999 and SECURE_HSTS_INCLUDE_SUBDOMAINS=True: "
            "hstspreload.org takes no such site; expected hsts_seconds of 31536000 or more, or hsts_preload=False",
        ),
        (
            {"hsts_preload": True, "hsts_include_subdomains": False},
            "expected hsts_include_subdomains=True, or hsts_preload=False",
        ),
        (
            {"hsts_preload": True, "hsts_include_subdomains": False, "hsts_seconds": 1},
            "expected hsts_seconds of 31536000 or more and hsts_include_subdomains=True, or",
        ),
        ({"csp": {"scrip-src": "*"}}, "csp has 'scrip-src'"),
        ({"csp_report_only": "img-src"}, "csp_report_only['img-src']=None has no value"),
    ],
)
def test_what_browsers_do_not_know_is_a_configuration_error(arguments, sentence):
    """A bad value is refused in one sentence: what it is, where it stands, and what would be accepted."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        headers_of(**arguments)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"X_FRAME_OPTIONS": "NONE"}, "X_FRAME_OPTIONS='NONE'; expected one of"),
        ({"SECURE_CSP": {"img": "*"}}, "SECURE_CSP has 'img'"),
        ({"SECURE_HSTS_PRELOAD": True, "SECURE_HSTS_SECONDS": 1}, "or more, or SECURE_HSTS_PRELOAD=False"),
        (
            {"SECURE_HSTS_PRELOAD": True, "SECURE_HSTS_SECONDS": 1},
            "SECURE_HSTS_PRELOAD=True cannot be combined with SECURE_HSTS_SECONDS=1 and",
        ),
    ],
)
def test_a_bad_setting_is_named_as_such(overrides, sentence):
    """The sentence names the setting where the value came from it."""
    with override_settings(**overrides), pytest.raises(ImproperlyConfigured) as refusal:
        headers_of()
    assert sentence in str(refusal.value)
