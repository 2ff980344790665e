"""Types that the name of a file, or an argument, says."""

from __future__ import annotations

import mimetypes

import pytest
from typed_samples import OOXML, SAMPLES

from openviper.core.email._attaching.extensions import EXTENSIONS
from openviper.core.email._attaching.mimetypes import extension_of
from openviper.core.email.attachments import AttachmentData, detect_mimetype
from openviper.core.email.errors import AttachmentError


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
        ("letter.odt", "zip", "application/vnd.oasis.opendocument.text"),
        ("book.epub", "zip", "application/epub+zip"),
        ("program.jar", "zip", "application/java-archive"),
        ("page.html", "zip", "application/zip"),
        ("book.epub", "odt", "application/vnd.oasis.opendocument.text"),
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
