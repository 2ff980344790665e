"""What others try on the running site, and what the middleware makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from running import Site, expect, expect_page

__all__ = ["STRANGERS_STEPS"]

#: On every answer, whatever it is.
PROTECTION = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'self'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "permissions-policy": "camera=()",
}

ADDRESS = {"address": "mallory@example.org"}


def expect_protection(headers: Mapping[str, str], of: str) -> None:
    for name, value in PROTECTION.items():
        expect(value in headers.get(name, "missing"), f"{of} has {name}: {headers.get(name)}")


def security_headers(site: Site) -> str:
    for path, status in (("/", 200), ("/api", 200), ("/nothing-here", 404), ("/static/newsletter/site.css", 200)):
        answer = site.ask("GET", path)
        expect_page(answer, status)
        expect_protection(answer.headers, path)
    return "security headers stand on pages, JSON, files and 404"


def foreign_host(site: Site) -> str:
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::1]evil", "", "a" * 8000):
        answer = site.ask("GET", "/", headers={"Host": host})
        expect_page(answer, 400)
        expect("evil" not in answer.text, f"it repeats the host: {answer.text[:300]}")
        expect_protection(answer.headers, f"the answer to the host {host[:40]!r}")
    return "a host that is not ours is a 400 that does not repeat it"


def form_of_another_site(site: Site) -> str:
    before = site.subscribers()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = site.ask("POST", "/subscribe", form=ADDRESS, headers=headers)
        expect_page(answer, 403, "CSRF")
        expect_protection(answer.headers, f"the answer to {headers}")
    expect(site.subscribers() == before, "somebody was signed up from elsewhere")
    return "a form that another site sends is a 403"


def old_client(site: Site) -> str:
    before = site.subscribers()
    expect_page(site.ask("POST", "/subscribe", form=ADDRESS), 403, "CSRF")
    page = site.ask("GET", "/subscribe")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    expect(token is not None, f"the form has no token: {page.text}")
    cookie = page.headers.get("set-cookie", "").partition(";")[0]
    expect(cookie.startswith("csrftoken="), f"the cookie is {cookie!r}")
    assert token is not None
    for sent in (token[1][:-1], token[1][::-1], ""):
        form = {**ADDRESS, "csrfmiddlewaretoken": sent}
        expect_page(site.ask("POST", "/subscribe", form=form, headers={"Cookie": cookie}), 403, "CSRF")
    expect(site.subscribers() == before, "somebody was signed up without a token")
    form = {"address": "charles@example.org", "csrfmiddlewaretoken": token[1]}
    answer = site.ask("POST", "/subscribe", form=form, headers={"Cookie": cookie})
    expect(answer.status == 303, f"the form with its token answers {answer.status}: {answer.text[:300]}")
    return "a client that says nothing of where its form is from needs the form's token"


def request_ids(site: Site) -> str:
    first, second = (site.ask("GET", "/").headers.get("x-request-id") for _ in range(2))
    expect(bool(first) and bool(second) and first != second, f"the ids are {first} and {second}")
    given = "visit-0123456789"
    answer = site.ask("GET", "/", headers={"X-Request-ID": given})
    expect(answer.headers.get("x-request-id") == given, f"the id is {answer.headers.get('x-request-id')}")
    forged = site.ask("GET", "/", headers={"X-Request-ID": "a b<script>"}).headers.get("x-request-id", "")
    expect("script" not in forged, f"the id is {forged}")
    for each in (given, second):
        expect(f"[{each}]" in site.log, f"the log does not have the id {each}")
    return "every answer has its request id, by which it is found in the log"


def too_many(site: Site) -> str:
    # From an address of its own, as the proxy on this machine would report it.
    headers = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "203.0.113.9"}
    answers = [site.ask("POST", "/subscribe", form={}, headers=headers) for _ in range(25)]
    expect_page(answers[0], 422)
    answer = answers[-1]
    expect_page(answer, 429)
    expect(answer.headers["retry-after"].isdigit(), f"Retry-After is {answer.headers['retry-after']}")
    expect_protection(answer.headers, "429")
    headers["X-Forwarded-For"] = "203.0.113.10"
    expect_page(site.ask("POST", "/subscribe", form={}, headers=headers), 422)
    return f"too many sign-ups from one address are a 429 (Retry-After: {answer.headers['retry-after']})"


STRANGERS_STEPS: tuple[Callable[[Site], str], ...] = (
    security_headers,
    foreign_host,
    form_of_another_site,
    old_client,
    request_ids,
    too_many,
)
