"""What a signer may put before a message."""

from __future__ import annotations

import pytest
from mail_reading import message, read

from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.email.message import build_message


@pytest.mark.parametrize(
    "signed",
    [
        b"DKIM-Signature: v=1;\r\n b=abc\r\n",
        b"DKIM-Signature: v=1;\r\n b=abc",
        "DKIM-Signature: v=1;\r\n b=abc\r\n",
        [("DKIM-Signature", "v=1;\r\n b=abc")],
        {"DKIM-Signature": "v=1;\r\n b=abc"},
        (("DKIM-Signature", "v=1;\r\n b=abc"),),
    ],
)
def test_a_signature_stands_before_the_message(signed):
    """``sign`` gets the finished bytes, and what it returns is put before exactly these."""
    data, seen = message(text="x"), []
    raw = build_message(data, sign=lambda finished: seen.append(finished) or signed)
    assert raw == b"DKIM-Signature: v=1;\r\n b=abc\r\n" + seen[0]
    assert seen[0] == build_message(data)
    assert read(raw)["DKIM-Signature"].replace("\r\n", "") == "v=1; b=abc"


@pytest.mark.parametrize(
    "signed",
    [
        None,
        b"",
        [],
        3,
        b"\r\n",
        b"no header\r\n",
        b"A: b\r\n\r\nbody\r\n",
        b"A: b\nBcc: c\r\n",
        b"Bcc: eve@example.org\r\n",
        b"From: eve@example.org\r\n",
        b" folded: a\r\n",
        b"A: \xff\r\n",
        [("A", "b\r\nBcc: c")],
        [("A", "b\r\n\r\nbody")],
        [("Subject", "b")],
        [("A",)],
        [("A b", "c")],
        b"A: " + b"x" * 1_000,
        [("A", "b\r\nX-Injected: yes")],
        [("A", "b\n c")],
        [("A", "b\r\n ")],
        [("A: b\r\nX-Injected", "yes")],
        b"X-Receiver: eve@example.org\r\n",
        b"x-sender: eve@example.org\r\n",
        b"List-Unsubscribe: <https://evil.example>\r\n",
        b"References: <a@b>\r\nReferences: <c@d>\r\n",
        b"Sender: Ada, Bob\r\n",
        "A: \udc80",
        [("A", "\udc80")],
    ],
    ids=ascii,
)
def test_a_signature_that_is_no_header_is_refused(signed):
    """What ``sign`` returns adds fields of its own, and cannot replace or end those of the message."""
    data = message(text="x", headers={"List-Unsubscribe": "<https://example.org>"})
    with pytest.raises((HeaderError, AddressError)) as refusal:
        build_message(data, sign=lambda _: signed)
    assert "headers=" not in str(refusal.value)


@pytest.mark.parametrize(
    "signed",
    [
        b"Sender: Ada <ada@example.org>\r\n",
        b"Sender:\r\n\tAda\r\n <ada@example.org>\r\n",
        [("Sender", "ada@example.org"), ("DKIM-Signature", "a"), ("DKIM-Signature", "b")],
        b"List-Unsubscribe: <https://example.org>\r\n",
    ],
    ids=ascii,
)
def test_a_field_that_the_message_has_not_may_come_from_a_signer(signed):
    """Each of its own, and as many signatures as there are."""
    data = message(text="x")
    assert build_message(data, sign=lambda _: signed).endswith(build_message(data))


def test_the_error_of_a_signer_is_its_own():
    """It passes through as it is."""
    with pytest.raises(ZeroDivisionError):
        build_message(message(text="x"), sign=lambda _: 1 / 0)


def test_a_dkim_signature_verifies():
    """A signature made by dkimpy over the finished bytes is one that dkimpy finds good."""
    import dkim
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    data = message(text="Grüße\n.\n", html="<p>x</p>", recipients=[f"Ada Lovelace <a{n}@b.example>" for n in range(9)])
    raw = build_message(data, sign=lambda finished: dkim.sign(finished, b"s", b"example.org", pem))
    assert dkim.verify(raw, dnsfunc=lambda name, timeout=5: record)
    assert not dkim.verify(raw.replace(b"<p>x</p>", b"<p>y</p>"), dnsfunc=lambda name, timeout=5: record)
