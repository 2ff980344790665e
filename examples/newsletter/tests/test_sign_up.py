"""Signing up, from the form to the confirmation."""

from __future__ import annotations

import asyncio
import re

import pytest


async def count(client):
    return (await client.get("/api/subscribers/count")).json()["subscribers"]


async def sign_up(client, address, **options):
    return await client.post("/subscribe", data={"address": address}, **options)


async def test_a_visitor_signs_up(site):
    """The answer to the form is a redirect, so that reloading the confirmation sends nothing again."""
    response = await sign_up(site, "ada@example.org")
    assert (response.status_code, response.headers["location"]) == (303, "/welcome")
    page = await site.get(response.headers["location"])
    assert "You are on the list." in page.text
    assert await count(site) == 1


async def test_the_address_is_kept_as_it_was_typed(site):
    """Without the space around it; when it came is kept too."""
    from newsletter.database import get_database

    await sign_up(site, "  Ada.Lovelace@Example.ORG ")
    rows = await get_database().read("SELECT address, signed_up FROM subscribers")
    assert rows[0]["address"] == "Ada.Lovelace@Example.ORG"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", rows[0]["signed_up"])


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada@example.org", "ADA@Example.Org"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("jos\u00e9@example.org", "jose\u0301@example.org"),
    ],
)
async def test_the_same_address_again_is_welcome_and_counts_once(site, first, again):
    """The answer is the same to the byte: the form does not tell who reads this newsletter."""
    one, other = await sign_up(site, first), await sign_up(site, again)
    assert (one.status_code, one.content) == (other.status_code, other.content)
    # Of every request alike: its own id, and how many may follow.
    own = ("x-request-id", "ratelimit")
    headers = [[field for field in each.headers.raw if field[0].decode() not in own] for each in (one, other)]
    assert headers[0] == headers[1]
    assert await count(site) == 1


async def test_the_same_address_again_is_as_much_work(site):
    """Both write something: a commit that has nothing to write is so much faster that it would tell who is known."""
    from newsletter.database import get_database

    for forms in (1, 2):
        await sign_up(site, "ada@example.org")
        rows = await get_database().read("SELECT sum(forms) AS forms FROM sign_ups")
        assert rows[0]["forms"] == forms


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "Please enter your email address."),
        ("   ", "Please enter your email address."),
        ("ada", "The @ is missing"),
        ("ada@", "should be a domain"),
        ("ada@localhost", "should be a domain"),
        ("ada@example..org", "should be a domain"),
        ("ada@-example.org", "should be a domain"),
        ("ada@127.0.0.1", "should be a domain"),
        ("ada@[127.0.0.1]", "should be a domain"),
        ("@example.org", "The part before the @"),
        ("ada@lovelace@example.org", "The part before the @"),
        (".ada@example.org", "The part before the @"),
        ("ada..lovelace@example.org", "The part before the @"),
        ("a" * 65 + "@example.org", "The part before the @"),
        ("ada lovelace@example.org", "has no spaces"),
        ("ada@example.org\r\nBcc: all@example.org", "has no spaces"),
        ("ada\x00@example.org", "has no spaces"),
        ("ada\u202e@example.org", "has no spaces"),
        ("ada@" + "a" * 300 + ".org", "longer than any email address"),
        ("ada@example.org, bob@example.org", "has no spaces"),
        ("ada@example.org,bob@example.org", "The part before the @"),
        ('"><script>alert(1)</script>', "The @ is missing"),
    ],
)
async def test_what_is_no_address_gets_the_form_back(site, typed, problem):
    """422, the field marked and described by the problem, what was typed still in it, and nothing kept."""
    response = await sign_up(site, typed)
    assert response.status_code == 422
    assert problem in response.text
    assert 'aria-invalid="true"' in response.text
    assert re.search(r'<p class="message" id="address-error">', response.text)
    assert 'aria-describedby="address-error address-hint"' in response.text
    assert "<script" not in response.text
    assert await count(site) == 0


async def test_what_was_typed_is_not_lost(site):
    """A visitor corrects one letter, and does not type it all again."""
    text = (await sign_up(site, "ada@\"example'&.org")).text
    assert 'value="ada@&#34;example&#39;&amp;.org"' in text


@pytest.mark.parametrize(
    ("request_options", "status"),
    [
        ({}, 422),
        ({"json": {"address": "ada@example.org"}}, 422),
        ({"files": {"address": ("a.txt", b"ada@example.org")}}, 422),
        ({"data": {"name": "ada@example.org"}}, 422),
        ({"content": b"\xff\xfe=%zz", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 422),
        ({"content": b"no boundary", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"data": {"address": "a" * 5000}}, 413),
    ],
)
async def test_a_form_without_an_address_is_answered(site, request_options, status):
    """What no browser sends is refused, and the next visitor is served."""
    assert (await site.post("/subscribe", **request_options)).status_code == status
    assert (await sign_up(site, "ada@example.org")).status_code == 303


async def test_a_sign_up_is_a_post(site):
    """A link cannot sign anybody up."""
    assert (await site.get("/subscribe?address=ada@example.org")).status_code == 200
    refused = await site.put("/subscribe", data={"address": "ada@example.org"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert await count(site) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "", "X-CSRFToken": "made-up"},
    ],
)
async def test_nobody_is_signed_up_by_another_site(site, headers):
    """Nor by a program that does not say where its form is from, without the form's token."""
    refused = await sign_up(site, "ada@example.org", headers=headers)
    assert refused.status_code == 403
    assert "CSRF" in refused.text
    assert await count(site) == 0


async def test_the_forms_token_serves_a_client_that_says_nothing_of_itself(site):
    """The cookie came with the form, and the client keeps it."""
    page = await site.get("/subscribe")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    form = {"csrfmiddlewaretoken": token, "address": "ada@example.org"}
    assert (await site.post("/subscribe", data=form, headers={"Sec-Fetch-Site": ""})).status_code == 303
    assert await count(site) == 1


async def test_too_many_sign_ups_from_one_address_are_refused(site):
    """With what a browser needs to know, and the security headers; others may go on, and this one may read."""
    answers = [await sign_up(site, "ada@example.org") for _ in range(25)]
    refused = answers[-1]
    assert (answers[0].status_code, refused.status_code) == (303, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert (await site.get("/")).status_code == 200
    assert (await sign_up(site, "ada@example.org", headers={"X-Forwarded-For": "203.0.113.9"})).status_code == 303


async def test_many_sign_ups_at_once_are_all_kept(site):
    """Two hundred visitors in the same moment, half of them twice; the web server in front says who they are."""
    addresses = [f"reader{number % 150}@example.org" for number in range(200)]
    visits = (
        sign_up(site, address, headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number, address in enumerate(addresses)
    )
    answers = await asyncio.gather(*visits)
    assert {answer.status_code for answer in answers} == {303}
    assert await count(site) == 150
