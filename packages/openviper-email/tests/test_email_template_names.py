"""Names of templates, as they are given and forged."""

from __future__ import annotations

import time

import pytest

from openviper.core.email._rendering.template_names import check_template_name
from openviper.core.email._rendering.untrusted_names import is_untrusted
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template_content


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("welcome.md", ".md"),
        ("mail/welcome.html", ".html"),
        ("a.b/c.d.txt", ".txt"),
        ("50% off.md", ".md"),
        ("größe/привет.md", ".md"),
        ("_base.html", ".html"),
    ],
)
def test_a_name_tells_what_the_template_makes(name, suffix):
    """A relative path with one of the three suffixes is taken."""
    assert check_template_name(name) == suffix


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("welcome.md\0", "control character"),
        ("welcome\0.html", "control character"),
        ("a\nb.md", "control character"),
        ("a\x85b.md", "control character"),
        ("custom\u200cers/a.md", "shows nothing"),
        ("custom\xadders/a.md", "shows nothing"),
        ("\udcc0\udcae\udcc0\udcae/secret.md", "control character"),
        ("../secret.md", "leads out"),
        ("a/../../secret.md", "leads out"),
        ("a/..", "leads out"),
        (".../secret.md", "leads out"),
        (".. /secret.md", "leads out"),
        ("..\\secret.md", "backslash"),
        ("a\\b.md", "backslash"),
        ("/etc/passwd.md", "absolute"),
        ("//server/share/a.md", "absolute"),
        ("\\\\server\\share\\a.md", "absolute"),
        ("C:/a.md", "absolute"),
        ("C:a.md", "absolute"),
        ("file:///etc/a.md", "absolute"),
        ("~/a.md", "absolute"),
        ("a.md:stream.md", "absolute"),
        ("%2e%2e/secret.md", "encoded"),
        ("%2E%2E%2Fsecret.md", "encoded"),
        ("%252e%252e%252fsecret.md", "encoded"),
        ("%25252e/secret.md", "encoded"),
        ("..%c0%af/secret.md", "encoded"),
        ("%u002e%u002e/secret.md", "encoded"),
        ("a%00.md", "encoded"),
        ("．．／secret.md", "leads out"),  # noqa: RUF001 - full-width
        ("‥/secret.md", "leads out"),
        ("⸻", "does not end"),
        ("a/./b.md", "part that is empty"),
        ("a//b.md", "part that is empty"),
        ("./b.md", "part that is empty"),
        ("a /b.md", "part that is empty"),
        ("a./b.md", "part that is empty"),
        ("b.md ", "part that is empty"),
        ("b.md.", "part that is empty"),
        ("", "part that is empty"),
        (".md", "does not end in .md, .html or .txt"),
        ("a/.html", "does not end"),
        ("welcome", "does not end"),
        ("md", "does not end"),
        ("welcome.MD", "does not end"),
        ("welcome.py", "does not end"),
        ("welcome.md.j2", "does not end"),
        ("welcome.mjml", "does not end"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name, why):
    """A null byte, a way out of the folder in any encoding, an absolute path and another suffix are ValueErrors."""
    with pytest.raises(ValueError, match="expected a path within the templates folder") as caught:
        render_template_content(name)
    assert isinstance(caught.value, TemplateError)
    assert why in str(caught.value)
    assert str(caught.value).isprintable()


def test_the_longest_name():
    """1,024 characters are a name, and one more is none."""
    assert check_template_name("a" * 1_021 + ".md") == ".md"
    with pytest.raises(TemplateError, match="1025 characters, of 1024 at most"):
        check_template_name("a" * 1_022 + ".md")


@pytest.mark.parametrize("name", [None, 7, b"welcome.md", ["welcome.md"]])
def test_a_name_is_text(name):
    """What is no str is refused, by its type."""
    with pytest.raises(TemplateError, match=f"is of type {type(name).__name__}"):
        render_template_content(name)


@pytest.mark.parametrize("part", ["../", "a", "./", "ﷺ", "\N{COMBINING ACUTE ACCENT}", "\n", "％２ｅ"])  # noqa: RUF001 - full-width
def test_a_long_name_is_refused_at_once_and_not_repeated(part):
    """Of a name of a million characters, its length is looked at and its beginning shown."""
    begin = time.monotonic()
    with pytest.raises(TemplateError, match="1000000 characters, of 1024 at most") as caught:
        check_template_name((part * 1_000_000)[:999_997] + ".md")
    assert len(str(caught.value)) < 400
    assert time.monotonic() - begin < 1.5


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("customers/a.md", "customers/*"),
        ("customers/a.md", "CUSTOMERS/*.MD"),
        ("customers/1/a.md", "*/1/*"),
        ("customers/a.md", "./customers/*"),
        ("customers/a.md", "/customers/*"),
        ("customers/a.md", "customers//*"),
        ("customers/a.md", "customers\\*"),
        ("customers/a.md", "customers/"),
        ("customers/1/a.md", "customers"),
        ("cafe\u0301/a.md", "café/*"),
        ("café/a.md", "cafe\u0301/*"),
        ("CAFE\u0301/a.md", "café/*"),
        ("strasse/a.md", "straße/*"),
        ("ﬁles/a.md", "files/*"),
        ("\u212aunden/a.md", "kunden/*"),
    ],
)
def test_a_pattern_fits_whatever_a_file_system_takes_for_the_name(name, pattern):
    """Upper and lower case, normal forms of Unicode, and other ways to write the same folder are one."""
    assert is_untrusted(name, (pattern,))


@pytest.mark.parametrize("name", ["mail/a.md", "customers.md", "customers2/a.md", "mail/customers/a.md"])
def test_other_names_are_trusted(name):
    """A pattern is for the whole path, from its beginning."""
    assert not is_untrusted(name, ("customers/*", "customers"))
