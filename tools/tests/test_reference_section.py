"""How one command reads in Markdown."""

from __future__ import annotations

import click
import pytest

from tools.reference_section import Documented, as_prose, as_table, parameters_of, section

HEAD = ["| argument, option | default |  |", "| --- | --- | --- |"]


def documented(command, target="none", group="viperctl"):
    return Documented("restock", group, command, "Order what is missing.", "openviper-shop", target)


def test_all_of_a_command():
    """Heading, usage, help, parameters, epilog, origin; by click's conventions for help."""

    @click.command(epilog="See --all.")
    @click.argument("shelf")
    @click.option("-n", "--limit", metavar="N", default=10, help="At most so many.")
    def restock():
        """Order what is
        missing.

        \b
        one   1
        two   2

        More.
        \f
        For developers.
        """

    assert section(documented(restock, "dot")).splitlines() == [
        "### `viperctl restock`",
        "",
        "```text",
        "openviper viperctl restock [TARGET] [OPTIONS] SHELF",
        "```",
        "",
        "Order what is missing.",
        "",
        "```text",
        "one   1",
        "two   2",
        "```",
        "",
        "More.",
        "",
        *HEAD,
        "| `SHELF` | required |  |",
        "| `-n, --limit N` | `10` | At most so many. |",
        "",
        "See `--all`.",
        "",
        "Comes with `openviper-shop`. TARGET: `.`.",
    ]


@pytest.mark.parametrize(
    ("target", "group", "usage", "end"),
    [
        ("none", "openviper", "openviper restock [OPTIONS]", "Comes with `openviper-shop`."),
        ("none", "viperctl", "openviper viperctl restock [OPTIONS]", "Comes with `openviper-shop`."),
        ("dot", "viperctl", "openviper viperctl restock [TARGET] [OPTIONS]", "TARGET: `.`."),
        ("module", "viperctl", "openviper viperctl restock [TARGET] [OPTIONS]", "or the folder of a project."),
    ],
)
def test_the_usage_has_the_target_that_a_command_takes(target, group, usage, end):
    """And the policy stands at the end; a command without help says its short help."""
    lines = section(documented(click.Command("restock"), target, group)).splitlines()
    assert usage in lines
    assert lines[-1].endswith(end)
    assert "Order what is missing." in lines


@pytest.mark.parametrize(
    ("parameter", "row"),
    [
        (click.Argument(["name"]), "| `NAME` | required |  |"),
        (click.Argument(["name"], required=False), "| `[NAME]` |  |  |"),
        (click.Argument(["labels"], nargs=-1), "| `[LABELS]...` |  | any number |"),
        (click.Argument(["labels"], nargs=-1, required=True), "| `LABELS...` | required | one or more |"),
        (click.Option(["--json"], is_flag=True), "| `--json` |  |  |"),
        (click.Option(["--reload/--no-reload"], default=True), "| `--reload / --no-reload` | `--reload` |  |"),
        (click.Option(["--reload/--no-reload"], default=False), "| `--reload / --no-reload` | `--no-reload` |  |"),
        (click.Option(["--db"], metavar="URL", required=True), "| `--db URL` | required |  |"),
        (click.Option(["--name"]), "| `--name TEXT` |  |  |"),
        (click.Option(["--name"], default="a", show_default="the user's"), "| `--name TEXT` | `(the user's)` |  |"),
        (click.Option(["--name"], help="It.  [default: ./b]"), "| `--name TEXT` | `./b` | It. |"),
        (click.Option(["-v", "--verbose"], count=True), "| `-v, --verbose` |  |  |"),
        (click.Option(["--only"], multiple=True), "| `--only TEXT` |  |  |"),
        (
            click.Option(["--port"], type=click.IntRange(0, 9), default=8),
            "| `--port INTEGER RANGE` | `8` | (`0<=x<=9`) |",
        ),
        (click.Option(["--shell"], type=click.Choice(["a", "b"])), r"| `--shell [a\|b]` |  |  |"),
        (
            click.Option(["--key"], envvar="KEY_FILE", show_envvar=True, help="A file."),
            "| `--key TEXT` |  | A file. Environment: `KEY_FILE`. |",
        ),
    ],
)
def test_a_parameter_is_a_row(parameter, row):
    """Spellings, default, and what is said of it."""
    assert parameters_of(click.Command("c", params=[parameter])) == ["\n".join([*HEAD, row])]


def test_a_hidden_option_has_no_row():
    """Nor has a command a table of nothing."""
    assert parameters_of(click.Command("c", params=[click.Option(["--secret"], hidden=True)])) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain,  and\nplain", "plain, and plain"),
        ("--force does (-x, not --all).", "`--force` does (`-x`, not `--all`)."),
        ("the `app` of app.py", "the `app` of app.py"),
        ("`a --b` and --c", "`a --b` and `--c`"),
        ("DATABASES['default']['URL'], say", "`DATABASES['default']['URL']`, say"),
        ("s3://bucket/key, ./backup, age1...", "`s3://bucket/key`, `./backup`, age1..."),
        ("$HOME and EMAIL_HOST and <name> and a*b", "`$HOME` and `EMAIL_HOST` and `<name>` and `a*b`"),
        ("what follows --, as in test -- -k", "what follows `--`, as in test `--` `-k`"),
        ("well-known, and/or - a dash.", "well-known, and/or - a dash."),
    ],
)
def test_what_looks_like_code_is_shown_as_code(text, shown):
    """Markdown would read it as markup, and Sphinx make one dash of two."""
    assert as_prose(text) == shown


def test_a_long_paragraph_is_wrapped_where_words_end():
    """At 120 columns, as the other pages are; an option is never taken apart."""
    command = click.Command("c", help=" ".join(["--no-owner"] * 30))
    lines = [line for line in section(documented(command)).splitlines() if "`--no-owner`" in line]
    assert len(lines) > 1
    assert max(map(len, lines)) <= 120
    assert all(word == "`--no-owner`" for line in lines for word in line.split())


def test_a_pipe_in_a_table_does_not_end_the_cell():
    """Within code too: a table is divided before code is looked for."""
    assert as_table(["a"], [["`b|c`"]]).splitlines()[-1] == r"| `b\|c` |"
