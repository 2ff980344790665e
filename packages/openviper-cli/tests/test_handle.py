"""The parameters of ``handle`` as arguments and options."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from openviper.cli._handle import handle_command
from openviper.cli._project_commands import CommandFile
from openviper.cli.errors import CommandLineError

FILE = CommandFile("send", "shop", "shop.management.commands.send", "/shop/send.py")
START = "from __future__ import annotations\nfrom pathlib import Path\nfrom typing import Optional, Any\n"


def command_of(signature, body="print({parameters}, sep='; ')", prefix=""):
    names = {"__name__": "handle_sample"}
    parameters = "*[f'{k}={v!r}' for k, v in locals().items()]"
    source = f"{START}{prefix}def handle({signature}):\n    {body.format(parameters=parameters)}\n"
    exec(source, names)
    return handle_command(names["handle"], FILE, help_text=None, lifespan=False)


def run(command, *args):
    result = CliRunner().invoke(command, list(args))
    return result.exit_code, result.output.strip()


@pytest.mark.parametrize(
    ("signature", "args", "printed"),
    [
        ("", [], ""),
        ("to", ["me"], "to='me'"),
        ("to: str, /", ["me"], "to='me'"),
        ("URL: str", ["x"], "URL='x'"),
        ("n: int", ["7"], "n=7"),
        ("n: float", ["7"], "n=7.0"),
        ("really: bool", ["no"], "really=False"),
        ("path: Path", ["a/b"], "path=PosixPath('a/b')"),
        ("names: list[str]", ["a", "b"], "names=['a', 'b']"),
        ("*names: int", ["1", "2"], "names=(1, 2)"),
        ("*names", [], "names=()"),
        ("to, *names: str, loud: bool = False", ["a", "b", "c", "--loud"], "to='a'; loud=True; names=('b', 'c')"),
        ("*, dry_run: bool = False", [], "dry_run=False"),
        ("*, dry_run: bool = False", ["--dry-run"], "dry_run=True"),
        ("*, dry_run: bool = True", ["--no-dry-run"], "dry_run=False"),
        ("dry_run=True", [], "dry_run=True"),
        ("*, sure: bool | None = None", [], "sure=None"),
        ("count: int = 3", [], "count=3"),
        ("count=3", ["--count", "4"], "count=4"),
        ("ratio=0.5", ["--ratio", "1"], "ratio=1.0"),
        ("place=Path('x')", ["--place", "y"], "place=PosixPath('y')"),
        ("name=None", ["--name", "y"], "name='y'"),
        ("name: str | None = None", [], "name=None"),
        ("name: Optional[int] = None", ["--name", "5"], "name=5"),
        ("*, name: str", ["--name", "y"], "name='y'"),
        ("n: int = 1", ["-n", "5"], "n=5"),
        ("from_: str = ''", ["--from", "x"], "from_='x'"),
        ("*, tags: list[str] = ['a']", [], "tags=['a']"),
        ("*, tags: list[str] = ['a']", ["--tags", "b", "--tags", "c"], "tags=['b', 'c']"),
        ("*, tags: list[int] | None = None", [], "tags=None"),
        ("*, tags: list[int] | None = None", ["--tags", "1"], "tags=[1]"),
        ("*, tags: tuple[Path, ...] = ()", ["--tags", "b"], "tags=(PosixPath('b'),)"),
        ("*, tags: list = []", ["--tags", "b"], "tags=['b']"),
        ("*, tags=['a']", [], "tags=['a']"),
    ],
)
def test_a_parameter_takes_its_value_from_the_command_line(signature, args, printed):
    """By position where it has no default and may be given so, else as an option."""
    assert run(command_of(signature), *args) == (0, printed)


@pytest.mark.parametrize(
    ("signature", "args", "words"),
    [
        ("to", [], "Missing argument 'TO'"),
        ("names: list[str]", [], "Missing argument 'NAMES...'"),
        ("*, name: str", [], "Missing option '--name'"),
        ("n: int", ["x"], "'x' is not a valid integer"),
        ("", ["x"], "unexpected extra argument (x)"),
        ("", ["--x"], "No such option"),
    ],
)
def test_wrong_usage_exits_with_2(signature, args, words):
    """As of every command."""
    code, output = run(command_of(signature), *args)
    assert code == 2
    assert words in output


@pytest.mark.parametrize(
    "signature",
    [
        "x: dict",
        "x: list[dict]",
        "*, x: Any = 1",
        "x: int | str",
        "**x",
        "*, x: list[bool] = []",
        "x: tuple[int, str]",
        "_",
        "*, help: str = ''",
    ],
)
def test_a_parameter_that_cannot_be_typed_is_refused(signature):
    """With the file, the parameter and what could be."""
    with pytest.raises(
        CommandLineError, match=r"of handle\(\) in /shop/send\.py cannot become an argument or option; "
    ):
        command_of(signature)


def test_an_annotation_for_checkers_alone_is_refused_with_the_way_out():
    """It cannot be read when the command runs."""
    with pytest.raises(CommandLineError, match=r"NameError: name 'Missing' is not defined; what their annotations"):
        command_of("x: Missing")


@pytest.mark.parametrize(("value", "code"), [("None", 0), ("0", 0), ("3", 3), ("255", 255)])
def test_what_it_returns_is_the_exit_code(value, code):
    """Nothing is success."""
    assert run(command_of("", f"return {value}"))[0] == code


@pytest.mark.parametrize(("value", "shown"), [("True", "a bool"), ("'done'", "a str"), ("256", "256"), ("-1", "-1")])
def test_what_is_no_exit_code_is_refused(value, shown):
    """256 would be a success to a shell, and True a failure."""
    with pytest.raises(CommandLineError, match=f"handle\\(\\) of /shop/send.py returned {shown}; expected None, or an"):
        command_of("", f"return {value}").main([], standalone_mode=False)


def test_help_shows_the_docstring_the_types_and_the_defaults():
    """It is read like that of any other command."""
    command = command_of("to: Path, *, count: int = 3, offset: int = 0, dry_run: bool = False", "'''Send it all.'''")
    output = run(command, "--help")[1]
    assert "Send it all." in output
    assert "--count INTEGER" in output
    assert "[default: 3]" in output
    assert "[default: 0]" in output
    assert "--dry-run / --no-dry-run" in output
    assert isinstance(command, click.Command)


@pytest.mark.parametrize(
    ("parameter", "is_shown"),
    [
        ("password='hunter2'", False),
        ("api_key='hunter2'", False),
        ("tokens=['hunter2']", False),
        ("pin=1234", False),
        ("webhook_url='https://hooks.example/hunter2'", False),
        ("url='postgres://me:hunter2@db/app'", False),
        ("sort_key='price'", True),
        ("url='postgres://db/app'", True),
        ("password_length=12", True),
        ("password=None", False),
        ("mask='***'", True),
    ],
)
def test_help_shows_no_default_that_is_a_secret(parameter, is_shown):
    """By the names and texts that settings are masked by; the command is given it."""
    command = command_of(f"*, {parameter}")
    output = run(command, "--help")[1]
    assert ("[default: " in output, "hunter2" in output) == (is_shown, False)
    assert run(command) == (0, parameter)


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        ("where: Path = Path('/srv')", "/srv"),
        ("share=float('nan')", "nan"),
        ("names=['one', 'two']", "one, two"),
        ("colour: str = enum.StrEnum('Colour', ['RED']).RED", "RED"),
        ("level: int = enum.IntEnum('Level', {'LOW': 7}).LOW", "LOW"),
    ],
)
def test_help_shows_any_other_default(parameter, default):
    """Whatever its type."""
    output = run(command_of(f"*, {parameter}", prefix="import enum\n"), "--help")[1]
    assert f"[default: {default}]" in output
