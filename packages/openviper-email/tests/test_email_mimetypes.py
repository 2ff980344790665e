"""Types of contents: explicit, by their bytes, by their name."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typed_samples import SAMPLES, WORD, archive

from openviper.core.email._attaching.extensions import EXTENSIONS
from openviper.core.email._attaching.signatures import _SIGNATURES, sniff
from openviper.core.email.attachments import detect_mimetype

# What only looks like it: text, and beginnings of nothing.
TEXTS = {
    "a table of ids": b"ID3,Name\n1,Ada\n",
    "a table of bitmaps": b"BM,Name\n1,Ada\n",
    "a table of initials": b"MZ,Name\n" + b"x" * 100,
    "a table of parcels": b"PAR1,PAR2\n1,2\n",
    "a song": b"OggS and OTTO, wOFF fLaC MThd",
    "riff-raff": b"RIFF-RAFF is a name",
    "bzip": b"BZh is no word",
    "photoshop": b"8BPS",
    "UTF-16": "ÿú text".encode("utf-16"),
    "UTF-16, big": b"\xfe\xff\0t\0e",
    "UTF-32": "text".encode("utf-32"),
    "zeros": b"\0" * 600,
    "nothing": b"",
    "one byte": b"\xff",
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a page after a BOM": b"\xef\xbb\xbf<html><body onload=alert(1)>",
    "a picture that runs": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "PostScript": b"%!PS-Adobe-3.0\n",
    "PHP": b"<?php system($_GET['x']);",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_type_is_found_in_the_content(name):
    """Whatever the name says: the bytes go before it."""
    content, mimetype = SAMPLES[name]
    assert sniff(content) == mimetype
    assert detect_mimetype("file", content) == mimetype
    assert detect_mimetype("page.html", content) == mimetype


@pytest.mark.parametrize("name", TEXTS)
def test_text_and_what_is_run_have_no_signature(name):
    """Text that begins like a picture is none; pages, scripts and SVG are never found by their content."""
    assert sniff(TEXTS[name]) is None
    assert detect_mimetype("file", TEXTS[name]) == "application/octet-stream"
    assert detect_mimetype("table.csv", TEXTS[name]) == "text/csv"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_content_may_end_anywhere(name):
    """Each sample cut off at each of its first bytes, and near its end, has its type, a more general one, or none."""
    content, mimetype = SAMPLES[name]
    found = {None, mimetype, "application/zip", "video/mp4", "video/matroska"}
    for length in {*range(min(len(content), 300)), *range(max(0, len(content) - 100), len(content))}:
        assert sniff(content[:length]) in found


@given(st.sampled_from([prefix for prefix, _ in _SIGNATURES]), st.binary(max_size=300))
def test_any_bytes_have_a_type_or_none(prefix, rest):
    """No bytes behind a signature make it fail, and none are a page, a picture that runs, or a script."""
    found = sniff(prefix + rest)
    assert found is None or found.partition("/")[0] not in {"text", "message", "multipart"}
    assert found != "image/svg+xml"


@given(st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4), st.integers(0, 400))
def test_an_archive_with_any_numbers_is_an_archive(numbers, cut):
    """Sizes and offsets that lead out of a ZIP archive, or round and round in it, are not followed."""
    content = bytearray(archive(*WORD, first="mimetype", declared=b"x" * 40))
    end = content.rfind(b"PK\5\6")
    for place, number in zip((18, 26, end + 12, end + 16), numbers, strict=True):
        content[place : place + 4] = number.to_bytes(4, "little")
    assert sniff(bytes(content[: len(content) - cut])).startswith("application/")


@pytest.mark.parametrize(
    ("others", "after", "mimetype"),
    [
        (999, 65_535, "application/java-archive"),
        (1_000, 0, "application/zip"),
        (0, 65_536, "application/zip"),
    ],
)
def test_an_archive_is_looked_at_so_far(others, after, mimetype):
    """A thousand entries are read, and the longest comment that an archive may have; not more of either."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in [*map(str, range(others)), "META-INF/MANIFEST.MF"]:
            archive.writestr(name, b"")
    assert detect_mimetype("", buffer.getvalue() + b"x" * after) == mimetype


@pytest.mark.parametrize(
    ("last", "mimetype"),
    [
        (["[Content_Types].xml"], EXTENSIONS["xlsx"]),
        (["[Content_Types].xml", "xl/vbaProject.bin"], EXTENSIONS["xlsm"]),
        (["not [Content_Types].xml"], "application/zip"),
        (["[Content_Types].xml or not"], "application/zip"),
    ],
)
def test_what_office_programs_write_last_is_found(last, mimetype):
    """Behind a thousand entries too, where it is the whole name of an entry."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ["xl/workbook.xml", *map(str, range(1_500)), *last]:
            archive.writestr(name, b"[Content_Types].xml")
    assert detect_mimetype("", buffer.getvalue()) == mimetype


def test_what_a_comment_says_is_no_entry():
    """Also where it is made to look like the end of one: the name with its length before it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ["xl/workbook.xml", *map(str, range(1_500))]:
            archive.writestr(name, b"")
        last = zipfile.ZipInfo("last")
        last.comment = b"x" * 28 + b"\x13\0" + b"x" * 16 + b"[Content_Types].xml"
        archive.writestr(last, b"")
    assert detect_mimetype("", buffer.getvalue()) == "application/zip"
