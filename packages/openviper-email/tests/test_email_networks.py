"""Which addresses are public."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from openviper.core.email._attaching import networks
from openviper.core.email.attachments import is_private_hostname, validate_public_ip_address
from openviper.core.email.errors import AttachmentError

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2606:4700:4700::1111",
    "2620:4f:7fff::1",
    "2620:4f:8001::1",
    "2a00:1450::1",
    "3ffe:ffff::1",
    "3fff:1000::1",
]

NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.1.2.3", "0.255.255.255"],
    "private use": ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "shared address space": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.255", "::1"],
    "link local and metadata": ["169.254.0.1", "169.254.169.254", "169.254.170.2", "fe80::1", "febf::1", "fe80::1%1"],
    "protocol assignments": ["192.0.0.0", "192.0.0.9", "192.0.0.10", "192.0.0.192", "192.0.0.255"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8::1", "2001:db8:ffff::", "3fff::1"],
    "AS112 and AMT": ["192.31.196.1", "192.52.193.1", "192.175.48.6", "2620:4f:8000::42", "2001:4:112::1"],
    "6to4": ["192.88.99.0", "192.88.99.1", "192.88.99.255", "2002::1", "2002:7f00:1::1", "2002:a9fe:a9fe::"],
    "benchmarking": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1", "ff0e:ffff::1"],
    "reserved": ["240.0.0.1", "255.255.255.254", "255.255.255.255", "4000::1", "5f00::1", "e000::1"],
    "Azure's own": ["168.63.129.16"],
    "unspecified": ["::"],
    "IPv4 inside of IPv6": ["::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1"],
    "Teredo and ORCHID": [
        "2001::1",
        "2001:0:4136:e378::1",
        "2001:10::1",
        "2001:20::1",
        "2001:30::1",
        "2001:1ff:ffff::1",
    ],
    "unique local and metadata": ["fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fd20:ce::254"],
    "site local": ["fec0::1", "feff::1"],
    "discard only": ["100::1"],
    "a scope": ["2606:4700:4700::1111%eth0"],
}
ROWS = [pytest.param(address, id=f"{kind}: {address}") for kind, each in NOT_PUBLIC.items() for address in each]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_internet_is_public(address):
    """Hosts on the internet are public, also right beside the blocks that are not."""
    validate_public_ip_address(address)
    assert not is_private_hostname("example.com", [address])


@pytest.mark.parametrize("address", ROWS)
def test_an_address_for_special_use_is_not_public(address):
    """Whatever leads back into the own network, or to no host at all, is refused as an address and for a name."""
    with pytest.raises(AttachmentError, match="not a public address"):
        validate_public_ip_address(address)
    assert is_private_hostname("example.com", [address])


@pytest.mark.parametrize("network", [str(network) for network in (*networks._IPV4_DENIED, *networks._IPV6_DENIED)])
def test_a_denied_block_is_denied_from_end_to_end(network):
    """The first and the last address of each block are refused."""
    block = ip_network(network)
    assert not networks.is_public(block[0])
    assert not networks.is_public(block[-1])


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "0x7f.1", "127.1", "010.0.0.1", "8.8.8.8/32", "1.2.3.4\n"])
def test_what_is_no_address_is_refused(text):
    """Text that other programs may take for an address is none."""
    with pytest.raises(ValueError, match="no IP address"):
        validate_public_ip_address(text)
    assert is_private_hostname("example.com", [text])


@pytest.mark.parametrize(
    "addresses",
    [["8.8.8.8", "127.0.0.1"], ["2606:4700:4700::1111", "::1"], ["8.8.8.8", "2002::1"], ["10.0.0.1", "8.8.8.8"], []],
)
def test_one_private_address_is_enough(addresses):
    """A host is public only if every address of it is, and it has one."""
    assert is_private_hostname("example.com", addresses)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "0x7f.1",
        "2130706433",
        "nowhere.invalid",
        "",
        "a..b",
        "x" * 300,
        "a\0b",
        "\ud800",
    ],
)
def test_a_host_that_leads_to_this_machine_or_nowhere_is_private(host):
    """Names are looked up; one that cannot be, whatever the reason, is not public."""
    assert is_private_hostname(host)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "no address"], []])
def test_another_judge_is_asked_instead(addresses):
    """What may be connected to is for the judge to say; no address, and what is none, never may."""
    judge = ip_network("10.0.0.0/8").__contains__
    assert networks.are_allowed(addresses, judge) == (addresses == ["10.0.0.1"])
