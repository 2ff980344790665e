"""Who the client is behind proxies that are trusted, behind others, and behind none."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.middleware import build_middleware_stack
from openviper.core.request_headers import request_headers
from openviper.middleware.proxy import ProxyHeadersMiddleware

PATH = "openviper.middleware.proxy.ProxyHeadersMiddleware"
PROXIES = ["10.0.0.0/8", "fd00::/8"]


async def ignore(scope, receive, send):
    pass


async def served(*fields, peer=("10.0.0.1", 4000), kind="http", **options):
    """Return the scope as the application sees it; each field is ``"Name: value"``."""
    scheme = {"http": "http", "websocket": "ws"}[kind]
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (each.split(": ", 1) for each in fields)]
    scope = {"type": kind, "client": peer, "scheme": scheme, "headers": raw}
    await ProxyHeadersMiddleware(ignore, **{"trusted_proxies": PROXIES, **options})(scope, None, None)
    return scope


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9", ("203.0.113.9", 0)),
        ("6.6.6.6, 203.0.113.9", ("203.0.113.9", 0)),
        ("6.6.6.6, 203.0.113.9, 10.0.0.2", ("203.0.113.9", 0)),
        ("6.6.6.6,203.0.113.9 , 10.0.0.2:55,, fd00::2", ("203.0.113.9", 0)),
        ("203.0.113.9:55", ("203.0.113.9", 55)),
        ("[2001:db8::1]:55, [fd00::2]:55", ("2001:db8::1", 55)),
        ("2001:DB8::0001%eth0", ("2001:db8::1", 0)),
        ("::ffff:203.0.113.9, ::ffff:10.0.0.2", ("203.0.113.9", 0)),
        ("10.0.0.3, 10.0.0.2", ("10.0.0.3", 0)),
        ("203.0.113.9, unknown, 10.0.0.2", ("10.0.0.2", 0)),
        ("203.0.113.9, garbage\x00<script>, 10.0.0.2", ("10.0.0.2", 0)),
        ("203.0.113.9, 10.0.0.2:99999, 10.0.0.3", ("10.0.0.3", 0)),
        ("203.0.113.9, garbage", ("10.0.0.1", 4000)),
        ("garbage", ("10.0.0.1", 4000)),
        ("10.0.0.2;203.0.113.9", ("10.0.0.1", 4000)),
        (" , ,", ("10.0.0.1", 4000)),
        ("", ("10.0.0.1", 4000)),
        ("6.6.6.6, " * 100 + "203.0.113.9, 10.0.0.2", ("203.0.113.9", 0)),
        ("10.6.6.6, " * 100 + "10.0.0.2", ("10.6.6.6", 0)),
        ("x" * 60_000 + ", 203.0.113.9", ("203.0.113.9", 0)),
        ("," * 60_000 + "203.0.113.9", ("203.0.113.9", 0)),
        ("203.0.113.9" + "," * 60_000, ("10.0.0.1", 4000)),
    ],
)
async def test_the_client_is_the_first_from_the_right_that_is_no_proxy(kind, chain, client):
    """What stands further to the left is the client's own words; what is no address ends the search."""
    scope = await served(f"X-Forwarded-For: {chain}", kind=kind)
    assert scope["client"] == client


@pytest.mark.parametrize(("family", "form"), [("x-forwarded", "{}"), ("forwarded", "for={}")])
async def test_what_is_remembered_of_chains_has_an_end(family, form):
    """Clients choose them, and the long ones are not remembered at all."""
    app = ProxyHeadersMiddleware(ignore, trusted_proxies=PROXIES, headers=family)
    name = {"x-forwarded": b"x-forwarded-for"}.get(family, b"forwarded")
    for number in range(5_000):
        address = f"192.{number % 200}.{number // 200}.1"
        chain = ("6.6.6.6, " * (100 if number % 2 else 0) + form.format(address)).encode()
        scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": [(name, chain)]}
        await app(scope, None, None)
        assert scope["client"] == (address, 0)
    remembered = [app._x_forwarded_for.cache_info().currsize, app._forwarded_value.cache_info().currsize]
    assert sorted(remembered) == [0, 2_500]


async def test_the_chain_may_come_in_several_lines():
    """They are one list, in the order in which they came (RFC 9110, 5.3)."""
    lines = ("X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.0.0.2")
    assert (await served(*lines))["client"] == ("203.0.113.9", 0)


@pytest.mark.parametrize("peer", [("203.0.113.5", 1), ("127.0.0.1", 1), ("::1", 1), ("testclient", 1), None, ("", 0)])
@pytest.mark.parametrize("headers", ["x-forwarded", "forwarded"])
async def test_nothing_is_read_of_a_connection_from_elsewhere(peer, headers):
    """Nor is anything removed: the scope stays as the server made it."""
    fields = [
        "Host: example.org",
        "X-Forwarded-For: 10.0.0.2",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "Forwarded: for=10.0.0.2;proto=https;host=evil.example",
    ]
    scope = await served(*fields, peer=peer, headers=headers, trust_host=True)
    assert (scope["client"], scope["scheme"], len(scope["headers"])) == (peer, "http", 5)
    assert request_headers(scope)[b"host"] == b"example.org"


async def test_a_unix_socket_is_trusted_by_its_name():
    """A peer without an address is the proxy on the same machine, if the settings say so."""
    scope = await served("X-Forwarded-For: 203.0.113.9", peer=None, trusted_proxies=["unix"])
    assert scope["client"] == ("203.0.113.9", 0)


@pytest.mark.parametrize(
    ("kind", "value", "scheme"),
    [
        ("http", "https", "https"),
        ("http", "http", "http"),
        ("http", "HTTPS", "https"),
        ("http", "wss", "https"),
        ("http", " https ", "https"),
        ("websocket", "https", "wss"),
        ("websocket", "http", "ws"),
        ("websocket", "wss", "wss"),
        ("http", "ftp", "http"),
        ("http", "javascript", "http"),
        ("http", "https\x00", "http"),
        ("http", "https://", "http"),
        ("http", "", "http"),
        ("http", ",", "http"),
        # One for each hop, the client's beside the client's address.
        ("http", "https, http", "https"),
        ("http", "http, https", "http"),
        ("http", "http, https, http", "https"),
        ("http", "gopher, https", "http"),
    ],
)
async def test_the_scheme_is_the_one_that_the_client_used(kind, value, scheme):
    """Four schemes are known, and become the one of the scope's type."""
    chain = "X-Forwarded-For: 203.0.113.9, 10.0.0.2"
    assert (await served(chain, f"X-Forwarded-Proto: {value}", kind=kind))["scheme"] == scheme


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_lists_that_are_shorter_than_the_chain_tell_what_stands_rightmost(kind):
    """The client is three hops away, and two of the proxies between told the scheme, the host and the port."""
    fields = [
        "Host: inner",
        "X-Forwarded-For: 203.0.113.9, 10.0.0.2, 10.0.0.3",
        "X-Forwarded-Proto: http, https",
        "X-Forwarded-Host: first.example, last.example",
        "X-Forwarded-Port: 1, 8443",
    ]
    scope = await served(*fields, kind=kind, trust_host=True)
    assert scope["client"] == ("203.0.113.9", 0)
    assert scope["scheme"] == {"http": "https", "websocket": "wss"}[kind]
    assert request_headers(scope)[b"host"] == b"last.example:8443"


async def test_a_scheme_needs_no_chain():
    """A proxy may tell the scheme and nothing else."""
    scope = await served("X-Forwarded-Proto: https")
    assert (scope["scheme"], scope["client"]) == ("https", ("10.0.0.1", 4000))
    assert (await served("X-Forwarded-For: garbage", "X-Forwarded-Proto: http, https"))["scheme"] == "https"


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("value", "client", "secure"),
    [
        ("for=203.0.113.9", ("203.0.113.9", 0), False),
        ("for=203.0.113.9;proto=https", ("203.0.113.9", 0), True),
        ('For="203.0.113.9:55"; Proto=HTTPS', ("203.0.113.9", 55), True),
        ('for="[2001:db8::1]:55"', ("2001:db8::1", 55), False),
        ("for=6.6.6.6;proto=https, for=203.0.113.9;proto=http, for=10.0.0.2;proto=https", ("203.0.113.9", 0), False),
        ("for=203.0.113.9;proto=https, for=10.0.0.2;proto=http", ("203.0.113.9", 0), True),
        ("for=203.0.113.9, for=10.0.0.2;proto=https", ("203.0.113.9", 0), True),
        ("for=203.0.113.9, for=unknown;proto=https", ("10.0.0.1", 4000), True),
        ("for=203.0.113.9, for=_hidden", ("10.0.0.1", 4000), False),
        ("for=203.0.113.9, by=10.0.0.1", ("10.0.0.1", 4000), False),
        ("for=203.0.113.9, for=_hidden, for=10.0.0.2", ("10.0.0.2", 0), False),
        ("for=203.0.113.9;for=6.6.6.6;proto=https", ("10.0.0.1", 4000), False),
        ('for="203.0.113.9', ("10.0.0.1", 4000), False),
        # A quote that the client opened does not swallow what the proxy appends.
        ('for="6.6.6.6, for=203.0.113.9', ("203.0.113.9", 0), False),
        ('for=6.6.6.6;x="\\, for=203.0.113.9', ("203.0.113.9", 0), False),
        ('for=203.0.113.9;host="a, for=6.6.6.6;x="', ("10.0.0.1", 4000), False),
        # Nor does a host of the client's choice become an element.
        ('for=203.0.113.9;host="a, for=6.6.6.6"', ("10.0.0.1", 4000), False),
        ("garbage", ("10.0.0.1", 4000), False),
        (", ,", ("10.0.0.1", 4000), False),
        ("for=6.6.6.6, " * 100 + "for=203.0.113.9, for=10.0.0.2", ("203.0.113.9", 0), False),
    ],
)
async def test_forwarded_is_read_like_a_chain_of_its_own(kind, value, client, secure):
    """RFC 7239: every hop is an element, with the scheme beside the address."""
    scope = await served(f"Forwarded: {value}", kind=kind, headers="forwarded")
    assert scope["client"] == client
    assert scope["scheme"] in (("https", "wss") if secure else ("http", "ws"))


async def test_only_the_configured_family_is_read():
    """A proxy that sets one passes on what the client sent of the other."""
    fields = ["X-Forwarded-For: 203.0.113.1", "X-Forwarded-Proto: https", "Forwarded: for=203.0.113.2;proto=http"]
    by_default = await served(*fields)
    assert (by_default["client"], by_default["scheme"]) == (("203.0.113.1", 0), "https")
    forwarded = await served(*fields, headers="forwarded")
    assert (forwarded["client"], forwarded["scheme"]) == (("203.0.113.2", 0), "http")
    assert (await served(fields[0], headers="forwarded"))["client"] == ("10.0.0.1", 4000)
    assert (await served(fields[2]))["client"] == ("10.0.0.1", 4000)


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        (["X-Forwarded-Host: shop.example.org"], b"shop.example.org"),
        (["X-Forwarded-Host: shop.example.org:8443"], b"shop.example.org:8443"),
        (["X-Forwarded-Host: [2001:db8::1]:80"], b"[2001:db8::1]:80"),
        (["X-Forwarded-Host: 6.6.6.6, shop.example.org"], b"shop.example.org"),
        (["X-Forwarded-Host: shop.example.org, inner", "X-Forwarded-For: 1.1.1.1, 10.0.0.2"], b"shop.example.org"),
        (["X-Forwarded-Host: shop.example.org", "X-Forwarded-Port: 8443"], b"shop.example.org:8443"),
        (["X-Forwarded-Host: [2001:db8::1]", "X-Forwarded-Port: 8443"], b"[2001:db8::1]:8443"),
        (["X-Forwarded-Host: shop.example.org:1", "X-Forwarded-Port: 8443"], b"shop.example.org:1"),
        (["X-Forwarded-Port: 8443"], b"inner:8443"),
        (["X-Forwarded-Port: 80"], b"inner"),
        (["X-Forwarded-Port: 443", "X-Forwarded-Proto: https"], b"inner"),
        (["X-Forwarded-Port: 80", "X-Forwarded-Proto: https"], b"inner:80"),
        (["X-Forwarded-Port: 0"], b"inner"),
        (["X-Forwarded-Port: 65536"], b"inner"),
        (["X-Forwarded-Port: " + "9" * 5000], b"inner"),
        (["X-Forwarded-Port: x"], b"inner"),
        (["X-Forwarded-Host: "], b"inner"),
        (["X-Forwarded-Host: a b"], b"inner"),
        (["X-Forwarded-Host: a\r\nX-Evil: 1"], b"inner"),
        (["X-Forwarded-Host: <script>"], b"inner"),
        (["X-Forwarded-Host: user@evil.example"], b"inner"),
        (["X-Forwarded-Host: evil.example/path"], b"inner"),
        (["X-Forwarded-Host: \xe4.example"], b"inner"),
        (["X-Forwarded-Host: " + "a" * 8_000], b"inner"),
    ],
)
async def test_the_host_is_replaced_where_the_proxies_are_trusted_with_it(fields, host):
    """In its place in the list; what cannot be a host is not taken, and a port only beside a host without one."""
    scope = await served("Accept: */*", "Host: inner", *fields, trust_host=True)
    assert scope["headers"][1] == (b"host", host)
    assert request_headers(scope)[b"host"] == host


async def test_the_host_stays_where_it_is_not_asked_for():
    """Many proxies pass on an X-Forwarded-Host that the client sent."""
    fields = ["Host: inner", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1"]
    assert (await served(*fields))["headers"][0] == (b"host", b"inner")
    scope = await served("Host: inner", "Forwarded: for=1.1.1.1;host=evil.example", headers="forwarded")
    assert scope["headers"][0] == (b"host", b"inner")


async def test_the_host_of_forwarded_is_the_chosen_hops():
    """It stands beside the client's address."""
    value = 'Forwarded: for=1.1.1.1;host="shop.example.org:8443", for=10.0.0.2;host=middle'
    scope = await served("Host: inner", value, headers="forwarded", trust_host=True)
    assert scope["headers"][0] == (b"host", b"shop.example.org:8443")


async def test_a_request_without_host_gets_one():
    """HTTP/1.0 has none."""
    scope = await served("X-Forwarded-Host: shop.example.org", trust_host=True)
    assert (b"host", b"shop.example.org") in scope["headers"]


async def test_two_hosts_stay_two():
    """SecurityMiddleware refuses them; half of the request must not be repaired."""
    scope = await served("Host: a", "Host: b", "X-Forwarded-Host: c", "X-Forwarded-Port: 8443", trust_host=True)
    assert request_headers(scope)[b"host"] == b"c:8443, b"


async def test_whoever_holds_the_scope_sees_the_change():
    """The application's request object was made of this scope and this list before."""
    headers = [(b"host", b"inner"), (b"x-forwarded-host", b"shop.example.org"), (b"x-forwarded-for", b"1.1.1.1")]
    scope = {"type": "http", "client": ("10.0.0.1", 1), "scheme": "http", "headers": headers}
    assert request_headers(scope)[b"host"] == b"inner"
    seen = []

    async def application(inner, receive, send):
        seen.append((inner, request_headers(inner)[b"host"]))

    await ProxyHeadersMiddleware(application, trusted_proxies=PROXIES, trust_host=True)(scope, None, None)
    assert seen == [(scope, b"shop.example.org")]
    assert seen[0][0] is scope
    assert scope["headers"] is headers
    assert headers[0] == (b"host", b"shop.example.org")


async def test_headers_that_are_no_list_become_one():
    """ASGI says that they can be iterated, no more."""
    headers = ((b"host", b"inner"), (b"x-forwarded-host", b"shop.example.org"), (b"x-forwarded-port", b"8443"))
    scope = {"type": "http", "client": ("10.0.0.1", 1), "scheme": "http", "headers": headers}
    await ProxyHeadersMiddleware(ignore, trusted_proxies=PROXIES, trust_host=True)(scope, None, None)
    assert request_headers(scope)[b"host"] == b"shop.example.org:8443"
    assert scope["headers"][0] == (b"host", b"shop.example.org:8443")


async def test_the_settings_are_read_where_it_is_listed():
    """TRUSTED_PROXIES, PROXY_HEADERS and PROXY_TRUST_HOST, once, when the stack is built."""
    scope = {
        "type": "http",
        "client": ("10.0.0.1", 1),
        "headers": [(b"host", b"inner"), (b"forwarded", b"for=1.1.1.1;proto=https;host=a.example")],
    }
    with override_settings(TRUSTED_PROXIES=("10.0.0.1",), PROXY_HEADERS="forwarded", PROXY_TRUST_HOST=True):
        stack = build_middleware_stack(ignore, [PATH])
    await stack(scope, None, None)
    assert (scope["client"], scope["scheme"]) == (("1.1.1.1", 0), "https")
    assert scope["headers"][0] == (b"host", b"a.example")


async def test_without_configuration_nothing_changes():
    """No proxy is trusted by default, not even one on the same machine."""
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"1.1.1.1")]}
    await ProxyHeadersMiddleware(ignore)(scope, None, None)
    assert scope["client"] == ("127.0.0.1", 1)


@pytest.mark.parametrize("kind", ["lifespan", "something.new"])
async def test_other_scopes_pass(kind):
    """They have no client."""
    scope = {"type": kind}
    await ProxyHeadersMiddleware(ignore, trusted_proxies=["unix"])(scope, None, None)
    assert scope == {"type": kind}


def test_bad_configuration_is_refused_with_its_place():
    """As a parameter and as a setting."""
    with pytest.raises(ImproperlyConfigured, match=r"^trusted_proxies\[0\]='nginx' is no network"):
        ProxyHeadersMiddleware(ignore, trusted_proxies=["nginx"])
    with pytest.raises(ImproperlyConfigured, match=r"^headers='x-real-ip'; expected one of 'x-forwarded', 'forwarded'"):
        ProxyHeadersMiddleware(ignore, headers="x-real-ip")
    with pytest.raises(ImproperlyConfigured, match=r"^trust_host='no'; expected True or False"):
        ProxyHeadersMiddleware(ignore, trust_host="no")
    with (
        override_settings(TRUSTED_PROXIES=("10.0.0.1/8",)),
        pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXIES\[0\]='10\.0\.0\.1/8' has bits"),
    ):
        build_middleware_stack(ignore, [PATH])


GARBAGE = st.binary(max_size=60) | st.text('0123456789abcdef.:,;="[]%_ \\forphst', max_size=80).map(str.encode)


@given(GARBAGE, GARBAGE, GARBAGE, GARBAGE, st.sampled_from(["x-forwarded", "forwarded"]))
def test_no_header_breaks_it_or_gets_where_it_does_not_belong(chain, proto, host, port, family):
    """The client is an address, the scheme one of two, and Host has no character that hosts have not."""
    values = {b"x-forwarded-for": chain, b"x-forwarded-proto": proto, b"x-forwarded-host": host, b"forwarded": chain}
    headers = [(b"host", b"inner"), *values.items(), (b"x-forwarded-port", port)]
    scope = {"type": "http", "client": ("10.0.0.1", 1), "scheme": "http", "headers": headers}
    app = ProxyHeadersMiddleware(ignore, trusted_proxies=PROXIES, headers=family, trust_host=True)
    with pytest.raises(StopIteration):
        app(scope, None, None).send(None)
    address, number = scope["client"]
    assert str(ip_address(address)) == address
    assert 0 <= number <= 65535
    assert scope["scheme"] in ("http", "https")
    assert all(char.isascii() and (char.isalnum() or char in ".-_:[]") for char in headers[0][1].decode())


async def tell(scope, receive, send):
    """Answer with what the request is."""
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    body = json.dumps([scope["client"] and scope["client"][0], scope["scheme"], host]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([b"X-Forwarded-For: 6.6.6.6, 203.0.113.9"], ["203.0.113.9", "http", "testserver"]),
        ([b"x-FORWARDED-for: 6.6.6.6", b"X-Forwarded-For: 203.0.113.9"], ["203.0.113.9", "http", "testserver"]),
        ([b"X-Forwarded-For: \xff\xfe"], ["127.0.0.1", "http", "testserver"]),
        ([b"X-Forwarded-For: fe80::9%eth0"], ["fe80::9", "http", "testserver"]),
        ([b"X-Forwarded-For: [fe80::9%25eth0]:80, 127.0.0.1"], ["fe80::9", "http", "testserver"]),
        ([b"X-Forwarded-For: [::1]x80"], ["127.0.0.1", "http", "testserver"]),
        ([b"X-Forwarded-For: " + b"6.6.6.6, " * 100 + b"203.0.113.9"], ["203.0.113.9", "http", "testserver"]),
        ([b"X-Forwarded-Proto: https", b"X-Forwarded-Host: a.example"], ["127.0.0.1", "https", "a.example"]),
        ([b"X-Forwarded-Host: \xff"], ["127.0.0.1", "http", "testserver"]),
    ],
)
def test_behind_a_real_server(serve, lines, told):
    """The headers as h11 and httptools hand them on."""
    server = serve(ProxyHeadersMiddleware(tell, trusted_proxies=["127.0.0.1"], trust_host=True))
    assert json.loads(server.get(b"/", *lines).body) == told


def test_behind_a_unix_socket(serve, tmp_path):
    """Its peers have no address."""
    server = serve(ProxyHeadersMiddleware(tell, trusted_proxies=["unix"]), uds=str(tmp_path / "s"))
    assert json.loads(server.get(b"/", b"X-Forwarded-For: 203.0.113.9").body)[0] == "203.0.113.9"
    assert json.loads(server.get(b"/").body)[0] is None


def test_a_server_that_reads_the_headers_too_does_no_harm(serve):
    """uvicorn does by default, for 127.0.0.1: then the client is known already, or is the next proxy."""
    app = ProxyHeadersMiddleware(tell, trusted_proxies=["127.0.0.1", "10.0.0.0/8"])
    server = serve(app, proxy_headers=True)
    for chain in (b"6.6.6.6, 203.0.113.9", b"6.6.6.6, 203.0.113.9, 10.0.0.2"):
        answer = server.get(b"/", b"X-Forwarded-For: " + chain, b"X-Forwarded-Proto: https")
        assert json.loads(answer.body) == ["203.0.113.9", "https", "testserver"]
