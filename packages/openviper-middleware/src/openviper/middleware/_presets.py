"""What ``SECURITY_PRESET`` stands for: the headers of ``strict``, ``api`` and ``off``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openviper.middleware._csp import NONCE

__all__ = ["PRESETS", "Preset"]

_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Preset:
    """What is sent where no setting says otherwise; an empty value is not sent."""

    hsts_seconds: int = 0
    hsts_include_subdomains: bool = False
    content_type_nosniff: bool = False
    frame_options: str = ""
    referrer_policy: str = ""
    cross_origin_opener_policy: str = ""
    cross_origin_embedder_policy: str = ""
    cross_origin_resource_policy: str = ""
    permissions_policy: str = ""
    #: Without ``frame-ancestors``, which follows from ``frame_options``.
    csp: Mapping[str, Sequence[str]] | None = None


# Never no-referrer, which makes the Origin of a form "null", so that its sender cannot be told (Fetch, 3.2).
_REFERRER_POLICY = "same-origin"

PRESETS = {
    "strict": Preset(
        hsts_seconds=_YEAR,
        hsts_include_subdomains=True,
        content_type_nosniff=True,
        frame_options="DENY",
        referrer_policy=_REFERRER_POLICY,
        cross_origin_opener_policy="same-origin",
        cross_origin_embedder_policy="require-corp",
        cross_origin_resource_policy="same-origin",
        permissions_policy="camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        csp={
            "default-src": ("'self'",),
            "script-src": ("'self'", NONCE),
            "style-src": ("'self'", NONCE),
            "img-src": ("'self'", "data:"),
            "object-src": ("'none'",),
            "base-uri": ("'none'",),
            "form-action": ("'self'",),
        },
    ),
    # What belongs to documents is left out: JSON opens no windows and embeds nothing.
    "api": Preset(
        hsts_seconds=_YEAR,
        hsts_include_subdomains=True,
        content_type_nosniff=True,
        frame_options="DENY",
        referrer_policy=_REFERRER_POLICY,
        cross_origin_resource_policy="same-origin",
        csp={"default-src": ("'none'",), "base-uri": ("'none'",), "form-action": ("'none'",)},
    ),
    "off": Preset(),
}
