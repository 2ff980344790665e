"""From a command file to its command."""

from __future__ import annotations

import sys
from itertools import count

import click
import pytest

from openviper.cli._command_modules import load_project_command
from openviper.cli._project_commands import find_commands
from openviper.cli.errors import BrokenCommandError, CommandLineError

COUNT = count()
COMMAND = "import click\n@click.command()\ndef {name}():\n    '''Of {name}.'''\n"
HANDLE = "def handle(): ...\n"


@pytest.fixture
def load(files, monkeypatch):
    """Load the command ``send-it`` of a new app."""

    def load(source, encoding="utf-8"):
        app = f"command_module_app_{next(COUNT)}"
        monkeypatch.syspath_prepend(str(files({f"{app}/__init__.py": ""})))
        path = files({f"{app}/management/commands/send_it.py": ""}) / app / "management/commands/send_it.py"
        path.write_text(source, encoding=encoding)
        return load_project_command(find_commands([app]).files["send-it"][0])

    return load


@pytest.mark.parametrize(
    ("source", "help_text"),
    [
        (COMMAND.format(name="command"), "Of command."),
        (COMMAND.format(name="send_it"), "Of send_it."),
        (COMMAND.format(name="whatever"), "Of whatever."),
        (COMMAND.format(name="other") + COMMAND.format(name="command"), "Of command."),
        (COMMAND.format(name="other") + COMMAND.format(name="send_it"), "Of send_it."),
        (COMMAND.format(name="send_it") + COMMAND.format(name="command"), "Of command."),
        (COMMAND.format(name="command") + HANDLE, "Of command."),
        (COMMAND.format(name="one") + "also = one\n", "Of one."),
        (COMMAND.format(name="handle"), "Of handle."),
        (
            "import click\n@click.group()\ndef tool():\n  '''Of tool.'''\n@tool.command()\ndef sub(): ...\n",
            "Of tool.",
        ),
        ("'''Of the module.'''\n" + HANDLE, "Of the module."),
        ("def handle():\n    '''Of handle.'''\n", "Of handle."),
        ("command = 7\n" + HANDLE, None),
    ],
)
def test_the_command_is_found(load, source, help_text):
    """By its name ``command``, that of the file, or because it is the only one; or it is the function ``handle``."""
    assert load(source).help == help_text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "holds no command; expected one click.Command, or one function handle: async def handle() -> None"),
        ("handle = 7\nclass command: ...\n", "holds no command"),
        ("class handle: ...\n", "holds no command"),
        (COMMAND.format(name="one") + COMMAND.format(name="two"), "holds one and two, and none is called command"),
        (COMMAND.format(name="one") + HANDLE, "holds one and handle, and none is called command"),
        ("LIFESPAN = 'yes'\n" + HANDLE, "LIFESPAN of "),
        ("LIFESPAN = True\n" + HANDLE, "says LIFESPAN = True; expected async def handle()"),
        (
            "LIFESPAN = True\n" + COMMAND.format(name="one"),
            "LIFESPAN = True is for an async command, and 'one' is none",
        ),
    ],
)
def test_a_file_without_one_command_is_refused(load, source, words):
    """The sentence names the file, and what it holds."""
    with pytest.raises(CommandLineError) as caught:
        load(source)
    assert words in str(caught.value)
    assert not isinstance(caught.value, BrokenCommandError)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x = (", "SyntaxError: '(' was never closed"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)
def test_a_file_that_fails_is_a_broken_command(load, source, words):
    """Whatever it raises; that is the cause. Ending the program is no way to be a command."""
    with pytest.raises(
        BrokenCommandError, match=r"^'send-it' of the app command_module_app_\d+ cannot run: "
    ) as caught:
        load(source)
    assert words in str(caught.value)
    assert "send_it.py" in str(caught.value)
    assert type(caught.value.__cause__).__name__ in words


def test_ctrl_c_passes(load):
    """While a file is imported."""
    with pytest.raises(KeyboardInterrupt):
        load("raise KeyboardInterrupt")


def test_a_file_that_would_not_end_is_not_opened(load):
    """One of more than 1 MiB stands for a pipe here."""
    with pytest.raises(CommandLineError, match="it is longer than 1 MiB"):
        load("#" * (1 << 20) + "\n")


def test_another_module_of_that_name_is_not_run_in_its_place(files, monkeypatch):
    """In the root layout ``management`` stands at the top, where an installed package may have the name."""
    root = files({"site/management/commands/clean.py": HANDLE, "other/management/commands/clean.py": HANDLE})
    files({"other/management/__init__.py": ""})
    for name in list(sys.modules):
        if name.partition(".")[0] == "management":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(root / "other"))
    (file,) = find_commands([], str(root / "site")).files["clean"]
    with pytest.raises(CommandLineError, match=r"management\.commands\.clean is another module, "):
        load_project_command(file)


def test_an_async_function_of_click_runs(load):
    """click itself would drop the coroutine; the context is there in it."""
    command = load(
        "import asyncio, click\n@click.command()\n@click.option('--x', default=1)\n@click.pass_context\n"
        "async def send(ctx, x):\n    await asyncio.sleep(0)\n    ctx.exit(x + 3)\n"
    )
    assert command.main(["--x", "4"], standalone_mode=False) == 7


def test_the_modules_own_command_is_not_changed(load):
    """What runs its function is put on a copy."""
    source = "import click\n@click.command()\nasync def send(): ...\ncallback = send.callback\n"
    command = load(source)
    module = sys.modules[command.callback.__module__]
    assert module.send.callback is module.callback
    assert isinstance(command, click.Command)
