"""The bytes of a message, held against what the standard library reads from them."""

from __future__ import annotations

import asyncio
import os
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import blake2b

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openviper.core.email._building.bodies import base64_body, text_body
from openviper.core.email.addresses import Mailbox
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.email.message import EmailMessageData, build_message, wire_message

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
LINES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=90)
BODIES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=400) | st.lists(
    st.sampled_from(["\r", "\n", "\r\n", ".", "From ", " ", "\t", "=", "ü", "--", "a" * 80, "\x85", "\u2028", "\x0c"])
).map("".join)
# Without what shows nothing, and what is "@" in another form.
SEEN = st.characters(
    exclude_categories=("C", "M", "Z"), exclude_characters="@\ufe6b\uff20\u2800\u115f\u1160\u3164\uffa0"
)
NAMES = st.just("") | st.builds("{}{}".format, SEEN, st.text(SEEN | st.sampled_from(" \u3000\u0301"), max_size=12))
ADDRESSES = st.integers(0, 999).map(lambda number: f"a.{number}@b{number}.example")
FILES = st.builds(
    AttachmentData,
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf"), exclude_characters="/\\"),
        min_size=1,
        max_size=60,
    ).filter(lambda name: name.strip(" .")),
    st.binary(max_size=300),
    st.sampled_from(["application/pdf", "image/png", "application/octet-stream"]),
)


def message(**arguments):
    return EmailMessageData(
        **{"recipients": "to@example.org", "subject": "s", "sender": "from@example.org", **arguments}
    )


def read(raw):
    """Return what the standard library reads, of bytes that any mail server takes."""
    assert raw.endswith(b"\r\n")
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    found = message_from_bytes(raw, policy=default)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def normal(text):
    """Return a text as it arrives: one kind of line end, and one at the end."""
    text = re.sub("\r\n|\r", "\n", text)
    return text if text.endswith("\n") else text + "\n"


def addresses(found, name):
    return [each.addr_spec for each in found[name].addresses] if name in found else []


def received(part):
    """Return the text of a part, decoded; get_content() splits it at more than line ends."""
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


@settings(deadline=None)
@given(
    subject=LINES,
    text=BODIES,
    html=st.none() | BODIES,
    to=st.lists(st.tuples(NAMES, ADDRESSES), max_size=4),
    cc=st.lists(ADDRESSES, max_size=3),
    bcc=st.lists(ADDRESSES.map("hidden.".__add__), min_size=1, max_size=3),
    files=st.lists(FILES, max_size=3),
    headers=st.lists(st.tuples(st.sampled_from(["X-A", "X-B", "Comments"]), LINES), max_size=3),
)
@example("=?utf-8?q?x=0d=0aBcc:_eve=40example.org?=", "", None, [], [], ["hidden@b.example"], [], [])
def test_every_message_is_read_back(subject, text, html, to, cc, bcc, files, headers):
    """Whatever a message has, the standard library finds in its bytes, and nothing else; Bcc is never there."""
    written = [str(Mailbox(name, *address.split("@"))) for name, address in to]
    data = message(
        subject=subject, text=text, html=html, recipients=written, cc=cc, bcc=bcc, attachments=files, headers=headers
    )
    raw = build_message(data)
    found = read(raw)
    assert found["Subject"] == subject
    assert addresses(found, "To") == [address for _, address in to]
    assert addresses(found, "Cc") == cc
    assert found["Bcc"] is None
    assert b"hidden" not in raw.lower()
    assert found["Message-ID"] == data.message_id
    assert found["Date"].datetime == data.date.replace(microsecond=0)
    for name in {name for name, _ in headers}:
        assert found.get_all(name) == [value for each, value in headers if each == name]
    assert (html is not None and not text.strip()) or received(found.get_body(("plain",))) == normal(text)
    assert html is None or received(found.get_body(("html",))) == normal(html)
    attached = list(found.iter_attachments())
    assert [(each["Content-Disposition"].params["filename"], each.get_content()) for each in attached] == [
        (f.filename, f.content) for f in files
    ]


CRAFTED = [
    "a\r\nBcc: eve@example.org",
    "a\nBcc: eve@example.org",
    "\n\nBcc: eve@example.org",
    "a\rBcc: eve@example.org",
    "=?utf-8?q?a=0D=0ABcc=3A_eve=40example=2Eorg?=",
    "=?utf-8?b?YQ0KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
    "a" * 70 + " \u2028Bcc: eve@example.org",
    "a" * 70 + " \x0bBcc: eve@example.org",
    "a" * 990 + " Bcc: eve@example.org",
]


@pytest.mark.parametrize("crafted", CRAFTED, ids=ascii)
def test_a_crafted_subject_is_no_header(crafted):
    """What makes the standard library of some Pythons write a Bcc (CVE-2024-6923) is refused, or is text."""
    try:
        raw = build_message(message(subject=crafted, text="x"))
    except HeaderError:
        return
    assert not re.search(rb"(?im)^bcc", raw)
    assert read(raw)["Subject"] == crafted
    assert read(raw)["Bcc"] is None


@pytest.mark.parametrize("crafted", CRAFTED, ids=ascii)
@pytest.mark.parametrize("place", ["name", "sender", "header", "filename"])
def test_a_crafted_text_is_no_header_elsewhere(crafted, place):
    """So it is in names, values and file names."""
    arguments = {
        "name": lambda: {"recipients": f"{crafted} <a@b>"},
        "sender": lambda: {"sender": f"{crafted} <a@b>"},
        "header": lambda: {"headers": {"X-A": crafted}},
        "filename": lambda: {"attachments": [AttachmentData(crafted, b"x")]},
    }
    try:
        raw = build_message(message(text="x", **arguments[place]()))
    except ValueError:
        return
    assert not re.search(rb"(?im)^bcc", raw)
    assert read(raw)["Bcc"] is None


@settings(deadline=None)
@given(BODIES)
@example("a" * 999)
@example("a" * 998 + "\n" + "b" * 998)
@example("a\n" * 2_000)
@example("\n.\n.\n..\n")
@example("From me\n\nFrom you\nFrom From From From ")
@example("é" * 80 + " \nFrom x")
@example("x" * 75 + " ")
@example("x" * 74 + " \nü" + "\x80" * 12 + "\t")
@example("".join("x" * n + "ü" * k + blank + "\n" for n in range(66, 78) for k in range(3) for blank in " \t="))
@example("ü" + "x" * 65_535 + "ü\n")
@example("".join("ü" + "x" * (65_535 + n) + "\n" for n in range(80)))
@example("".join("ü" + "x" * (65_532 + n) + " = \n" for n in range(80)))
@example("x" * 74 + "=\t\n" + "y" * 75 + ".\n.")
@example("x" * 200_000 + "\r\n" + "é" + "y" * 100_000)
@example("\r" * 65_535 + "\r\n" * 3 + "\n\r")
@example("ü" * 300_000)
@example(("a" * 60 + "ü\r\n") * 5_000)
def test_a_body_travels_and_arrives(text):
    """Lines of at most 998 ASCII characters, none beginning with From, hold any text, in pieces of whole lines."""
    body = text_body(text)
    raw = b"".join(body.pieces)
    assert raw.isascii()
    assert all(piece.endswith(b"\r\n") for piece in body.pieces)
    longest = max(map(len, raw.split(b"\r\n")))
    assert longest <= (998 if body.encoding == "7bit" else 76)
    assert not raw.startswith(b"From ")
    assert b"\nFrom " not in raw
    found = message_from_bytes(f"Content-Transfer-Encoding: {body.encoding}\r\n\r\n".encode() + raw)
    assert found.get_payload(decode=True).decode() == normal(text).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\n", "7bit"),
        ("", "7bit"),
        ("a" * 998, "7bit"),
        ("a" * 999, "quoted-printable"),
        ("Dear Ada,\nFrom now on ...", "quoted-printable"),
        ("Grüße aus München, wo es heute nicht regnet\n", "quoted-printable"),
        ("Привет, мир! Как дела?", "base64"),
        ("山田太郎", "base64"),
    ],
)
def test_the_encoding_is_the_shortest_that_travels(text, encoding):
    """Plain text as it is; what is mostly ASCII stays readable; the rest is base64."""
    assert text_body(text).encoding == encoding


@given(st.lists(st.binary(max_size=500)))
@example([os.urandom(57 * 8_192 * 2 + 5), b"x"])
@example([b"x" * 57])
@example([b""])
def test_base64_in_pieces_is_base64(pieces):
    """Cut anywhere, the lines are those of the whole."""
    from base64 import encodebytes

    assert b"".join(base64_body(pieces).pieces) == encodebytes(b"".join(pieces)).replace(b"\n", b"\r\n")


def types(part):
    """Return the tree of types."""
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), *map(types, part.iter_parts())


LOGO = AttachmentData("logo.png", PNG, content_id="logo")
PDF = AttachmentData("a.pdf", b"%PDF-1.7")
ALTERNATIVE = ("multipart/alternative", "text/plain", "text/html")


@pytest.mark.parametrize(
    ("arguments", "tree"),
    [
        ({"text": "a"}, "text/plain"),
        ({"text": "a", "html": "b"}, ALTERNATIVE),
        ({"html": "<p>b"}, ALTERNATIVE),
        ({"html": "<img src='cid:x'>"}, "text/html"),
        ({"text": "a", "attachments": [PDF]}, ("multipart/mixed", "text/plain", "application/pdf")),
        ({"text": "a", "html": "b", "attachments": [PDF]}, ("multipart/mixed", ALTERNATIVE, "application/pdf")),
        (
            {"text": "a", "html": '<img src="cid:logo">', "attachments": [LOGO]},
            ("multipart/related", ALTERNATIVE, "image/png"),
        ),
        (
            {"text": "a", "html": '<img src="cid:logo">', "attachments": [PDF, LOGO]},
            ("multipart/mixed", ("multipart/related", ALTERNATIVE, "image/png"), "application/pdf"),
        ),
        (
            {
                "text": "a",
                "html": "<img src='cid:logo'>",
                "attachments": [LOGO, AttachmentData("b", PNG, content_id="b")],
            },
            ("multipart/mixed", ("multipart/related", ALTERNATIVE, "image/png"), "image/png"),
        ),
        ({"text": "cid:logo", "attachments": [LOGO]}, ("multipart/mixed", "text/plain", "image/png")),
    ],
)
def test_the_tree_has_no_more_levels_than_it_needs(arguments, tree):
    """Text, html, what html shows, and what is attached; an image that html does not show is attached."""
    assert types(read(build_message(message(**arguments)))) == tree


@pytest.mark.parametrize(
    ("content_id", "html"),
    [
        ("logo@example.org", '<img src="cid:logo@example.org">'),
        ("a&b", '<img src="cid:a&amp;b">'),
        ("a{b}", '<img src="cid:a%7Bb%7D">'),
        ("a/b", "url(cid:a/b)"),
        ("logo", "<img src=CID:logo>"),
        ("it's", '<img src="cid:it&#x27;s">'),
        ("it's", """<img src="cid:it's">"""),
        ("logo", "<img src='cid:logo'>"),
    ],
)
def test_an_image_is_found_however_its_id_is_written(content_id, html):
    """As it stands in an attribute, a URL or a style."""
    found = read(build_message(message(html=html + "x", attachments=[AttachmentData("x", PNG, content_id=content_id)])))
    related = found.get_content_type(), found.get_param("type")
    assert related == ("multipart/related", "multipart/alternative")
    image = list(found.iter_parts())[1]
    assert image["Content-ID"] == f"<{content_id}>"
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == PNG


@pytest.mark.parametrize("html", ["<img src=cid:logo2>", "<img src='cid:my-logo'>", "<p>logo</p>", "cid:", ""])
def test_an_id_that_is_only_part_of_another_is_not_shown(html):
    """What the html does not show is an attachment, which every program lists."""
    logo = AttachmentData("x", PNG, content_id="logo")
    found = read(build_message(message(html=html, text="x", attachments=[logo])))
    (attached,) = found.iter_attachments()
    assert attached.get_content_disposition() == "attachment"


def test_many_ids_and_much_html_are_looked_at_once():
    """Inline images by the hundred in much html: the limit of the test run would end a search for each."""
    ids = [f"i{number}" for number in range(5_000)]
    html = "".join(f"<img src='cid:{each}'>" for each in ids) + "cid:" * 250_000
    files = [AttachmentData("a", b"x", "image/png", each) for each in ids[:999]]
    assert build_message(message(html=html, text="x", attachments=files)).count(b"Content-Disposition: inline") == 999


def test_text_is_made_of_html_when_it_is_missing():
    """Who reads mail as text gets what the html says."""
    found = read(build_message(message(html='<p>Hello <b>Ada</b></p><a href="https://example.org">Here</a>')))
    text = found.get_body(("plain",)).get_content()
    assert "Hello" in text
    assert "https://example.org" in text


def test_no_boundary_is_in_a_body():
    """Where a text has the lines that would separate it, others are taken; no text ends a part."""
    data = message(text="x", html="y", attachments=[PDF], message_id="<fixed@example.org>")
    lines = [line.decode() for line in build_message(data).split(b"\r\n") if line.startswith(b"--")]
    text = "\n".join(lines) + "\n"
    crafted = message(text=text, html=text, attachments=[PDF], message_id="<fixed@example.org>")
    found = read(build_message(crafted))
    assert types(found) == types(read(build_message(data)))
    assert received(found.get_body(("plain",))) == text


def test_a_text_of_known_boundaries_takes_no_time_to_speak_of():
    """A text that lists tens of thousands of those that come next is looked at once; the message stays one."""
    mid = "<fixed@example.org>"
    seeds = (f"{mid} alternative {number}".encode() for number in range(60_000))
    text = "\n".join("=_" + blake2b(seed, digest_size=15).hexdigest() for seed in seeds) + "\n"
    found = read(build_message(message(text=text, html="<p>x", message_id=mid)))
    assert received(found.get_body(("plain",))) == text
    assert found.get_boundary() not in text


def test_the_same_message_has_the_same_bytes():
    """An attempt tomorrow, or in another process, sends what was sent today."""
    data = message(text="ü", html="<p>y", attachments=[PDF, LOGO])
    assert build_message(data) == build_message(EmailMessageData.from_json(data.to_json()))


@pytest.mark.parametrize(
    ("content", "mimetype", "written"),
    [
        (b"plain", "text/csv", "text/csv"),
        ("grüße".encode(), "text/csv", 'text/csv; charset="utf-8"'),
        ("grüße".encode("latin-1"), "text/csv", "text/csv"),
        ("grüße".encode(), "application/json", "application/json"),
    ],
)
def test_the_charset_of_attached_text_is_named_where_it_is_known(content, mimetype, written):
    """UTF-8 is; what is neither that nor ASCII is left to who reads it. The bytes stay as they are."""
    found = read(build_message(message(text="x", attachments=[AttachmentData("a", content, mimetype)])))
    attached = next(found.iter_attachments())
    assert attached["Content-Type"] == written
    assert attached.get_payload(decode=True) == content


def test_only_blind_copies():
    """With nobody in To and Cc, To says so."""
    found = read(build_message(message(recipients=(), bcc="hidden@example.org", text="x")))
    assert found["To"] == "undisclosed-recipients:;"
    found = read(build_message(message(recipients=(), cc="cc@example.org", text="x")))
    assert found["To"] is None


def test_header_fields_of_their_own():
    """Reply-To, a second sender and custom headers are there, names beyond ASCII encoded."""
    headers = {"Sender": "Grüße <s@example.org>", "X-Long": "x" * 900, "References": "<a@b> <c@d>", "X-Empty": ""}
    raw = build_message(message(text="x", reply_to=["Zoë <z@example.org>", "y@example.org"], headers=headers))
    found = read(raw)
    assert [each.addr_spec for each in found["Reply-To"].addresses] == ["z@example.org", "y@example.org"]
    assert found["Sender"].address.display_name == "Grüße"
    assert found["X-Long"] == "x" * 900
    assert found["X-Empty"] == ""
    assert b"\r\nReferences: <a@b> <c@d>\r\n" in raw


def test_addresses_beyond_ascii_are_for_servers_with_smtputf8():
    """Without it they are in no header; with it they stand there as they are, and the message says so."""
    arguments = {"recipients": ["Grüße <grüße@example.org>", "a@example.org"], "cc": "用户@example.org", "text": "x"}
    without = asyncio.run(wire_message(message(**arguments)))
    assert not without.smtputf8
    assert [each.addr_spec for each in read(bytes(without))["To"].addresses] == ["a@example.org"]
    assert read(bytes(without))["Cc"] is None
    wire = asyncio.run(wire_message(message(**arguments), utf8=True))
    assert wire.smtputf8
    assert "<grüße@example.org>, a@example.org\r\n".encode() in bytes(wire)
    assert "Cc: 用户@example.org\r\n".encode() in bytes(wire)
    assert b"=?utf-8?b?R3LDvMOfZQ==?=" in bytes(wire)


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        ({}, False),
        ({"recipients": "Grüße <a@bücher.example>"}, False),
        ({"bcc": "grüße@example.org"}, True),
        ({"envelope_sender": "grüße@example.org"}, True),
        ({"sender": "grüße@example.org"}, True),
        ({"reply_to": "grüße@example.org"}, True),
    ],
)
def test_whether_a_message_needs_smtputf8(arguments, needs):
    """A local part beyond ASCII does, in the header or the envelope; a name and a domain do not."""
    assert asyncio.run(wire_message(message(text="x", **arguments), utf8=True)).smtputf8 is needs


@pytest.mark.parametrize("place", ["sender", "reply_to"])
def test_a_sender_beyond_ascii_cannot_be_left_out(place):
    """From and Reply-To are refused, where To and Cc lose the address."""
    with pytest.raises(AddressError, match=rf"^{place}='grüße@example.org' .* SMTPUTF8"):
        build_message(message(text="x", **{place: "grüße@example.org"}))


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


async def test_a_large_message_is_made_in_pieces_beside_the_loop():
    """25 MiB come as whole lines in pieces of at most 1 MiB, equal to what is built at once; the loop goes on."""
    data = message(text="x", attachments=[AttachmentData("a.bin", os.urandom(26_214_400), "application/octet-stream")])
    turns = []

    async def turn():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(turn())
    wire = await wire_message(data)
    task.cancel()
    assert all(chunk.endswith(b"\r\n") and len(chunk) <= 1_048_576 for chunk in wire.chunks)
    assert wire.size == sum(map(len, wire.chunks)) > 26_214_400
    assert bytes(wire) == build_message(data)
    # Not a bound of time: had the loop waited, there would be hardly a turn.
    assert len(turns) > 10


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "x" * 300_000},
        {"text": "x", "subject": "ü" * 40_000},
        {"text": "x", "recipients": [f'"Lovelace, Ada" <a{n}@example.org>' for n in range(3_000)]},
        {"text": "x", "headers": {"X-A": "x " * 30_000}},
        {"text": "x", "attachments": [PDF] * 100},
        {"text": " \n", "html": "<p>x</p>" * 4_000},
    ],
    ids=lambda arguments: list(arguments)[-1],
)
async def test_what_takes_long_is_made_in_a_thread(arguments, monkeypatch):
    """Whether it is the bodies, the header or the number of attachments; the bytes are the same."""
    made = []
    to_thread = asyncio.to_thread

    async def noted(*given):
        made.append(given)
        return await to_thread(*given)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    data = message(**arguments)
    assert bytes(await wire_message(data)) == build_message(data)
    assert made
    assert bytes(await wire_message(message(text="x", message_id="<a@b>", date=data.date)))
    assert len(made) == 1


def test_the_identifier_of_a_list_stays_readable():
    """RFC 2919: the words before it are text, which is encoded, and it is none."""
    raw = build_message(message(text="x", headers={"List-Id": "Zoë's news <news.example.org>"}))
    assert b"<news.example.org>\r\n" in raw
    assert str(read(raw)["List-Id"]) == "Zoë's news <news.example.org>"


def test_an_empty_value_of_a_long_name_is_a_field():
    """A name of as many characters as one may have."""
    name = "X-" + "a" * 74
    assert read(build_message(message(text="x", headers={name: ""})))[name] == ""


async def test_a_small_message_is_one_piece():
    """Most messages are written at once."""
    wire = await wire_message(message(text="x", html="y", attachments=[PDF]))
    assert len(wire.chunks) == 1
    assert wire.size == len(bytes(wire))


def test_the_bytes_are_about_as_many_as_the_standard_library_makes():
    """The same message by the standard library is not shorter by more than its names differ."""
    data = message(text="Grüße\n" * 50, html="<p>Hello</p>\n" * 50, attachments=[PDF])
    theirs = EmailMessage()
    theirs.set_content(data.text)
    theirs.add_alternative(data.html, subtype="html")
    theirs.add_attachment(PDF.content, maintype="application", subtype="pdf", filename="a.pdf")
    assert len(build_message(data)) < len(theirs.as_bytes()) + 600
