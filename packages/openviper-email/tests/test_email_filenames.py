"""Names of attachments, from users and from servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.core.email._attaching.disposition import disposition_filename
from openviper.core.email._attaching.filenames import check_filename, fit_filename
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AttachmentError


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("report.csv", "report.csv"),
        ("größe ~ 報告.pdf", "größe ~ 報告.pdf"),
        ("a b (1).txt", "a b (1).txt"),
        ('a"b;c=d.txt', 'a"b;c=d.txt'),
        (".htaccess", ".htaccess"),
        ("no extension", "no extension"),
        ("x\r\nBcc: eve@example.org.txt", "xBcc: eve@example.org.txt"),
        ("\r\nreport\r.csv\n", "report.csv"),
        ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
        ("👩\u200d🚀.png", "👩\u200d🚀.png"),
        ("x" * 255, "x" * 255),
        ("\u200fpdf.\u200fexe", "pdf.exe"),
        ("\u061cpdf.\u061cexe", "pdf.exe"),
        ("\u200efdp\u200e.exe", "fdp.exe"),
        ("invoice.pdf\u200b.exe", "invoice.pdf.exe"),
        ("\ufeffa\u2060b.txt", "ab.txt"),
        ("\u200f\u05d3\u05d7\u200f (2026).pdf", "\u05d3\u05d7 (2026).pdf"),
        ("\u0645\u06cc\u200c\u062e.txt", "\u0645\u06cc\u200c\u062e.txt"),
    ],
)
def test_a_name_is_kept_without_line_ends_and_what_is_not_seen(given_name, name):
    """CR, LF, marks of direction and spaces without width are taken out of a name; everything else stays as it is."""
    assert AttachmentData(given_name, b"").filename == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "\r\n", "\u200f", ".", "..", ".\r.", ".\u200b.", "x" * 256),
        *("a/b.txt", "../b.txt", "/etc/passwd", "a\\b.txt", "C:\\b.txt"),
        *("a\0b", "a\tb", "a\x1bb", "a\x0bb", "a\x0cb", "a\x7fb", "a\x85b", "a\x9fb"),
        *("a\u2028b", "a\u2029b", "a\ud800b", "a\udc80b"),
        *("invoice\u202efdp.exe", "a\u2066b", "a\u2069b", "a\u202ab"),
        *(None, b"a.txt", 3, ("a",)),
    ],
)
def test_a_name_that_could_do_harm_is_refused(name):
    """Folders, controls, separators of lines, turned direction, halves of characters, and what is no name."""
    with pytest.raises(AttachmentError, match="filename=") as refused:
        AttachmentData(name, b"")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/b\\c.txt", "c.txt"),
        ("C:\\x.txt", "x.txt"),
        (".htaccess", "htaccess"),
        ("report.pdf. . ", "report.pdf"),
        ("a\r\nb\0c.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u200fpdf.\u200fexe\u200b", "pdf.exe"),
        ("a/", None),
        ("..", None),
        ("", None),
        ("\0\r\n", None),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_a_name_from_elsewhere_is_made_to_fit(given_name, name):
    """The last part of it, without what is refused; none, if nothing is left."""
    assert fit_filename(given_name) == name


@given(st.text(st.characters(), max_size=400))
def test_what_fits_is_not_refused(text):
    """Whatever a server calls its file: either there is no name, or it is one that may be given."""
    name = fit_filename(text)
    assert name is None or check_filename(name) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'attachment; filename="report.csv"', "report.csv"),
        (b"attachment; filename=report.csv", "report.csv"),
        (b"attachment;filename=report.csv;size=3", "report.csv"),
        (b'ATTACHMENT; FileName = "a b.csv"', "a b.csv"),
        (rb'attachment; filename="a\"b\\c.csv"', 'a"b\\c.csv'),
        (b'attachment; filename="a;filename=b.csv"', "a;filename=b.csv"),
        (b"attachment; filename*=UTF-8''%e2%82%ac%20rates.csv; filename=\"rates.csv\"", "€ rates.csv"),
        (b"attachment; filename=\"rates.csv\"; filename*=utf-8'en'%e2%82%ac.csv", "€.csv"),
        (b"attachment; filename*=iso-8859-1''%A3.csv", "£.csv"),
        (b"attachment; filename*=utf-7''x; filename=plain.csv", "plain.csv"),
        (b"attachment; filename*=UTF-8''%ff; filename=plain.csv", "plain.csv"),
        (b"attachment; filename*=x; filename=plain.csv", "plain.csv"),
        (b'attachment; filename="gr\xc3\xb6\xc3\x9fe.csv"', "größe.csv"),
        (b'attachment; filename="gr\xf6\xdfe.csv"', "größe.csv"),
        (b'attachment; filename="first.csv"; filename="second.csv"', "first.csv"),
        (b"attachment; filename*=UTF-8''..%2F..%2Fx%0D%0Ay", "../../x\r\ny"),
        (b"attachment", None),
        (b"inline; name=x.csv", None),
        (b'attachment; filename=""', None),
        (b'attachment; filename="unclosed', None),
        (b"", None),
        (b";;;=;filename", None),
        (b"attachment; filename=" + b"x" * 100_000, "x" * 4_075),
        (b';x="' * 25_000, None),
    ],
)
def test_a_server_names_its_file(header, name):
    """RFC 6266, with what servers send instead; a header of any length is read quickly."""
    assert disposition_filename(header) == name


@given(st.binary(max_size=200))
def test_any_header_is_read(header):
    """No bytes make it fail."""
    disposition_filename(b"attachment; filename*=" + header)
    disposition_filename(header)
