"""Projects that cannot be used, through the whole command line: one sentence, the right code, nothing written."""

from __future__ import annotations

import os

import pytest

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


def tree(folder):
    """Return every file and folder below ``folder``."""
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize(
    ("contents", "args", "part"),
    [
        ({}, ["check", "."], "there is no project in "),
        ({}, ["start-server"], "there is no project here"),
        (
            {"a/settings.py": SETTINGS, "b/settings.py": SETTINGS},
            ["check"],
            "holds 2 projects: a.settings, b.settings;",
        ),
        (
            {"a/settings.py": SETTINGS, "src/a/settings.py": SETTINGS},
            ["check"],
            "a.settings stands in {folder} and in its src; move or rename one of the folders",
        ),
        (
            {"a/settings.py": SETTINGS, "src/a/settings.py": SETTINGS},
            ["--settings", "a.settings", "check"],
            "a.settings (--settings) stands in {folder} and in {folder}/src; move or rename one of the folders",
        ),
        ({"json/settings.py": SETTINGS}, ["check"], "'json' is a module of the standard library; rename the folder"),
        ({"json/settings.py": SETTINGS}, ["--settings=json.settings", "check"], "rename the folder"),
        ({"click/settings.py": SETTINGS}, ["check"], "another 'click' is in use already, "),
        ({}, ["--settings", "mysite.settings", "check"], "there is no module 'mysite.settings' (--settings)"),
        ({}, ["--settings", "mysite/settings.py", "check"], "expected a string like 'mysite.settings'"),
        ({"settings/readme": ""}, ["check", "."], "there is no project in "),
        ({"settings/readme": ""}, ["--settings", "settings", "check"], "is the folder {folder}/settings without an "),
        ({"settings.py/readme": ""}, ["check", "."], "{folder}/settings.py is a folder; expected a file"),
        ({"pyproject.toml/readme": ""}, ["check"], "{folder}/pyproject.toml is a folder; expected a file"),
        ({"mysite/settings.py/readme": ""}, ["--settings", "mysite.settings", "check"], "there is no module"),
        ({"pyproject.toml": "[tool.openviper"}, ["check"], "pyproject.toml cannot be read, or is not TOML: "),
        (
            {"pyproject.toml": "[tool]\nopenviper = []\n"},
            ["check"],
            "[tool.openviper] of {folder}/pyproject.toml is []",
        ),
        ({"pyproject.toml": "[tool.openviper]\nsettings = ['a']\n"}, ["check"], "settings=['a'] ([tool.openviper] in "),
        (
            {"pyproject.toml": "[tool.openviper]\nsettings = 'gone.settings'\n"},
            ["check"],
            "there is no module 'gone.settings' ([tool.openviper] in {folder}/pyproject.toml)",
        ),
        ({".env": "broken\n"}, ["check"], "{folder}/.env, line 1: there is no '='"),
    ],
)
def test_a_project_that_cannot_be_used_is_one_sentence(openviper, files, contents, args, part):
    """Nothing of it is imported, so no cache is written either."""
    folder = files(contents | {"here": ""})
    before = tree(folder)
    result = openviper("viperctl", *args, PYTHONDONTWRITEBYTECODE="")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert part.format(folder=folder) in result.stderr
    assert result.stderr.count("\n") == 1
    assert tree(folder) == before


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
    folder = files({"mysite/settings.py": SETTINGS})
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
    folder = files({"json/settings.py": SETTINGS}) / "json"
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
