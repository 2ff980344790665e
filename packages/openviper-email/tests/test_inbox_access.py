"""Who is answered by the inbox: requests of this machine, and of our own pages."""

from __future__ import annotations

import pytest
from inbox_client import ask, keep

from openviper.core.email.backends.memory import outbox

SIMPLE = "From: Ada <ada@example.org>\nTo: to@example.org\nSubject: Welcome\n\nHello!\n"
pytestmark = pytest.mark.usefixtures("memory")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8000", "mail.localhost:1", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000", "localhost.:80"],
)
async def test_a_host_of_this_machine_is_answered(host):
    """Names and addresses that no other machine has are ours, with any port."""
    assert (await ask("/", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example, localhost",
        "localhost:8000@evil.example",
        "localhost/evil",
        "192.168.1.5:8000",
        "169.254.169.254",
        "[fe80::1]",
        "[::1",
        "2130706433",
        "localhost:abc",
        "localhost\u00ad",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/messages", "/inbox.css"])
async def test_another_host_gets_403_and_no_mail(host, path):
    """A name that was made to resolve to this machine (DNS rebinding) reads nothing."""
    keep(SIMPLE)
    answer = await ask(path, host=host)
    assert answer.status == 403
    assert "Welcome" not in answer.text
    assert "open the page as http://localhost" in answer.text


async def test_two_hosts_get_403():
    """Which of them a server in front has checked cannot be known."""
    from openviper.core.email._inbox.access import problem_of

    assert problem_of("GET", {b"host": b"localhost, localhost"}) is not None
    assert problem_of("GET", {}) is not None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
        {"sec_fetch_site": "unheard-of"},
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "null"},
        {"origin": "file://"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/clear"), ("DELETE", "/api/messages")])
async def test_a_page_of_another_origin_clears_nothing(headers, method, path):
    """A request that may change something has to come from our own page, or from no browser."""
    keep(SIMPLE)
    assert (await ask(path, method, **headers)).status == 403
    assert len(outbox) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://localhost:8000"},
        {"origin": "https://localhost:8000"},
    ],
    ids=str,
)
async def test_our_own_page_clears_the_inbox(headers):
    """The form leads back to the list, with the method GET."""
    keep(SIMPLE)
    answer = await ask("/clear", "POST", **headers)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert len(outbox) == 0


async def test_a_page_of_another_origin_embeds_and_fetches_nothing():
    """Neither a frame nor an image nor a script of it is answered, with CORS in front or without."""
    keep(SIMPLE)
    for mode, dest in [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"), ("navigate", "object")]:
        answer = await ask("/", sec_fetch_site="cross-site", sec_fetch_mode=mode, sec_fetch_dest=dest)
        assert answer.status == 403, dest
    assert (await ask("/api/messages", origin="http://evil.example")).status == 403


async def test_a_link_on_another_page_leads_here():
    """What opens a whole tab is a visit: it shows the list to who follows it, and to nobody else."""
    visit = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert (await ask("/", **visit)).status == 200
