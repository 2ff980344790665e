"""The format of .env files."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.conf._dotenv import parse_dotenv


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("A=1", "A", "1"),
        ("  A = 1  ", "A", "1"),
        ("export A=1", "A", "1"),
        ("export\tA=1", "A", "1"),
        ("A=", "A", ""),
        ("A=one two", "A", "one two"),
        ("A=a=b", "A", "a=b"),
        ("A=1 # comment", "A", "1"),
        ("A=1\t# comment", "A", "1"),
        ("A=#no value", "A", ""),
        ("A=color#1", "A", "color#1"),
        ("A='single # kept'", "A", "single # kept"),
        ("A='no \\n escape'", "A", "no \\n escape"),
        ("A=''", "A", ""),
        ('A="double # kept"', "A", "double # kept"),
        ('A="two\\nlines\\tand \\"quotes\\" and \\\\n"', "A", 'two\nlines\tand "quotes" and \\n'),
        ('A="C:\\work \\d+ \\$X \\\'"', "A", "C:\\work \\d+ \\$X \\'"),
        ('A="C:\\\\new"', "A", "C:\\new"),
        ('A="x"   # comment', "A", "x"),
        ("A=it's", "A", "it's"),
        ("A=$HOME/${X}", "A", "$HOME/${X}"),
        ('A="$HOME"', "A", "$HOME"),
        ("export=1", "export", "1"),
        ("lower_1=x", "lower_1", "x"),
        ("A=grün", "A", "grün"),
        ("A=  'x'", "A", "x"),
        ("\ufeffA=1", "A", "1"),
    ],
)
def test_a_line_is_a_key_and_its_value(line, key, value):
    """Quotes, comments and export are understood; nothing is expanded."""
    assert parse_dotenv(line, ".env") == {key: (value, 1)}


def test_empty_lines_and_comments_are_nothing():
    """They only count as lines; any line ending serves, and the last line that names a key wins."""
    assert parse_dotenv("\n# A=0\r\n   \nA=1\r\n  #x\nA=2", ".env") == {"A": ("2", 6)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hunter2", "there is no '='"),
        ("export hunter2", "there is no '='"),
        ("=hunter2", "'' is not a name"),
        ("1A=hunter2", "'1A' is not a name"),
        ("A-B=hunter2", "'A-B' is not a name"),
        ("A B=hunter2", "there is no '='"),
        ("Ä=hunter2", "'Ä' is not a name"),
        ("A='hunter2", "a closing ' is missing"),
        ('A="hunter2', 'a closing " is missing'),
        ('A="hunter2\\"', 'a closing " is missing'),
        ("A='hunter2'x", "there is something behind the closing '"),
        ('A="a" "hunter2"', 'there is something behind the closing "'),
    ],
)
def test_a_bad_line_is_an_error_with_its_number(line, words):
    """The error says what is wrong with which line, and does not repeat what may be a secret."""
    with pytest.raises(ImproperlyConfigured) as caught:
        parse_dotenv(f"# first\n{line}\nB=2", "/srv/app/.env")
    text = str(caught.value)
    assert text.startswith("/srv/app/.env, line 2: ")
    assert words in text
    assert "hunter2" not in text


def test_all_bad_lines_are_reported_together():
    """Each bad line is a line of the one error."""
    with pytest.raises(ImproperlyConfigured) as caught:
        parse_dotenv("A\nB=1\nC\n", ".env")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [".env, line 1", ".env, line 3"]
