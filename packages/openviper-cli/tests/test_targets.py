"""Which word of a command line is the project."""

from __future__ import annotations

import click
import pytest

from openviper.cli._targets import first_positional, is_module_path, split_target, with_target

PARAMETERS = [
    click.Argument(["apps"], nargs=-1),
    click.Option(["--database"], default="default"),
    click.Option(["-p", "--pair"], nargs=2),
    click.Option(["-v", "--verbose"], is_flag=True),
    click.Option(["-x"], count=True),
    click.Option(["--keep/--drop"], default=True),
    click.Option(["-o"]),
]


def split(policy, line, projects=("mysite",)):
    return split_target(policy, line.split(), parameters=lambda: PARAMETERS, is_project=projects.__contains__)


@pytest.mark.parametrize(
    ("policy", "line", "target", "rest"),
    [
        ("none", ". a", None, ". a"),
        ("none", "mysite", None, "mysite"),
        ("dot", "", None, ""),
        ("dot", ".", ".", ""),
        ("dot", ". a .", ".", "a ."),
        ("dot", "a .", None, "a ."),
        ("dot", "mysite", None, "mysite"),
        ("dot", "mysite.app", None, "mysite.app"),
        ("dot", "--verbose .", ".", "--verbose"),
        ("module", "", None, ""),
        ("module", ". mysite", ".", "mysite"),
        ("module", "mysite", "mysite", ""),
        ("module", "mysite shop", "mysite", "shop"),
        ("module", "shop mysite", None, "shop mysite"),
        ("module", "apps.shop", "apps.shop", ""),
        ("module", "./shop", None, "./shop"),
        ("module", "..", None, ".."),
        ("module", "dump.tar.gz.", None, "dump.tar.gz."),
        ("module", "1.2", None, "1.2"),
        ("module", "--database . shop", None, "--database . shop"),
        ("module", "--database mysite", None, "--database mysite"),
        ("module", "--database . .", ".", "--database ."),
        ("module", "--database=x . shop", ".", "--database=x shop"),
        ("module", "--pair . . mysite", "mysite", "--pair . ."),
        ("module", "-p . . mysite", "mysite", "-p . ."),
        ("module", "-vp . . mysite", "mysite", "-vp . ."),
        ("module", "-vo. .", ".", "-vo."),
        ("module", "-vo . .", ".", "-vo ."),
        ("module", "-vxx .", ".", "-vxx"),
        ("module", "--drop .", ".", "--drop"),
        ("module", "--unknown .", ".", "--unknown"),
        ("module", "-- .", None, "-- ."),
        ("module", "--verbose -- mysite", None, "--verbose -- mysite"),
        ("module", ". -- mysite", ".", "-- mysite"),
        ("module", "- .", None, "- ."),
    ],
)
def test_the_policy_says_which_first_word_is_the_target(policy, line, target, rest):
    """Only the first positional can be the target; option values and what follows ``--`` never are."""
    assert split(policy, line) == (target, rest.split())


def test_a_bare_word_is_a_label_where_no_project_of_that_name_is():
    """``migrate shop`` migrates the app shop."""
    assert split("module", "shop", projects=()) == (None, ["shop"])


@pytest.mark.parametrize("line", ["", ".", "mysite --database x", "shop --verbose", "--database x shop"])
def test_the_command_is_asked_for_its_options_only_where_one_stands_before_a_possible_target(line):
    """Asking means importing the command before the settings are known."""

    def refuse():
        raise AssertionError("the command was imported")

    split_target("module", line.split(), parameters=refuse, is_project={"mysite"}.__contains__)


@pytest.mark.parametrize(
    ("word", "answer"), [("a.b", True), ("a", False), ("a.", False), (".a", False), ("a..b", False), ("a-b.c", False)]
)
def test_a_module_path_is_dotted_identifiers(word, answer):
    """A bare word is no module path: it may be a label."""
    assert is_module_path(word) is answer


def test_there_may_be_no_positional_at_all():
    """An option at the end may lack its value; click says so later."""
    assert first_positional(["--database"], PARAMETERS) is None


@pytest.mark.parametrize(
    ("policy", "metavar", "usage"),
    [
        ("none", "[OPTIONS]", "tool [OPTIONS] [APPS]..."),
        ("dot", "[OPTIONS]", "tool [TARGET] [OPTIONS] [APPS]..."),
        ("module", "[OPTIONS]", "tool [TARGET] [OPTIONS] [APPS]..."),
        ("module", None, "tool [TARGET] [APPS]..."),
    ],
)
def test_the_usage_shows_the_target(policy, metavar, usage):
    """Where the command takes one, before its own arguments."""
    command = click.Command("tool", params=[click.Argument(["apps"], nargs=-1)], options_metavar=metavar)
    assert with_target(command, policy) is command
    assert command.get_usage(click.Context(command, info_name="tool")) == f"Usage: {usage}"
