"""Statements are left out, and nothing that only looks like one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openviper.backup._postgres.statements import StatementFilter, is_acl, is_extension_comment, is_owner

OWNER = "ALTER TABLE public.t OWNER TO bob;"
#: Text, and what stays of it without owners and rights.
ROWS = {
    "owners": ("a;\nALTER TABLE public.t OWNER TO bob;\nb;\n", "a;\n\nb;\n"),
    "quoted names": ('ALTER TABLE "a;b"."OWNER TO" OWNER TO "x ""y;";\n', "\n"),
    "functions": ("ALTER FUNCTION f(a text, VARIADIC b int[]) OWNER TO bob;", ""),
    "large objects": ("ALTER LARGE OBJECT 123 OWNER TO bob;", ""),
    "lower case": ("alter table t\n  owner to bob ;", ""),
    "comments before": (
        "-- Name: t; Owner: bob\n/* ; */ ALTER TABLE t OWNER TO bob;",
        "-- Name: t; Owner: bob\n/* ; */ ",
    ),
    "grants": ("GRANT ALL ON TABLE t TO bob;REVOKE ALL ON SCHEMA s FROM PUBLIC;", ""),
    "default privileges": ("ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT ALL ON TABLES TO y;", ""),
    "session authorization": ("SET SESSION AUTHORIZATION 'x';GRANT ALL ON t TO y;RESET SESSION AUTHORIZATION;", ""),
    "other alters": ("ALTER TABLE t ADD CONSTRAINT owner CHECK (a = ' OWNER TO bob');",) * 2,
    "other sets": ("SET statement_timeout = 0;\nRESET ROLE;",) * 2,
    "a string": ("SELECT ';\nALTER TABLE t OWNER TO bob;\n';",) * 2,
    "a string with quotes": ("SELECT 'it''s;\nGRANT ALL ON t TO x;\n';",) * 2,
    "a string with backslash": (r"SELECT 'x\';GRANT ALL ON t TO x;", r"SELECT 'x\';"),
    "an escaped string": ("SELECT E'x\\';\nGRANT ALL ON t TO x;\n\\\\';GRANT ALL ON t TO x;", None),
    "escaped quotes": ("SELECT e'a''b\\';GRANT a TO b;', 1;",) * 2,
    "a word before a string": ("SELECT date'2020;';GRANT a TO b;", "SELECT date'2020;';"),
    "a name": ('SELECT 1 AS ";\nGRANT a TO b;";',) * 2,
    "a body": ("CREATE FUNCTION f() AS $$ ;\nGRANT a TO b;\n$$;",) * 2,
    "a body in a body": ("DO $a$ $b$ ; GRANT a TO b; $$ $b$ ;\nGRANT a TO b;\n$a$;",) * 2,
    "no body": ("SELECT a$b$ FROM t;GRANT a TO b;SELECT $1;", "SELECT a$b$ FROM t;SELECT $1;"),
    "a nested comment": ("/* /* ; */ GRANT a TO b; */ x;",) * 2,
    "a line comment": ("SELECT 1 -- ';\n;GRANT a TO b;", "SELECT 1 -- ';\n;"),
    "operators": ("SELECT 1 - -1 / 2;GRANT a TO b;", "SELECT 1 - -1 / 2;"),
    "parentheses": ("CREATE RULE r AS ON DELETE TO t DO (SELECT 1; GRANT a TO b; );",) * 2,
    "atomic": (
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;"
        "GRANT a TO b;",
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;",
    ),
    "columns of a function": (
        'CREATE FUNCTION g(begin int) RETURNS TABLE(begin int, "end" int) LANGUAGE sql AS $$ ; $$;GRANT a TO b;',
        'CREATE FUNCTION g(begin int) RETURNS TABLE(begin int, "end" int) LANGUAGE sql AS $$ ; $$;',
    ),
    "a function of that name": (
        "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql AS $$ ; $$;GRANT a TO b;",
        "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql AS $$ ; $$;",
    ),
    "a schema of that name": (
        "CREATE PROCEDURE begin.atomic() LANGUAGE sql AS $$ ; $$;GRANT a TO b;",
        "CREATE PROCEDURE begin.atomic() LANGUAGE sql AS $$ ; $$;",
    ),
    "columns of a body": (
        "CREATE FUNCTION f() RETURNS int BEGIN /* ; */\nATOMIC SELECT (CASE WHEN a THEN 1 END), begin; END;"
        "GRANT a TO b;",
        "CREATE FUNCTION f() RETURNS int BEGIN /* ; */\nATOMIC SELECT (CASE WHEN a THEN 1 END), begin; END;",
    ),
    "a transaction": ("BEGIN;\nGRANT a TO b;\nCOMMIT;", "BEGIN;\n\nCOMMIT;"),
    "rows": (
        f"COPY t (a) FROM stdin;\n{OWNER}\n'\n$$\n\\.\n{OWNER}\n",
        f"COPY t (a) FROM stdin;\n{OWNER}\n'\n$$\n\\.\n\n",
    ),
    "no rows": (f"COPY t (a) FROM stdin;\n\\.\n{OWNER}", "COPY t (a) FROM stdin;\n\\.\n"),
    "rows with CRLF": (f"COPY t FROM STDIN;\r\n{OWNER}\r\n\\.\r\n{OWNER}", f"COPY t FROM STDIN;\r\n{OWNER}\r\n\\.\r\n"),
    "rows with options": (f"copy t from stdin with (format csv);\n{OWNER}\n\\.\n{OWNER}", None),
    "rows without an end": (f"COPY t FROM stdin;\n{OWNER}\n",) * 2,
    "rows that end alike": (f"COPY t FROM stdin;\n\\.x\nx\\.\n\\\\.\n \\.\n{OWNER}\n\\.\n",) * 2,
    "out to a program": (f"COPY t TO stdout;{OWNER}", "COPY t TO stdout;"),
    "not conforming": (r"SET standard_conforming_strings = off;SELECT 'a\';GRANT a TO b;';GRANT a TO b;", None),
    "no semicolon": ("GRANT a TO b", "GRANT a TO b"),
    "an open string": ("GRANT a TO b;SELECT 'x", "SELECT 'x"),
    "nothing": ("", ""),
}
STAYS = {
    "an escaped string": "SELECT E'x\\';\nGRANT ALL ON t TO x;\n\\\\';",
    "rows with options": f"copy t from stdin with (format csv);\n{OWNER}\n\\.\n",
    "not conforming": r"SET standard_conforming_strings = off;SELECT 'a\';GRANT a TO b;';",
}


def filtered(text, cuts=(), *drops):
    sieve = StatementFilter(*(drops or (is_owner, is_acl)))
    places = [0, *sorted(cuts), len(text)]
    pieces = [sieve.feed(text[begin:end]) for begin, end in pairwise(places)]
    return b"".join(pieces) + sieve.finish()


@pytest.mark.parametrize("name", ROWS)
def test_what_stays(name):
    """A statement goes without a trace but its line; wherever the stream is cut into pieces, the rest is the same."""
    text, stays = ROWS[name]
    stays = STAYS[name] if stays is None else stays
    data = text.encode()
    assert filtered(data).decode() == stays
    for cut in range(len(data)):
        assert filtered(data, [cut]).decode() == stays
    assert filtered(data, range(len(data))).decode() == stays


@given(st.lists(st.sampled_from(["'", '"', "$$", "$a$", "E'", "\\", "--", "/*", "*/", ";", "\n", "(", ")",
    "COPY t FROM stdin;\n",
    "\\.\n", "a", "GRANT", " ", "\r\n", "é", "1"]), max_size=30), st.lists(st.integers(0, 80), max_size=6))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost(parts, cuts):
    """Where nothing is left out every byte passes, whatever the text is, and however it is cut."""
    data = "".join(parts).encode()
    assert filtered(data, [min(cut, len(data)) for cut in cuts], lambda statement: False) == data
    assert filtered(data, [min(cut, len(data)) for cut in cuts]) == filtered(data)


def test_comments_on_extensions():
    """Comments on extensions are told from other comments."""
    text = b"COMMENT ON EXTENSION x IS 'a;b';COMMENT ON TABLE x IS 'COMMENT ON EXTENSION';"
    assert filtered(text, (), is_extension_comment) == b"COMMENT ON TABLE x IS 'COMMENT ON EXTENSION';"


def test_owners_by_session_authorization():
    """Without grants, objects belong to those whom the dump acts as to make them."""
    owned = b"SET SESSION AUTHORIZATION 'bob';\nCREATE TABLE t ();\nSET SESSION AUTHORIZATION DEFAULT;\n"
    grant = b'SET SESSION AUTHORIZATION "a b";GRANT SELECT ON t TO c;RESET SESSION AUTHORIZATION;'
    assert filtered(owned + grant, (), is_acl) == owned


def test_a_long_statement_is_not_held():
    """One of more than 1 MiB passes, and so does what follows."""
    text = b"COMMENT ON TABLE t IS '" + b"x" * (3 << 20) + b"';GRANT a TO b;"
    sieve = StatementFilter(is_acl)
    passed = [sieve.feed(text[begin : begin + 65536]) for begin in range(0, len(text), 65536)]
    assert max(map(len, passed)) < 2 << 20
    assert b"".join(passed) + sieve.finish() == text.removesuffix(b"GRANT a TO b;")
