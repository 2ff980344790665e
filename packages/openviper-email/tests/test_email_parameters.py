"""File names in Content-Disposition."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openviper.core.email._building.header_block import header_block
from openviper.core.email._building.parameters import filename_parameters


def parsed(field):
    """Return what the standard library reads a field as, that is folded as a whole message has it."""
    return message_from_bytes(header_block([field]) + b"\r\n", policy=default)


def lines(field):
    return field.split("\r\n")


@pytest.mark.parametrize(
    ("filename", "parameters"),
    [
        ("report.pdf", ['filename="report.pdf"']),
        ("a b (1).pdf", ['filename="a b (1).pdf"']),
        ("Grüße.pdf", ["filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", 'filename="Gr__e.pdf"']),
        ('a"b.pdf', ["filename*=utf-8''a%22b.pdf", 'filename="a_b.pdf"']),
        ("=?utf-8?q?x?=", ["filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D", 'filename="__utf-8_q_x__"']),
        ("100%.pdf", ["filename*=utf-8''100%25.pdf", 'filename="100_.pdf"']),
        (
            "x" * 90 + ".pdf",
            [f"filename*0*=utf-8''{'x' * 54}", f"filename*1*={'x' * 36}.pdf", f'filename="{"x" * 36}.pdf"'],
        ),
    ],
)
def test_a_file_name_is_a_parameter_or_more(filename, parameters):
    """Short ASCII as it is; else percent-encoded UTF-8 in pieces, and a name for programs that read none of it."""
    assert filename_parameters(filename) == parameters


@pytest.mark.parametrize(
    ("filename", "fallback"),
    [
        ("A" * 36 + ".exe" + "é.textlonglong", "A" * 27 + ".textlonglong"),
        ("invoice.pdf" + " " * 30 + "é.exe-signed1", None),
        ("A" * 36 + ".exe" + "é" * 30, "A" * 36 + "_exe"),
        ("A" * 36 + ".exe." + "x" * 30, "A" * 36 + "_exe"),
        ("A" * 36 + ".exe." + "é" * 20, None),
    ],
)
def test_no_other_kind_of_file_is_made_of_a_name_that_is_cut(filename, fallback):
    """What stands for a long name has the end of that name, or none."""
    last = filename_parameters(filename)[-1]
    shown = last.removeprefix('filename="').removesuffix('"')
    assert len(shown) <= 40
    suffix = filename.rpartition(".")[2]
    assert shown.endswith("." + suffix.replace("é", "_")) or "." not in shown
    assert fallback in (None, shown)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=255))
@example("é" * 255)
@example("%" * 255)
@example("x.pdf; filename=evil.exe")
@example("utf-8''x")
def test_a_file_name_is_read_back(filename):
    """The standard library finds the same name, from lines of up to 76 characters."""
    field = ";\r\n ".join(("Content-Disposition: attachment", *filename_parameters(filename)))
    assert parsed(field)["Content-Disposition"].params["filename"] == filename
    assert all(len(line) <= 76 for line in lines(field))
