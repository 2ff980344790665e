"""``viperctl --help`` and completion: everything is listed, and whatever is broken does not break them."""

from __future__ import annotations

import os
from importlib.metadata import distributions

import pytest
from small_programs import SETTINGS

from openviper.core.distributions import COMMANDS as DOCUMENTED
from openviper.core.distributions import RELEASED

COMMANDS = "mysite/management/commands"
IMPORT = "from openviper.core.commands import LazyCommand\n"


def section(text, title):
    """Return the lines of a section, by their first words."""
    lines = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0].splitlines()
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line.startswith("  ") and line[2] != " "}


def complete(openviper, words, **variables):
    result = openviper(
        command=("-c", "from openviper.cli._main import openviper as o; o.main(prog_name='openviper')"),
        _OPENVIPER_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(words.count(" ")),
        **variables,
    )
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line], result.stderr


def test_the_projects_commands_have_a_section(openviper, site):
    """With the first line of their docstrings; nothing of them is imported."""
    site({f"{COMMANDS}/send_it.py": "'''Send it.\n\nAll.'''\nraise SystemExit", f"{COMMANDS}/plain.py": "1 / 0"})
    result = openviper("viperctl", "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert section(result.stdout, "Commands of mysite") == {"send-it": "Send it.", "plain": ""}


def test_what_is_broken_is_shown_as_broken(openviper, site, distribution):
    """A manifest, a command whose module is not there, a command file; the rest is as ever."""
    distribution("broken-kit", "import sys\nsys.exit('no licence')")
    folder = distribution("gone-kit", f"{IMPORT}COMMANDS = [LazyCommand('go', 'gone.commands:go', 'Go.')]")
    site({f"{COMMANDS}/bad.py": "x = 1\ny = (\n", f"{COMMANDS}/two words.py": ""})
    result = openviper("viperctl", "--help", PYTHONPATH=folder)
    assert result.returncode == 0
    reason = "broken_kit_manifest:COMMANDS cannot be read: SystemExit: no licence"
    assert result.stderr == f"Warning: the commands of broken-kit are left out: {reason}\n"
    assert section(result.stdout, "Commands")["go"] == "Broken: there is no module 'gone.commands'."
    assert "check" in section(result.stdout, "Commands")
    assert section(result.stdout, "Commands of mysite") == {
        "bad": "Broken: SyntaxError in line 2: '(' was never closed"
    }
    assert list(section(result.stdout, "Broken")) == ["broken-kit", f"{COMMANDS}/two"]


def test_files_that_cannot_be_read_do_not_stop_it(openviper, site):
    """A pipe, a folder, a huge file, bytes that are no text."""
    folder = site({f"{COMMANDS}/huge.py": "#" * 2_000_000}) / COMMANDS
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    (folder / "bytes.py").write_bytes(b"'''\xff'''")
    result = openviper("viperctl", "--help")
    shown = section(result.stdout, "Commands of mysite")
    assert sorted(shown) == ["bytes", "folder", "huge", "pipe"]
    assert all(text.startswith("Broken: ") for text in shown.values())


@pytest.mark.parametrize(
    "settings",
    ["x = (", "raise RuntimeError('no')", "import sys; sys.exit(0)", "raise GeneratorExit", SETTINGS.format(apps="7")],
)
def test_settings_that_cannot_be_read_are_a_warning(openviper, site, settings):
    """One line; help is shown."""
    site({"mysite/settings.py": settings})
    result = openviper("viperctl", "--help")
    assert result.returncode == 0
    assert "start-server" in section(result.stdout, "Commands")
    assert result.stderr.startswith("Warning: the commands of mysite are not known: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "contents",
    [
        {"pyproject.toml": "[tool.openviper"},
        {"pyproject.toml": '[tool.openviper]\nsettings = "nowhere.settings"\n'},
        {"pyproject.toml": "", "a/settings.py": "Settings = 1", "b/settings.py": "Settings = 1"},
    ],
)
def test_a_project_that_cannot_be_told_is_a_warning(openviper, files, contents):
    """One line; help is shown."""
    files(contents)
    result = openviper("viperctl", "--help")
    assert result.returncode == 0
    assert "start-server" in result.stdout
    assert result.stderr.startswith("Warning: no project is used: ")
    assert result.stderr.count("\n") == 1


def test_the_settings_that_are_named_count(openviper, site):
    """``--settings`` before ``--help``."""
    site({"other/settings.py": SETTINGS.format(apps=("other",)), "other/management/commands/act.py": "'''Act.'''"})
    result = openviper("viperctl", "--settings", "other.settings", "--help")
    assert section(result.stdout, "Commands of other") == {"act": "Act."}


def test_documented_commands_of_other_distributions_are_listed(openviper, site):
    """With what to install; neither what is installed, nor what the project has itself."""
    site({f"{COMMANDS}/migrate.py": "'''Migrate.'''"})
    listed = section(openviper("viperctl", "--help").stdout, "Available with other distributions")
    installed = {each.metadata["Name"] for each in distributions()}
    missing = {name: owner for name, owner in DOCUMENTED.items() if owner not in installed and name != "migrate"}
    assert listed == {
        name: f"pip install {owner}" if owner in RELEASED else f"{owner}, not released yet"
        for name, owner in missing.items()
    }


def test_help_imports_nothing_that_it_does_not_need(openviper, site, distribution):
    """No command module, and nothing heavy; with a project, its settings and an app's files."""
    folder = distribution("kit", f"{IMPORT}COMMANDS = [LazyCommand('go', 'gone:go', 'Go.')]", gone="")
    site({f"{COMMANDS}/act.py": "'''Act.'''"})
    heavy = [
        "importlib.metadata",
        "asyncio",
        "logging",
        "jinja2",
        "uvicorn",
        "email",
        "shutil",
        "mysite.management",
        "gone",
    ]
    source = (
        "import sys\nfrom openviper.cli import main\nmain(['viperctl', '--help'])\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert openviper(command=("-c", source), PYTHONPATH=folder).stdout.splitlines()[-1] == "[]"


def test_completion_knows_the_same_commands(openviper, site, distribution):
    """It prints nothing else: no warning, nothing that settings or manifests print."""
    distribution("broken-kit", "print('noise')\n1 / 0")
    folder = distribution("kit", f"{IMPORT}print('noise')\nCOMMANDS = [LazyCommand('go', 'gone:go', 'Go.')]")
    settings = "import sys\nprint('noise')\nprint('noise', file=sys.stderr)\n" + SETTINGS.format(apps=("mysite",))
    site({f"{COMMANDS}/go_on.py": "print('noise')", "mysite/settings.py": settings})
    assert complete(openviper, "openviper viperctl go", PYTHONPATH=folder) == (["go", "go-on"], "")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("async def handle(*, dry_run: bool = False): ...", ["--dry-run"]),
        ("print('noise')\nasync def handle(*, dry_run: bool = False): ...", ["--dry-run"]),
        ("1 / 0", []),
        ("x = (", []),
        ("import sys; sys.exit(0)", []),
    ],
)
def test_a_commands_options_are_completed(openviper, site, command, found):
    """One that is broken has none, and shows nothing on the prompt."""
    site({f"{COMMANDS}/act.py": command})
    assert complete(openviper, "openviper viperctl act --dry") == (found, "")


@pytest.mark.parametrize("words", ["openviper nope ch", "openviper viperctl nope --x", "openviper viperctl check ."])
def test_completion_after_what_is_unknown_is_quiet(openviper, words):
    """A usage error does not belong on a prompt."""
    assert complete(openviper, words)[1] == ""


def test_broken_settings_do_not_break_completion(openviper, site):
    """The other commands are there."""
    site({"mysite/settings.py": "import sys; sys.exit(1)"})
    assert complete(openviper, "openviper viperctl che") == (["check"], "")


def test_a_thousand_commands_are_listed_completed_and_run(openviper, site, distribution):
    """Of a distribution and of a project."""
    folder = distribution(
        "kit", f"{IMPORT}COMMANDS = [LazyCommand(f'kit-{{n}}', 'many:act', 'Act.') for n in range(1000)]"
    )
    site(
        {f"{COMMANDS}/own_{number}.py": f"'''Act {number}.'''\ndef handle(): print({number})" for number in range(1000)}
    )
    result = openviper("viperctl", "--help", PYTHONPATH=folder)
    assert len(section(result.stdout, "Commands of mysite")) == 1000
    assert "kit-999" in section(result.stdout, "Commands")
    found, _ = complete(openviper, "openviper viperctl own-99", PYTHONPATH=folder)
    assert found == ["own-99", *(f"own-99{digit}" for digit in range(10))]
    assert openviper("viperctl", "own-500", PYTHONPATH=folder).stdout == "500\n"
    assert "Did you mean" in openviper("viperctl", "own-5000", PYTHONPATH=folder).stderr
