"""Which texts are one mailbox, and what is said of those that are not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openviper.core.email.addresses import Mailbox, parse_mailbox, parse_mailboxes
from openviper.core.email.errors import AddressError


@pytest.mark.parametrize(
    ("text", "name", "local", "domain"),
    [
        ("ada@example.org", "", "ada", "example.org"),
        ("Ada.Lovelace@EXAMPLE.Org", "", "Ada.Lovelace", "example.org"),
        ("a@b", "", "a", "b"),
        ("root@localhost", "", "root", "localhost"),
        ("#$&'*+-/?=^_`{|}~@example.org", "", "#$&'*+-/?=^_`{|}~", "example.org"),
        ("bounce+ada=example.net=@example.org", "", "bounce+ada=example.net=", "example.org"),
        ("  ada@example.org ", "", "ada", "example.org"),
        ("<ada@example.org>", "", "ada", "example.org"),
        ("Ada <ada@example.org>", "Ada", "ada", "example.org"),
        ("Ada Lovelace  <ada@example.org>", "Ada Lovelace", "ada", "example.org"),
        ("J. Doe<j@example.org>", "J. Doe", "j", "example.org"),
        ("O'Brien & Sons <o@example.org>", "O'Brien & Sons", "o", "example.org"),
        ('"Lovelace, Ada" <ada@example.org>', "Lovelace, Ada", "ada", "example.org"),
        (r'"Ada \"Countess\" \\ L" <ada@example.org>', r'Ada "Countess" \ L', "ada", "example.org"),
        ('"" <ada@example.org>', "", "ada", "example.org"),
        ("Zoë Grüße <z@example.org>", "Zoë Grüße", "z", "example.org"),
        ("山田　太郎 <t@example.jp>", "山田　太郎", "t", "example.jp"),
        ("می‌خواهم <t@example.org>", "می‌خواهم", "t", "example.org"),
        ("क्‍ष <t@example.org>", "क्‍ष", "t", "example.org"),
        ("ന്‍ x <t@example.org>", "ന്‍ x", "t", "example.org"),
        ("\u8fbb\U000e0100 <t@example.org>", "\u8fbb\U000e0100", "t", "example.org"),
        ("Ada ❤️ 👩‍💻 🏳️‍🌈 1️⃣ <a@example.org>", "Ada ❤️ 👩‍💻 🏳️‍🌈 1️⃣", "a", "example.org"),
        ("\u1820\u180b <a@example.org>", "\u1820\u180b", "a", "example.org"),
        ("\ue000 <a@example.org>", "\ue000", "a", "example.org"),
        ("n" * 320 + " <a@example.org>", "n" * 320, "a", "example.org"),
        ("=?utf-8?q?Ada?= <ada@example.org>", "=?utf-8?q?Ada?=", "ada", "example.org"),
        ("ada@bücher.example", "", "ada", "xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "", "ada", "xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "", "ada", "xn--bcher-kva.example"),
        ("ada@straße.example", "", "ada", "xn--strae-oqa.example"),
        ("ada@XN--BCHER-KVA.example", "", "ada", "xn--bcher-kva.example"),
        ("grüße@example.org", "", "grüße", "example.org"),
        ("用户@例子.广告", "", "用户", "xn--fsqu00a.xn--4rr70v"),
        ("a@1and1.example", "", "a", "1and1.example"),
        ("a@example.1x", "", "a", "example.1x"),
        ("l" * 64 + "@example.org", "", "l" * 64, "example.org"),
    ],
)
def test_a_mailbox_is_read(text, name, local, domain):
    """What people write as one mailbox is a name, a local part, and a domain as DNS has it."""
    assert parse_mailbox(text) == Mailbox(name, local, domain)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("ada", "has no '@'"),
        ("Ada <>", "has no '@'"),
        ("@example.org", "begins with '@'"),
        ("ada@", "has nothing after '@'"),
        ("<@example.org>", "begins with '@'"),
        ("ada@b@example.org", "more than one '@'"),
        ("ada@example.org, bob@example.org", "has a comma: give each address as an item of its own"),
        ("Ada <ada@example.org>, Bob <bob@example.org>", "has a comma"),
        ("Lovelace, Ada <ada@example.org>", "put a name with a comma in double quotes"),
        ("ada@example.org;bob@example.org", "has a semicolon"),
        ("ada@example.org bob@example.org", "has a space"),
        ("Friends: ada@example.org;", "has a semicolon"),
        ("Friends:ada@example.org", "groups and source routes"),
        ("Friends: Ada <ada@example.org>", "has a colon: groups are not taken"),
        ("<@relay.example:ada@example.org>", "a source route"),
        ("@relay.example,@b.example:ada@example.org", "a source route"),
        ("relay!ada%x@example.org:25", "has a colon"),
        ("ada@example.org (Ada)", "has a comment in parentheses"),
        ("ada(comment)@example.org", "has a comment in parentheses"),
        ("Ada (Countess) <ada@example.org>", "has a comment in parentheses"),
        ("a]da@example.org", "has ']' that no '[' belongs to"),
        ("ada@example].org", "has ']' that no '[' belongs to"),
        ("ada@(comment)example.org", "has a comment in parentheses"),
        ("alice@example.org)bob@example.org", "has a comment in parentheses"),
        ('"ada"@example.org', "has a quoted local part"),
        ('"ada@evil.example"@example.org', "has a quoted local part"),
        ('"ada@evil.example x"@example.org', "has a quoted local part"),
        ('"ada@evil.example" <ada@example.org>', "has '@' in the name"),
        ("ada@evil.example <ada@example.org>", "has '@' in the name"),
        ('Ada "Countess" L <ada@example.org>', "has a double quote within the name"),
        ('"Ada <ada@example.org>', "has a double quote within the name"),
        ('"Ada" L <ada@example.org>', "something other than '<' after a name"),
        ('"Ada" ada@example.org', "has a quoted local part, or a name without '<'"),
        ("Ada\\ <ada@example.org>", "has a backslash in a name"),
        ("Ada [x] <ada@example.org>", "has '[' in a name"),
        ("Ada > <ada@example.org>", "has '>' before '<'"),
        ("Ada <ada@example.org", "has a second '<', or no '>' at its end"),
        ("Ada <<ada@example.org>>", "has a second '<', or no '>' at its end"),
        ("ada@example.org>", "has '@' in the name"),
        ("<<ada@example.org>>", "has a second '<', or no '>' at its end"),
        ("<ada@example.org><bob@example.org>", "has a second '<', or no '>' at its end"),
        ("<ada@example.org>bob@example.org", "has a second '<', or no '>' at its end"),
        ("Ada < ada@example.org>", "has a space"),
        ("ada @example.org", "has a space"),
        ("ada@[127.0.0.1]", "has an address literal"),
        ("ada@[IPv6:::1]", "has an address literal"),
        ("ada@127.0.0.1", "has an IP address for a domain"),
        ("ada@2130706433", "has an IP address for a domain"),
        ("ada@0x7f000001", "has an IP address for a domain"),
        ("ada@0X7F.0x1", "has an IP address for a domain"),
        ("ada@example.0x", "has an IP address for a domain"),
        ("ada%corp.internal@example.org", "has '%' before '@', which some servers read as a route"),
        ("host!ada@example.org", "has '!' before '@', which some servers read as a route"),
        ("A <host!ada@example.org>", "has '!' before '@'"),
        ("=?utf-8?q?eve=40evil.example=3E?=@example.org", "has '=?' before '@', which some mail programs decode"),
        ("=?utf-8?q?a@example.org", "has '=?' before '@'"),
        ("a.b=?@example.org", "has '=?' before '@'"),
        ("Ada <ada=?utf-8@example.org>", "has '=?' before '@'"),
        ("gr\xfc\xdfe=?@example.org", "has '=?' before '@'"),
        ("ceo\uff20bank.example <eve@example.org>", "has '@' in the name"),
        ("ceo\ufe6bbank.example <eve@example.org>", "has '@' in the name"),
        ("\u2800 <eve@example.org>", "a name that shows nothing"),
        ("\u3000\u2800\u0301 <eve@example.org>", "a name that shows nothing"),
        ('"  " <eve@example.org>', "a name that shows nothing"),
        ("a\u200db <eve@example.org>", "U+200D ZERO WIDTH JOINER in the name"),
        ("\u200d\u200d <eve@example.org>", "U+200D ZERO WIDTH JOINER in the name"),
        ("\u0645\u200c\u200c\u0645 <eve@example.org>", "U+200C ZERO WIDTH NON-JOINER in the name"),
        ("\u0645\u200c <eve@example.org>", "U+200C ZERO WIDTH NON-JOINER in the name"),
        ("x\U000e0100 <eve@example.org>", "U+E0100 VARIATION SELECTOR-17 in the name"),
        ("$\ufe0f <eve@example.org>", "U+FE0F VARIATION SELECTOR-16 in the name"),
        ("n" * 321 + " <a@example.org>", "has a name of 321 characters, and may have 320"),
        ("n" * 5_000 + " <a@example.org>", "has 5016 characters, and may have 1000"),
        ("ada@example.org.", "ends in a dot"),
        ("ada@example..org", "has two dots in a row"),
        ("ada@.example.org", "has two dots in a row, or one right after '@'"),
        (".ada@example.org", "has a dot at the beginning"),
        ("ada.@example.org", "has a dot at the beginning or end"),
        ("a..da@example.org", "or two in a row"),
        ("ada@-example.org", "begins or ends with a hyphen"),
        ("ada@example-.org", "begins or ends with a hyphen"),
        ("ada@exam_ple.org", "has '_' in the domain"),
        ("ada@exam/ple.org", "has '/' in the domain"),
        ("ada@" + "a" * 64 + ".org", "label of 64 characters"),
        ("ada@" + "a." * 127 + "org", "domain of 257 characters"),
        ("l" * 65 + "@example.org", "has 65 octets before '@', and may have 64"),
        ("ü" * 33 + "@example.org", "has 66 octets before '@', and may have 64"),
        ("l" * 64 + "@" + "a." * 96 + "org", "has 260 octets, and may have 254"),
        ("ada@example\u3002org", "U+3002 IDEOGRAPHIC FULL STOP in the domain"),
        ("ada@example\uff0eorg", "U+FF0E FULLWIDTH FULL STOP in the domain"),
        ("ada@example\uff61org", "U+FF61 HALFWIDTH IDEOGRAPHIC FULL STOP in the domain"),
        ("ada@\uff45xample.org", "IDNA 2008"),
        ("ada@\u212aelvin.org", "U+212A KELVIN SIGN in the domain"),
        ("ada@\u0130x.org", "U+0130"),
        ("ada@i\u2764.ws", "IDNA 2008"),
        ("ada@ﬁne.org", "IDNA 2008"),
        ("ada@xn--\u00fc.org", "IDNA 2008"),
        ("ada\uff20evil.example@example.org", "also written otherwise"),
        ("\uff41da@example.org", "also written otherwise"),
        ("u\u0308@example.org", "also written otherwise"),
        ("ada\uff20example.org", "has no '@'"),
    ],
)
def test_what_is_no_mailbox_is_refused_with_a_reason(text, reason):
    """Whatever two programs could read differently is refused, and the error says where it was and what is wrong."""
    with pytest.raises(AddressError) as refusal:
        parse_mailbox(text, "cc[3]")
    message = str(refusal.value)
    assert message.startswith("cc[3]=")
    assert reason in message
    assert message.endswith("expected one address: ada@example.org or Ada Lovelace <ada@example.org>")
    assert message.isprintable()


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (["a@b.example", "c"], r"cc\[1\]='c'"),
        (["a@b.example", "a@b.example\n"], r"cc\[1\]="),
        (["a@b.example", 3], r"cc\[1\]=3"),
        (["a@b.example"] * 4_999 + ["x@y@z"], r"cc\[4999\]="),
    ],
)
def test_the_index_of_the_refused_one_is_named(texts, place):
    """Of several, the error names which one it is."""
    with pytest.raises(AddressError, match=place):
        parse_mailboxes(texts, "cc")


def test_whether_a_server_needs_smtputf8():
    """A local part beyond ASCII needs it, a domain and a name do not."""
    assert parse_mailbox("grüße@example.org").needs_utf8
    assert not parse_mailbox("Grüße <ada@bücher.example>").needs_utf8


def test_idna_is_loaded_for_domains_beyond_ascii_alone():
    """Its tables take time, and hardly an address needs them."""
    code = (
        "import sys; from openviper.core.email.addresses import parse_mailbox as p\n"
        "p('Zoë <ada@example.org>'); assert 'idna' not in sys.modules; p('a@ü.de'); assert 'idna' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
