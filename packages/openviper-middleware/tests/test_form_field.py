"""The one field of a form that is looked for while its bytes arrive."""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesParser
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.middleware._form_field import MultipartScan, UrlencodedScan, field_scan

URLENCODED = b"application/x-www-form-urlencoded"
BOUNDARY = "B"
MULTIPART = b"multipart/form-data; boundary=B"


def scanned(content_type, body, name="t", size=None):
    """Return what is found in a body that comes in pieces of ``size`` bytes, or in one."""
    scan = field_scan(content_type, name)
    size = size or max(1, len(body))
    for start in range(0, len(body), size):
        found = scan.feed(body[start : start + size])
        if found is not None:
            return found
    return scan.end()


def cut(body, places):
    """Return ``body`` in the pieces between ``places``."""
    ends = sorted(min(place, len(body)) for place in places)
    return [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]


def fed(scan, pieces):
    for piece in pieces:
        found = scan.feed(piece)
        if found is not None:
            return found
    return scan.end()


@pytest.mark.parametrize("size", [1, 2, 7, None])
@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"t=abc", b"abc"),
        (b"a=1&t=abc&b=2", b"abc"),
        (b"t=abc&t=def", b"abc"),
        (b"t=", b""),
        (b"t", b""),
        (b"t&a=1", b""),
        (b"&&t=abc&&", b"abc"),
        (b"%74=abc", b"abc"),
        (b"t=a%62c", b"abc"),
        (b"t=a+b%2Bc%26d%3D", b"a b+c&d="),
        (b"t=a=b", b"a=b"),
        (b"t=%zz%4", b"%zz%4"),
        (b"t=\xff\x00", b"\xff\x00"),
        (b"t=a\nb", b"a\nb"),
        (b"", None),
        (b"&", None),
        (b"=t", None),
        (b"tt=abc&xt=abc&t%00=abc", None),
        (b"a=t=abc", None),
        (b"a=1;t=abc", None),
        (b"T=abc", None),
        (b"t\n=abc", None),
    ],
)
def test_a_field_of_an_urlencoded_form_is_found(body, value, size):
    """The first of the name, decoded, whichever way it is written and cut."""
    assert scanned(URLENCODED, body, size=size) == value


@pytest.mark.parametrize("name", ["t", "csrfmiddlewaretoken", "a b", "a.b[c]", "ü", "%41", "a+b"])
def test_names_are_compared_as_they_are_meant(name):
    """A name's special characters stand for themselves, in the setting and in the form."""
    assert scanned(URLENCODED, urlencode({"x": "1", name: "abc"}).encode(), name) == b"abc"
    assert scanned(URLENCODED, b"".join(b"%%%02x" % byte for byte in name.encode()) + b"=abc", name) == b"abc"


def first_value(body):
    """Return the first value of ``t`` as the standard library reads it, with a character for each byte."""
    values = parse_qs(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1").get("t")
    return values[0].encode("latin-1") if values else None


FIELDS = st.lists(st.tuples(st.sampled_from(["t", "tt", "a", "", "ü", "t ", "T"]), st.text(max_size=12)), max_size=8)


@given(FIELDS, st.lists(st.integers(0, 200)))
def test_an_urlencoded_form_is_read_as_the_standard_library_reads_it(fields, places):
    """Whatever the fields and however they are cut, the first one of the name is found."""
    body = urlencode(fields, errors="surrogatepass").encode()
    assert fed(UrlencodedScan(b"t"), cut(body, places)) == first_value(body)


@given(
    st.lists(st.sampled_from(["t", "%74", "=", "&", "a", "+", "%", "%2", "%26", "t="])), st.lists(st.integers(0, 40))
)
def test_any_text_is_read_as_the_standard_library_reads_it(tokens, places):
    """What no browser sends is taken apart alike."""
    body = "".join(tokens).encode()
    assert fed(UrlencodedScan(b"t"), cut(body, places)) == first_value(body)


def part(headers, value, boundary=BOUNDARY):
    return f"--{boundary}\r\n{headers}\r\n\r\n{value}\r\n".encode()


def field(name, value):
    return part(f'Content-Disposition: form-data; name="{name}"', value)


UPLOAD = part(
    'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain', "t=1\r\n\r\n"
)


@pytest.mark.parametrize("size", [1, 2, 7, None])
@pytest.mark.parametrize(
    ("body", "value"),
    [
        (field("t", "abc") + b"--B--\r\n", b"abc"),
        (field("t", "abc"), None),
        (field("t", "abc") + b"--B", b"abc"),
        (field("a", "1") + field("t", "abc") + b"--B--", b"abc"),
        (UPLOAD + field("t", "abc") + b"--B--", b"abc"),
        (field("t", "abc") + field("t", "def") + b"--B--", b"abc"),
        (field("t", "") + b"--B--", b""),
        (field("t", "a\r\n-- B\r\n\r\n-") + b"--B--", b"a\r\n-- B\r\n\r\n-"),
        (b"preamble\r\n" + field("t", "abc") + b"--B--", b"abc"),
        (b"--B \t\r\nContent-Disposition: form-data; name=t\r\n\r\nabc\r\n--B--", b"abc"),
        (part("content-disposition:form-data;NAME=t", "abc") + b"--B--", b"abc"),
        (part('Content-Disposition: form-data;\r\n name="t"', "abc") + b"--B--", b"abc"),
        (part('X: y\r\nContent-Disposition: form-data; name="t"\r\nZ: 1', "abc") + b"--B--", b"abc"),
        (part('Content-Disposition: form-data; filename="; name=a"; name="t"', "abc") + b"--B--", b"abc"),
        (part(r'Content-Disposition: form-data; filename="\"; name=a"; name="\t"', "abc") + b"--B--", b"abc"),
        (part("", "abc") + field("t", "def") + b"--B--", b"def"),
        (b"--B\r\n\r\n" + b"abc\r\n" + field("t", "def") + b"--B--", b"def"),
        (b"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--BB\r\n" + field("t", "abc")[3:], None),
        (field("a", "1") + b"--B--\r\n" + field("t", "abc") + b"--B--", None),
        (part('Content-Disposition: form-data; filename="name=t"', "abc") + b"--B--", None),
        (part('Content-Disposition: form-data; filename="; name=t', "abc") + b"--B--", None),
        (part('Content-Type: form-data; name="t"', "abc") + b"--B--", None),
        (part("Content-Disposition", "abc") + b"--B--", None),
        (part("Content-Disposition: form-data", "abc") + b"--B--", None),
        (b"x" + field("t", "abc") + b"--B--", None),
        (b"--B\nContent-Disposition: form-data; name=t\n\nabc\n--B--", None),
        (b"--Bx\r\nContent-Disposition: form-data; name=t\r\n\r\nabc\r\n--B--", None),
        (b"--B--" + field("t", "abc"), None),
        (b"", None),
        (b"\r\n--", None),
    ],
)
def test_a_field_of_a_multipart_form_is_found(body, value, size):
    """By the name of its part, in whole delimiters, and not in what other parts hold."""
    assert scanned(MULTIPART, body, size=size) == value


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (b"multipart/form-data; boundary=B", "B"),
        (b'Multipart/Form-Data;charset=utf-8;Boundary="B"', "B"),
        (b'multipart/form-data; boundary="a b:c"', "a b:c"),
        (b"multipart/form-data ; boundary=----WebKitFormBoundaryAbc123", "----WebKitFormBoundaryAbc123"),
        (b"multipart/form-data; boundary=" + b"x" * 70, "x" * 70),
    ],
)
def test_a_boundary_is_read(content_type, boundary):
    """Quoted or not, with other parameters around it."""
    body = part('Content-Disposition: form-data; name="t"', "abc", boundary) + f"--{boundary}--".encode()
    assert scanned(content_type, body) == b"abc"


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b";",
        b"application/json",
        b"text/plain",
        b"application/x-www-form-urlencoded2",
        b"application/x-www-form-urlencoded, application/json",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary=""',
        b'multipart/form-data; boundary="B',
        b"multipart/form-data; boundary=" + b"x" * 71,
        b"multipart/mixed; boundary=B",
        b"application/x-www-form-urlencoded;" + b" " * 1000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_form_is_not_read(content_type):
    """Nor is one whose boundary is not said, or of a length that no client sends."""
    assert field_scan(content_type, "t") is None


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["t", "tt", "a", "T", "t t"]),
        st.booleans(),
        st.lists(st.sampled_from([b"\r\n", b"--", b"--b0", b"t", b"=", b"\r", b"-", b": ", b"\0\xff"])).map(b"".join),
    ),
    max_size=5,
)


@given(PARTS, st.sampled_from(["b0u", "b0 u", "--b0u"]), st.lists(st.integers(0, 600)))
def test_a_multipart_form_is_read_as_it_was_written(parts, boundary, places):
    """Whatever the parts hold and however they are cut, the first one of the name is found, byte for byte."""
    parts = [each for each in parts if boundary.encode() not in each[2]]
    body = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (boundary.encode(), name.encode(), b'; filename="t"\r\nContent-Type: text/plain' if is_file else b"", value)
        for name, is_file, value in parts
    )
    body += b"--%s--\r\n" % boundary.encode()
    expected = next((value for name, _, value in parts if name == "t"), None)
    assert fed(MultipartScan(boundary.encode(), b"t"), cut(body, places)) == expected


@given(
    st.lists(st.tuples(st.sampled_from("tab"), st.from_regex(re.compile(r"[ -~]*(\r\n[ -~]+)*", re.A), fullmatch=True)))
)
def test_a_multipart_form_is_read_as_the_standard_library_reads_it(fields):
    """The parser of mails finds the same parts in it."""
    body = b"".join(field(name, value) for name, value in fields if "--B" not in value) + b"--B--\r\n"
    message = BytesParser(policy=policy.HTTP).parsebytes(
        b"Content-Type: multipart/form-data; boundary=B\r\n\r\n" + body
    )
    found = [
        each.get_payload(decode=True)
        for each in message.iter_parts()
        if each.get_param("name", header="content-disposition") == "t"
    ]
    assert scanned(MULTIPART, body) == (found[0] if found else None)


@pytest.mark.parametrize("size", [1, None])
@pytest.mark.parametrize(
    ("content_type", "unit"),
    [
        (URLENCODED, b"&"),
        (URLENCODED, b"t"),
        (URLENCODED, b"%74"),
        (URLENCODED, b"t=%"),
        (MULTIPART, b"\r\n--"),
        (MULTIPART, b"\r\n--B"),
        (MULTIPART, b"\r\n--B \t"),
        (MULTIPART, b"\r\n--B\r\n\r\n"),
        (MULTIPART, b"--B" + b" " * 60),
        (MULTIPART, b'--B\r\nContent-Disposition: a;b="\\'),
        (MULTIPART, b"--B\r\nContent-Disposition" + b";a=b" * 20),
    ],
)
def test_bodies_made_to_be_slow_are_read_to_their_end(content_type, unit, size):
    """Repeated a thousand times and cut into bytes, they hold nothing."""
    assert scanned(content_type, unit * (64_000 // len(unit)), "token", size) is None
