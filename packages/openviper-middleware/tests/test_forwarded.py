"""What is read in the headers of proxies, and what is taken for garbage."""

from __future__ import annotations

import pytest

from openviper.middleware._forwarded import LONGEST_NODE, MOST_HOPS, elements, pairs, parse_address, parse_node


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a, b,c", [b"c", b"b", b"a"]),
        (b" ,a ,\t, b,, ", [b"b", b"a"]),
        (b",,,", []),
    ],
)
def test_a_list_is_read_from_the_right_without_its_empty_elements(value, found):
    """The nearest proxy's element comes first."""
    assert elements(value) == found


def test_a_long_list_is_read_only_so_far():
    """A header of 64 kB makes no more work than the longest chain that is accepted."""
    assert elements(b", ".join(b"%d" % number for number in range(10_000))) == [
        b"%d" % number for number in range(9_999, 9_999 - MOST_HOPS, -1)
    ]
    assert elements(b"," * 65_536) == []


@pytest.mark.parametrize(
    ("raw", "address", "port"),
    [
        (b"192.0.2.1", "192.0.2.1", 0),
        (b"192.0.2.1:4711", "192.0.2.1", 4711),
        (b"192.0.2.1:0", "192.0.2.1", 0),
        (b"192.0.2.1:65535", "192.0.2.1", 65535),
        (b"192.0.2.1:_hidden", "192.0.2.1", 0),
        (b"2001:db8::1", "2001:db8::1", 0),
        (b"2001:DB8:0:0::1", "2001:db8::1", 0),
        (b"[2001:db8::1]", "2001:db8::1", 0),
        (b"[2001:db8::1]:4711", "2001:db8::1", 4711),
        (b"[2001:db8::1]:_x", "2001:db8::1", 0),
        (b"fe80::1%eth0", "fe80::1", 0),
        (b"[fe80::1%25eth0]:80", "fe80::1", 80),
        (b"::ffff:192.0.2.1", "192.0.2.1", 0),
        (b"[::ffff:192.0.2.1]:80", "192.0.2.1", 80),
        (b"::", "::", 0),
    ],
)
def test_addresses_are_read_in_every_form_that_proxies_write(raw, address, port):
    """With and without port, in brackets, with a zone, and as Azure, IIS and RFC 7239 have it."""
    found, number = parse_node(raw)
    assert (str(found), number) == (address, port)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"unknown",
        b"_hidden",
        b"_hidden:80",
        b"localhost",
        b"example.org:80",
        b"1",
        b"127.1",
        b"0x7f.0.0.1",
        b"010.0.0.1",
        b"256.0.0.1",
        b"192.0.2.1.",
        b"192.0.2.1:",
        b"192.0.2.1:x",
        b"192.0.2.1:-1",
        b"192.0.2.1:+1",
        b"192.0.2.1:65536",
        b"192.0.2.1:000080",
        b"192.0.2.1:\xb2",
        b"192.0.2.1/24",
        b"192.0.2.1%eth0",
        b"[192.0.2.1]",
        b"[2001:db8::1",
        b"[2001:db8::1]x",
        b"[2001:db8::1]:",
        b"[::1]80",
        b"[::1]x80",
        b"[2001:db8::1]]",
        b"[[::1]]",
        b"[]",
        b"2001:db8::1]",
        b"2001:db8::1]:80",
        b":::",
        b"::1 ::2",
        b"1.2.3.4 5.6.7.8",
        b"1.2.3.4\r\nX: y",
        b"1.2.3.4\x00",
        b"\xd9\xa1.2.3.4",
        b"fe80::1%" + b"x" * LONGEST_NODE,
        b"1" * 100_000,
        b"<script>",
    ],
)
def test_what_is_no_address_is_none(raw):
    """Names, hidden nodes, short and octal forms, and whatever else a client can think of."""
    assert parse_node(raw) is None


@pytest.mark.parametrize("text", ["testclient", "", "%", "%eth0", "/run/app.sock", "unix:", "::1%\n%"])
def test_a_peer_may_be_called_anything(text):
    """Servers and test clients name peers as they like."""
    assert parse_address(text) is None or text.startswith("::1%")


@pytest.mark.parametrize(
    ("element", "found"),
    [
        (b"for=192.0.2.1", {b"for": b"192.0.2.1"}),
        (b'For="[2001:db8::1]:80";PROTO=https', {b"for": b"[2001:db8::1]:80", b"proto": b"https"}),
        (b"for=192.0.2.1 ; proto=https;\thost=a", {b"for": b"192.0.2.1", b"proto": b"https", b"host": b"a"}),
        (b"for=[::1]:80;by=_x", {b"for": b"[::1]:80", b"by": b"_x"}),
        (b'for=unknown;host=""', {b"for": b"unknown", b"host": b""}),
        (b"for=", {b"for": b""}),
    ],
)
def test_the_parameters_of_forwarded_are_read(element, found):
    """Names in any case, values as tokens or quoted, and an unquoted IPv6 address, which some proxies write."""
    assert pairs(element) == found


@pytest.mark.parametrize(
    "element",
    [
        b"",
        b"for",
        b"=x",
        b";",
        b"for=1.2.3.4;",
        b"for=1.2.3.4;proto",
        b"for=1.2.3.4;for=5.6.7.8",
        b"for=1.2.3.4;For=5.6.7.8",
        b'for="1.2.3.4',
        b'for=1.2.3.4"',
        b'for="',
        b'for="1.2.3.4"x"',
        b'for="1.2.\\3.4"',
        b'for=1.2.3.4;host="a;proto=https"',
        b"\xff",
    ],
)
def test_a_malformed_element_tells_nothing(element):
    """Half of it might be the client's own words."""
    assert pairs(element) == {}
