"""Projects that are no good, through the whole command line: one sentence, the right code, nothing written."""

from __future__ import annotations

import json
import os

import pytest
from small_programs import APPLICATION

from openviper.core.projects import SETTINGS_VARIABLE

GOOD = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
COMMANDS = ("apps", "check", "settings")
#: Settings that were found, and what is said about them.
BAD = {
    "a syntax error": (
        {"shop/settings.py": f"{GOOD}def (\n"},
        "raised SyntaxError: invalid syntax (settings.py, line 3)",
    ),
    "an exception": ({"shop/settings.py": f"{GOOD}1 / 0\n"}, "raised ZeroDivisionError: division by zero"),
    "an exit": ({"shop/settings.py": f"{GOOD}raise SystemExit(0)\n"}, "the settings called sys.exit(0)"),
    "an exit with a word": (
        {"shop/settings.py": f"{GOOD}exit('no licence')\n"},
        "the settings called sys.exit('no licence')",
    ),
    "a class of nothing": ({"shop/settings.py": "from openviper.conf import BaseSettings\n"}, "has no class Settings"),
    "a missing import": ({"shop/settings.py": f"{GOOD}import no_such_module\n"}, "No module named 'no_such_module'"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_sentence(openviper, files, case, command):
    """On stderr (the result of ``check`` is on stdout), exit code 1, nothing written."""
    contents, sentence = BAD[case]
    root = files(contents)
    before = sorted(root.rglob("*"))
    result = openviper("viperctl", command)
    assert result.returncode == 1
    assert sentence in (result.stdout + result.stderr if command == "check" else result.stderr)
    assert "Traceback" not in result.stderr
    assert command == "check" or result.stdout == ""
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("command", ["apps", "settings"])
@pytest.mark.parametrize("case", ["a syntax error", "an exception", "an exit", "a missing import"])
def test_the_traceback_shows_the_place(openviper, files, case, command):
    """For who asks; behind the command's name too."""
    root = files(BAD[case][0])
    for args in (("--traceback", command), (command, "--traceback")):
        result = openviper("viperctl", *args)
        assert result.returncode == 1
        assert "Traceback" in result.stderr
        assert str(root / "shop/settings.py") in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_that_print_do_not_spoil_json(openviper, files, command):
    """Their words go to stderr."""
    files({"shop/settings.py": f"print('importing')\n{GOOD}"})
    result = openviper("viperctl", command, "--json")
    assert result.returncode == 0, result.stderr
    json.loads(result.stdout)
    assert result.stderr.startswith("importing\n")


#: What keeps a project from being found, how it is asked for, and what is said. Nothing of it is imported.
UNFOUND = [
    ({}, ["COMMAND", "."], "there is no project in "),
    (
        {"a/settings.py": GOOD, "b/settings.py": GOOD},
        ["COMMAND"],
        "holds 2 projects: a.settings, b.settings;",
    ),
    (
        {"a/settings.py": GOOD, "src/a/settings.py": GOOD},
        ["COMMAND"],
        "a.settings stands in {folder} and in its src; move or rename one of the folders",
    ),
    (
        {"a/settings.py": GOOD, "src/a/settings.py": GOOD},
        ["--settings", "a.settings", "COMMAND"],
        "a.settings (--settings) stands in {folder} and in {folder}/src; move or rename one of the folders",
    ),
    ({"json/settings.py": GOOD}, ["COMMAND"], "'json' is a module of the standard library; rename the folder"),
    ({"json/settings.py": GOOD}, ["--settings=json.settings", "COMMAND"], "rename the folder"),
    ({"click/settings.py": GOOD}, ["COMMAND"], "another 'click' is in use already, "),
    ({}, ["--settings", "mysite.settings", "COMMAND"], "there is no module 'mysite.settings' (--settings)"),
    ({}, ["--settings", "mysite/settings.py", "COMMAND"], "expected a string like 'mysite.settings'"),
    ({"settings/readme": ""}, ["COMMAND", "."], "there is no project in "),
    ({"settings/readme": ""}, ["--settings", "settings", "COMMAND"], "is the folder {folder}/settings without an "),
    ({"settings.py/readme": ""}, ["COMMAND", "."], "{folder}/settings.py is a folder; expected a file"),
    ({"pyproject.toml/readme": ""}, ["COMMAND"], "{folder}/pyproject.toml is a folder; expected a file"),
    (
        {"mysite/settings.py/readme": ""},
        ["--settings", "mysite.settings", "COMMAND"],
        "settings.py is a folder; expected",
    ),
    ({"pyproject.toml": "[tool.openviper"}, ["COMMAND"], "pyproject.toml cannot be read, or is not TOML: "),
    (
        {"pyproject.toml": "[tool]\nopenviper = []\n"},
        ["COMMAND"],
        "[tool.openviper] of {folder}/pyproject.toml is []",
    ),
    ({"pyproject.toml": "[tool.openviper]\nsettings = ['a']\n"}, ["COMMAND"], "settings=['a'] ([tool.openviper] in "),
    (
        {"pyproject.toml": "[tool.openviper]\nsettings = 'gone.settings'\n"},
        ["COMMAND"],
        "there is no module 'gone.settings' ([tool.openviper] in {folder}/pyproject.toml)",
    ),
    ({".env": "broken\n"}, ["COMMAND"], "{folder}/.env, line 1: there is no '='"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("contents", "args", "part"), UNFOUND)
def test_a_project_that_cannot_be_found_is_one_sentence(openviper, files, contents, args, part, command):
    """No cache is written either."""
    folder = files(contents | {"here": ""})
    before = sorted(folder.rglob("*"))
    given = [command if each == "COMMAND" else each for each in args]
    result = openviper("viperctl", *given, PYTHONDONTWRITEBYTECODE="")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert part.format(folder=folder) in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_variable_that_names_no_module_is_one_sentence(openviper, project, command):
    """As the option."""
    result = openviper("viperctl", command, **{SETTINGS_VARIABLE: "no module"})
    assert result.returncode == 1
    assert "'no module' (OPENVIPER_SETTINGS_MODULE) is not a module name" in result.stderr


@pytest.mark.parametrize(
    ("links", "part"),
    [
        ({"settings.py": "settings.py"}, "{folder}/settings.py is a link that cannot be"),
        ({"mysite": "mysite"}, "there is no project in {folder}"),
        ({"pyproject.toml": "pyproject.toml", "src": "src"}, "{folder}/pyproject.toml is a link that cannot be"),
        ({"src": "."}, "there is no project in {folder}"),
    ],
)
def test_symlinks_in_a_circle_are_no_project(openviper, tmp_path, links, part):
    """And nobody walks in it."""
    for name, place in links.items():
        (tmp_path / name).symlink_to(place)
    result = openviper("viperctl", "check", ".")
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: {part.format(folder=tmp_path)}")


def test_a_pyproject_with_a_byte_order_mark_is_read(openviper, files):
    """Some editors write it."""
    folder = files({"mysite/settings.py": GOOD})
    (folder / "pyproject.toml").write_bytes(b"\xef\xbb\xbf[tool.openviper]\nsettings = 'mysite.settings'\n")
    result = openviper("viperctl", "-v", "check")
    assert f"found by [tool.openviper] in {folder / 'pyproject.toml'}" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read a folder")
def test_a_folder_that_may_not_be_read_is_told(openviper, tmp_path):
    """By somebody who may only pass through it."""
    tmp_path.chmod(0o711)
    for folder in tmp_path.parents[:-2]:
        folder.chmod(folder.stat().st_mode | 0o711)
    # Imported first: the packages may lie where only root can read.
    line = "import os, tomllib\nfrom pathlib import Path\nfrom openviper.cli._project import find_project\n"
    line += "from openviper.conf import _environment\nos.setuid(65534)\n"
    line += f"try: find_project(Path({str(tmp_path)!r}), target='.')\n"
    result = openviper(command=("-c", f"{line}except ValueError as error: print(error)"))
    assert result.stdout.startswith(f"there is no project in {tmp_path} (it cannot be listed: permission denied): ")


def test_a_stdlib_name_is_fine_for_the_folder_of_a_root_layout(openviper, files):
    """Its settings module is called settings, whatever the folder's name is."""
    folder = files({"json/settings.py": GOOD}) / "json"
    result = openviper("viperctl", "-v", "check", cwd=folder)
    assert f"project json in {folder}, settings settings (found by the root layout of {folder})" in result.stderr


@pytest.mark.parametrize("args", [["check", "--help"], ["--help"], ["start-server", "--help"]])
def test_help_works_beside_any_of_them(openviper, files, args):
    """It needs no project; at most a warning says why there are no commands of it."""
    files({"pyproject.toml": "[tool.openviper", "settings.py": "import sys; sys.exit(0)"})
    result = openviper("viperctl", *args)
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: ")
    assert "Error" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("args", "named_by"),
    [
        ([], "[tool.openviper] in "),
        (["--settings", "mysite.settings"], "(--settings)"),
    ],
)
def test_who_named_the_settings_is_told_where_they_are_broken(openviper, project, command, args, named_by):
    """Not the variable that hands them on to child processes."""
    (project / "mysite/settings.py").write_text(f"{GOOD}1 / 0\n")
    result = openviper("viperctl", *args, command)
    said = result.stdout + result.stderr
    assert "the settings module mysite.settings (" in said
    assert named_by in said
    assert SETTINGS_VARIABLE not in said


def test_a_child_process_tells_who_named_the_settings_too(served, project):
    """A server that reloads imports them there."""
    application = "from openviper.conf import settings\nprint(settings.source, flush=True)\n"
    (project / "mysite/app.py").write_text(f"{application}{APPLICATION}")
    with served("viperctl", "start-server", "--port=0", "--reload") as server:
        server.get()
        server.end()
        assert any("mysite.settings ([tool.openviper] in " in line for line in server.lines)
