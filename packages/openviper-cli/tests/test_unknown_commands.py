"""What is said of a command that is not there."""

from __future__ import annotations

import pytest
from small_programs import SETTINGS

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
FILE = "management/commands/send_it.py"


@pytest.mark.parametrize(("name", "near"), [("send-it", ""), ("chekc", " Did you mean 'check'?")])
def test_without_a_project_that_is_told(openviper, tmp_path, name, near):
    """It may be a command of one, or a slip."""
    result = openviper("viperctl", name)
    assert (result.returncode, result.stdout) == (2, "")
    sentence = f"Error: No such command {name!r}, and no project in {tmp_path} or above that could have it.{near}"
    assert result.stderr.splitlines()[-1] == sentence


def test_a_project_that_cannot_be_told_is_not_missing(openviper, files):
    """A warning says why none is used."""
    files({"a/settings.py": OURS, "b/settings.py": OURS})
    result = openviper("viperctl", "send-it")
    assert result.stderr.startswith("Warning: no project is used: ")
    assert result.stderr.endswith("Error: No such command 'send-it'.\n")


@pytest.mark.parametrize(
    ("settings", "app", "name"),
    [
        ("mysite/settings.py", "mysite/shop", "mysite.shop"),
        ("mysite/settings.py", "apps/shop", "apps.shop"),
        ("src/mysite/settings.py", "src/shop", "shop"),
        ("settings.py", "shop", "shop"),
    ],
)
@pytest.mark.parametrize("typed", ["send-it", "send_it"])
def test_an_app_that_is_not_installed_may_have_it(openviper, files, settings, app, name, typed):
    """The next step is told; copies that a build has left are none."""
    files({settings: SETTINGS.format(apps=()), f"{app}/{FILE}": "", f"build/lib/{app}/{FILE}": ""})
    result = openviper("viperctl", typed)
    assert (result.returncode, result.stdout) == (2, "")
    module = settings.removeprefix("src/").removesuffix(".py").replace("/", ".")
    sentence = f"the app '{name}' has it, and is not installed: add to INSTALLED_APPS of {module}: \"{name}\""
    assert result.stderr.splitlines()[-1] == f"Error: No such command {typed!r}; {sentence}"


@pytest.mark.parametrize("typed", ["__init__", "_shared", "mysite", "send-them"])
def test_what_no_app_has_is_only_unknown(openviper, site, typed):
    """A private module is no command."""
    site({f"mysite/shop/management/commands/{name}.py": "" for name in ("__init__", "_shared", "send_it")}, apps=())
    last = openviper("viperctl", typed).stderr.splitlines()[-1]
    assert last.startswith(f"Error: No such command {typed!r}.")


@pytest.mark.parametrize("name", ["version", "run", "create-project"])
def test_a_command_of_the_top_level_is_pointed_to_openviper(openviper, name):
    """``openviper viperctl version`` is a likely slip."""
    result = openviper("viperctl", name)
    assert result.returncode == 2
    assert f"No such command '{name}'; it is no management command: openviper {name}" in result.stderr
