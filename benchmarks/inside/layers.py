"""What a layer adds to a trivial application, and the application with the stack beside its peers; prints JSON.

layers.py SUBJECT ROUNDS
"""

from __future__ import annotations

import json
import sys

import openviper_app
import starlette_app
from limits_layer import LimitsMiddleware
from options import HOSTS, LIMIT, ORIGIN
from secure import Secure
from secure.middleware import SecureASGIMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from timing import BROWSER, CROSS_ORIGIN, FEW, POST, Shape, medians, trivial

from openviper.core.middleware import build_middleware_stack

__all__ = ["main"]

SHAPES = {"few": FEW, "browser": BROWSER, "cross-origin": CROSS_ORIGIN}
PROXIED = [
    (b"x-forwarded-for", b"203.0.113.7"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"127.0.0.1"),
]

#: By name in the report.
OURS = {
    "RequestIdMiddleware": ("openviper.middleware.requestid.RequestIdMiddleware", {}),
    "ProxyHeadersMiddleware": (
        "openviper.middleware.proxy.ProxyHeadersMiddleware",
        {"trusted_proxies": ["127.0.0.1"]},
    ),
    "SecurityMiddleware": openviper_app.STACK[0],
    "CORSMiddleware": openviper_app.STACK[1],
    "ServerErrorMiddleware": ("openviper.middleware.error.ServerErrorMiddleware", {}),
    "CSRFMiddleware": openviper_app.STACK[2],
    "RateLimitMiddleware": openviper_app.STACK[3],
}
IN_STACK = ("SecurityMiddleware", "CORSMiddleware", "CSRFMiddleware", "RateLimitMiddleware")


async def call_next(request, following):
    return await following(request)


def peers():
    return {
        "Starlette TrustedHostMiddleware": TrustedHostMiddleware(trivial, allowed_hosts=HOSTS),
        "Starlette CORSMiddleware": CORSMiddleware(trivial, allow_origins=[ORIGIN], allow_methods=["*"]),
        "secure SecureASGIMiddleware": SecureASGIMiddleware(trivial, secure=Secure.with_default_headers()),
        "limits, memory, fixed window": LimitsMiddleware(trivial, LIMIT),
        "Starlette BaseHTTPMiddleware, empty": BaseHTTPMiddleware(trivial, dispatch=call_next),
    }


def layer_cases():
    applications = {"bare": trivial}
    applications |= {f"alone:{name}": build_middleware_stack(trivial, [entry]) for name, entry in OURS.items()}
    stack = {name: OURS[name] for name in IN_STACK}
    applications["stack"] = build_middleware_stack(trivial, list(stack.values()))
    for name in stack:
        others = [entry for other, entry in stack.items() if other != name]
        applications[f"without:{name}"] = build_middleware_stack(trivial, others)
    applications |= {f"alone:{name}": app for name, app in peers().items()}
    posts = ("bare", "alone:CSRFMiddleware", "stack", "without:CSRFMiddleware")
    return {f"{name}|post": (applications[name], Shape(POST, method="POST")) for name in posts} | {
        f"{name}|{kind}": (app, Shape([*headers, *PROXIED] if "Proxy" in name else headers))
        for name, app in applications.items()
        for kind, headers in SHAPES.items()
    }


def application_cases():
    applications = {
        "OpenViper": openviper_app.small(),
        "OpenViper with the stack": openviper_app.stacked(),
        "OpenViper with the stack, two limits": openviper_app.with_two_limits(),
        "Starlette": starlette_app.small(),
        "Starlette with CORS and TrustedHost": starlette_app.stacked(),
    }
    return shaped(applications)


def marked_cases():
    """In a process of its own: once a handler is marked, no request of any application goes the short way."""
    return shaped({"OpenViper with the stack, a marked handler (@rate_limit)": openviper_app.marked()})


def shaped(applications):
    return {
        f"{name}|{kind}": (app, Shape(SHAPES[kind]))
        for name, app in applications.items()
        for kind in ("few", "browser")
    }


def main():
    subject, rounds = sys.argv[1:]
    cases = {"layers": layer_cases, "application": application_cases, "marked": marked_cases}[subject]()
    print(json.dumps(medians(cases, int(rounds))))


if __name__ == "__main__":
    main()
