"""Types of contents: explicit, by their bytes, by their name."""

from __future__ import annotations

import io
import mimetypes
import sqlite3
import tarfile
import wave
import zipfile
from bz2 import compress as bz2
from gzip import compress as gz
from lzma import compress as xz

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.core.email._attaching.extensions import EXTENSIONS
from openviper.core.email._attaching.mimetypes import extension_of
from openviper.core.email._attaching.signatures import _SIGNATURES, sniff
from openviper.core.email.attachments import AttachmentData, detect_mimetype
from openviper.core.email.errors import AttachmentError

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


def archive(*names, first=None, declared=b"", comment=b"", extra=b"", compression=zipfile.ZIP_STORED):
    """Return a ZIP archive of empty files, whose first may be another one with a content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        if first:
            info = zipfile.ZipInfo(first)
            info.extra, info.compress_type = extra, compression
            file.writestr(info, declared)
        for name in names:
            file.writestr(name, b"")
        file.comment = comment
    return buffer.getvalue()


def streamed(*names):
    """Return a ZIP archive as a program writes it into a pipe: sizes stand behind the contents."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.written = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, b"x" * 100)
    return bytes(pipe.written)


def tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("a.txt"))
    return buffer.getvalue()


def wav():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\0")
    return buffer.getvalue()


def sqlite():
    with sqlite3.connect(":memory:") as database:
        database.execute("create table a (b)")
        found = database.serialize()
    database.close()
    return found


def box(brand):
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp42" + b"\0" * 8


WORD = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
EXCEL = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
SLIDES = ("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml")
BITMAP = b"BM" + (30).to_bytes(4, "little") + b"\0" * 24
ICON = b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + (4).to_bytes(4, "little") + (22).to_bytes(4, "little") + b"\x89PNG"
PROGRAM = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 20

SAMPLES = {
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    "gif 87": (b"GIF87a\1\0", "image/gif"),
    "gif 89": (b"GIF89a\1\0", "image/gif"),
    "webp": (b"RIFF\x1a\0\0\0WEBPVP8L", "image/webp"),
    "avif": (box(b"avif"), "image/avif"),
    "heic": (box(b"heic"), "image/heic"),
    "heif": (box(b"mif1"), "image/heif"),
    "tiff, little": (b"II*\0\x08\0\0\0", "image/tiff"),
    "tiff, big": (b"MM\0*\0\0\0\x08", "image/tiff"),
    "bmp": (BITMAP, "image/bmp"),
    "ico": (ICON, "image/vnd.microsoft.icon"),
    "psd": (b"8BPS\0\1\0\0", "image/vnd.adobe.photoshop"),
    "mp4": (box(b"isom"), "video/mp4"),
    "mp4, 2": (box(b"mp42"), "video/mp4"),
    "m4a": (box(b"M4A "), "audio/mp4"),
    "mov": (box(b"qt  "), "video/quicktime"),
    "3gp": (box(b"3gp5"), "video/3gpp"),
    "mkv": (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x88matroska", "video/matroska"),
    "webm": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
    "avi": (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
    "wav": (wav(), "audio/wav"),
    "mp3 with a tag": (b"ID3\x04\0\0\0\0\x02\x01" + b"\0" * 10, "audio/mpeg"),
    "mp3 without": (b"\xff\xfb\x90\x64" + b"\0" * 10, "audio/mpeg"),
    "flac": (b"fLaC\0\0\0\x22", "audio/flac"),
    "ogg": (b"OggS\0\x02", "application/ogg"),
    "midi": (b"MThd\0\0\0\6\0\1", "audio/midi"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    "rtf": (b"{\\rtf1\\ansi}", "application/rtf"),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "application/x-ole-storage"),
    "docx": (archive(*WORD), OOXML + "wordprocessingml.document"),
    "xlsx": (archive(*EXCEL), OOXML + "spreadsheetml.sheet"),
    "pptx": (archive(*SLIDES), OOXML + "presentationml.presentation"),
    "docx, the types last": (archive(*reversed(WORD)), OOXML + "wordprocessingml.document"),
    "docx, streamed": (streamed(*WORD), OOXML + "wordprocessingml.document"),
    "docx with a comment": (archive(*WORD, comment=b"x" * 65_000), OOXML + "wordprocessingml.document"),
    "docm": (archive(*WORD, "word/vbaProject.bin"), "application/vnd.ms-word.document.macroenabled.12"),
    "xlsm": (archive(*EXCEL, "xl/vbaProject.bin"), "application/vnd.ms-excel.sheet.macroenabled.12"),
    "xlsb": (
        archive("[Content_Types].xml", "xl/workbook.bin"),
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    ),
    "odt": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"text"), ODF + "text"),
    "ods": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"spreadsheet"), ODF + "spreadsheet"),
    "odp": (archive("content.xml", first="mimetype", declared=ODF.encode() + b"presentation"), ODF + "presentation"),
    "epub": (
        archive("META-INF/container.xml", first="mimetype", declared=b"application/epub+zip"),
        "application/epub+zip",
    ),
    "epub with an extra field": (
        archive(first="mimetype", declared=b"application/epub+zip", extra=b"\xfe\xca\0\0"),
        "application/epub+zip",
    ),
    "jar": (archive("META-INF/MANIFEST.MF", "a.class"), "application/java-archive"),
    "apk": (
        archive("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"),
        "application/vnd.android.package-archive",
    ),
    "zip": (archive("a.txt", "word/b.xml"), "application/zip"),
    "zip of other Open Packaging": (archive("[Content_Types].xml", "x.nuspec"), "application/zip"),
    "zip, empty": (archive(), "application/zip"),
    "zip, streamed": (streamed("a.txt"), "application/zip"),
    "zip that says html": (archive(first="mimetype", declared=b"text/html"), "application/zip"),
    "zip that says a document, compressed": (
        archive(first="mimetype", declared=ODF.encode() + b"text", compression=zipfile.ZIP_DEFLATED),
        "application/zip",
    ),
    "zip with a look-alike": (archive("x/[Content_Types].xml", "sword/document.xml"), "application/zip"),
    "zip without an end": (archive(*WORD)[:60], "application/zip"),
    "zip with 3,000 names": (archive(*(f"{n}" for n in range(3_000))), "application/zip"),
    "gzip": (gz(b"x"), "application/gzip"),
    "bzip2": (bz2(b"x"), "application/x-bzip2"),
    "xz": (xz(b"x"), "application/x-xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "application/zstd"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed"),
    "rar": (b"Rar!\x1a\7\1\0", "application/vnd.rar"),
    "tar": (tar(), "application/x-tar"),
    "exe": (PROGRAM, "application/vnd.microsoft.portable-executable"),
    "elf": (b"\x7fELF\2\1\1", "application/x-executable"),
    "wasm": (b"\0asm\1\0\0\0", "application/wasm"),
    "sqlite": (sqlite(), "application/vnd.sqlite3"),
    "parquet": (b"PAR1" + b"\0" * 10 + b"PAR1", "application/vnd.apache.parquet"),
    "woff": (b"wOFF\0\1\0\0", "font/woff"),
    "woff2": (b"wOF2\0\1\0\0", "font/woff2"),
    "otf": (b"OTTO\0\x0c", "font/otf"),
}

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
    ("filename", "mimetype"),
    [
        ("report.csv", "text/csv"),
        ("REPORT.CSV", "text/csv"),
        ("page.html", "text/html"),
        ("picture.svg", "image/svg+xml"),
        ("invite.ics", "text/calendar"),
        ("mail.eml", "application/octet-stream"),
        ("a.b.c.json", "application/json"),
        ("archive.tar.gz", "application/gzip"),
        ("Makefile", "application/octet-stream"),
        ("csv", "application/octet-stream"),
        (".csv", "application/octet-stream"),
        ("x.", "application/octet-stream"),
        ("x.unheard-of", "application/octet-stream"),
        ("x.csv ", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_name_says_the_type_where_the_content_does_not(filename, mimetype):
    """By the last extension, in any case."""
    assert detect_mimetype(filename, b"some text") == mimetype


@pytest.mark.parametrize(
    ("filename", "sample", "mimetype"),
    [
        ("letter.doc", "ole", "application/msword"),
        ("table.xls", "ole", "application/vnd.ms-excel"),
        ("mail.msg", "ole", "application/vnd.ms-outlook"),
        ("letter.docx", "ole", "application/x-ole-storage"),
        ("sound.opus", "ogg", "audio/ogg"),
        ("film.ogv", "ogg", "video/ogg"),
        ("map.kmz", "zip", "application/vnd.google-earth.kmz"),
        ("letter.docx", "zip", "application/zip"),
        ("letter.dotx", "docx", OOXML + "wordprocessingml.template"),
        ("letter.docx", "docm", "application/vnd.ms-word.document.macroenabled.12"),
        ("letter.xlsx", "docx", OOXML + "wordprocessingml.document"),
    ],
)
def test_a_name_tells_apart_what_has_one_signature(filename, sample, mimetype):
    """A container is what its name says only among the types that it can hold."""
    assert detect_mimetype(filename, SAMPLES[sample][0]) == mimetype


@pytest.mark.parametrize(
    ("explicit", "mimetype"),
    [
        ("text/csv", "text/csv"),
        ("Text/CSV", "text/csv"),
        ("application/vnd.api+json", "application/vnd.api+json"),
        ("x-a/x!#$%&'*+.^_`{|}~-9", "x-a/x!#$%&'*+.^_`{|}~-9"),
        ("text/html", "text/html"),
    ],
)
def test_an_explicit_type_is_taken(explicit, mimetype):
    """It goes before the content and the name."""
    assert detect_mimetype("x.csv", SAMPLES["png"][0], explicit) == mimetype


@pytest.mark.parametrize(
    "explicit",
    [
        *("", "image", "/png", "image/", "/", "image//png", "image/png/x", "image\\png", " image/png", "image/png "),
        *("image/png\n", "image/png\r\nBcc: eve@example.org", "image/p ng", "image/\0png", "im\u00e4ge/png", "a/b,c/d"),
        *("text/plain; charset=utf-8", "text/plain;", 'a/"b"', "a/b=c", "a/[b]", "a/(b)", "a/b@c", "a/b:c", "<a/b>"),
        *("a" * 128 + "/b", "a/" + "b" * 128, 3, b"image/png", ("image", "png")),
        *("multipart/mixed", "message/rfc822", "Message/Partial", "message/external-body"),
    ],
)
def test_an_explicit_type_that_is_none_is_refused(explicit):
    """Neither guessed at nor cut to size; RFC 2045, section 5.1."""
    with pytest.raises(ValueError, match="mimetype=") as refused:
        detect_mimetype("x.csv", b"", explicit)
    assert isinstance(refused.value, AttachmentError)
    assert str(refused.value).isprintable()


def test_the_tables_are_not_those_of_the_machine(monkeypatch):
    """What this machine and its programs have taught the standard library changes nothing."""
    mimetypes.init()
    monkeypatch.setitem(mimetypes.types_map, ".csv", "application/x-other")
    assert mimetypes.guess_type("x.csv") == ("application/x-other", None)
    assert AttachmentData("x.csv", b"a,b").mimetype == "text/csv"


def test_every_type_in_the_table_can_be_sent():
    """Each of them would be taken as an explicit one, and its extension leads to it."""
    for mimetype in EXTENSIONS.values():
        assert detect_mimetype("x", b"", mimetype) == mimetype
        assert detect_mimetype(f"x{extension_of(mimetype)}", b"") == mimetype
    assert extension_of("application/x-unheard-of") == ".bin"
