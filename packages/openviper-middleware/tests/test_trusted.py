"""Which networks are trusted, and what is refused when they are configured."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.middleware._options import Option
from openviper.middleware._trusted import TrustedProxies


@pytest.mark.parametrize(
    ("entries", "peer", "trusted"),
    [
        ((), ("127.0.0.1", 1), False),
        ((), None, False),
        (("10.0.0.0/8",), ("10.1.2.3", 1), True),
        (("10.0.0.0/8",), ["10.1.2.3", 1], True),
        (("10.0.0.0/8",), ("11.0.0.1", 1), False),
        (("10.0.0.0/8",), ("::ffff:10.1.2.3", 1), True),
        (("10.0.0.0/8",), None, False),
        (("10.0.0.0/8",), ("", 0), False),
        (("10.0.0.0/8",), ("testclient", 50000), False),
        (("10.0.0.0/8",), ("10.0.0.1, 10.0.0.2", 1), False),
        (("10.0.0.0/255.0.0.0",), ("10.1.2.3", 1), True),
        (("10.0.0.1",), ("10.0.0.1", 1), True),
        (("10.0.0.1",), ("10.0.0.2", 1), False),
        (["::1", "fd00::/8"], ("fd12::1", 1), True),
        (["::1", "fd00::/8"], ("0:0:0:0:0:0:0:1", 1), True),
        (["::1", "fd00::/8"], ("127.0.0.1", 1), False),
        (["fe80::/10"], ("fe80::1%eth0", 1), True),
        (["0.0.0.0/0"], ("6.6.6.6", 1), True),
        (["0.0.0.0/0"], ("2001:db8::1", 1), False),
        (["0.0.0.0/0", "::/0"], ("2001:db8::1", 1), True),
        (["0.0.0.0/0", "::/0"], None, False),
        (["unix"], None, True),
        (["unix"], ("", 0), True),
        (["unix"], (None, 0), True),
        (["unix"], (), True),
        (["unix"], ("127.0.0.1", 1), False),
        (["unix"], ("unix", 1), False),
    ],
)
def test_a_peer_is_trusted_by_its_network(entries, peer, trusted):
    """Asked twice: the second answer is a remembered one."""
    proxies = TrustedProxies(Option(entries, "trusted_proxies"))
    assert [proxies.trusts(peer), proxies.trusts(peer)] == [trusted, trusted]


def test_what_is_remembered_has_an_end():
    """Clients choose the addresses that are looked up; memory does not grow with them."""
    proxies = TrustedProxies(Option(["10.0.0.0/8"], "trusted_proxies"))
    for number in range(5_000):
        assert not proxies.trusts((f"192.{number % 200}.{number // 200}.1", 1))
    assert proxies._trusts_host.cache_info().currsize <= 4096
    assert proxies.trusts(("10.0.0.1", 1))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ("10.0.0.0/8", "trusted_proxies='10.0.0.0/8' is one string; expected a sequence: ('10.0.0.0/8',)"),
        (["::1", "*"], "trusted_proxies[1]='*' would let whoever can reach the server say who they are; expected"),
        (["*"], "'0.0.0.0/0' and '::/0' where nothing but proxies can reach it"),
        ([""], "trusted_proxies[0]='' is no network; expected a network ('10.0.0.0/8'), an address ('::1') or 'unix'"),
        (["nginx"], "trusted_proxies[0]='nginx' is no network"),
        (["10.0.0.0/33"], "trusted_proxies[0]='10.0.0.0/33' is no network"),
        (["10.0.0"], "trusted_proxies[0]='10.0.0' is no network"),
        ([" 10.0.0.1"], "trusted_proxies[0]=' 10.0.0.1' is no network"),
        (["10.0.0.1:80"], "trusted_proxies[0]='10.0.0.1:80' is no network"),
        (["[::1]"], "trusted_proxies[0]='[::1]' is no network"),
        (["Unix"], "trusted_proxies[0]='Unix' is no network"),
        (["fe80::1%eth0"], "trusted_proxies[0]='fe80::1%eth0' is no network"),
        (
            ["10.0.0.1/8"],
            "trusted_proxies[0]='10.0.0.1/8' has bits beyond its mask; expected '10.0.0.0/8' or",
        ),
        (["fd00::1/8"], "has bits beyond its mask; expected 'fd00::/8' or 'fd00::1'"),
        (["::ffff:10.0.0.0/104"], "trusted_proxies[0]='::ffff:10.0.0.0/104' is an IPv4 network; expected '10.0.0.0/8'"),
        ([10], "trusted_proxies[0]=10; expected a network"),
        ([None], "trusted_proxies[0]=None; expected a network"),
        ([b"10.0.0.1"], "trusted_proxies[0]=b'10.0.0.1'; expected a network"),
    ],
)
def test_what_is_no_network_is_refused(entries, says):
    """One sentence: the value, its place, and what would be accepted."""
    with pytest.raises(ImproperlyConfigured) as caught:
        TrustedProxies(Option(entries, "trusted_proxies"))
    assert says in str(caught.value)
