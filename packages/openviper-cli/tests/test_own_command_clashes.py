"""Commands of a project whose names another app, or a distribution, has too."""

from __future__ import annotations

import re

import pytest
from small_programs import SETTINGS

GREET = '''"""Greet somebody."""
async def handle(name: str, *, loud: bool = False) -> None:
    print("hello", name, loud)
'''
COMMANDS = "management/commands"
MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (LazyCommand("greet", "greeting:greet", "Of the distribution.", target="module"),)
"""
STRANGER = """
import click
@click.command()
@click.argument("names", nargs=-1)
def greet(names):
    click.echo("stranger")
"""


def test_two_apps_with_one_command_are_an_error_that_names_both(openviper, site):
    """Neither is chosen."""
    site(
        {f"mysite/shop/{COMMANDS}/greet.py": GREET, f"mysite/blog/{COMMANDS}/greet.py": GREET},
        apps=("mysite.shop", "mysite.blog"),
    )
    result = openviper("viperctl", "greet", "you")
    assert result.returncode == 1
    assert re.fullmatch(
        r"Error: 'greet' is offered by the app mysite.shop \(.*\) and the app mysite.blog \(.*\); rename one of them\n",
        result.stderr,
    )


@pytest.mark.parametrize("app", ["mysite.shop", "static.shop", "mysite.migrations.shop"])
def test_the_projects_command_stands_in_for_that_of_a_distribution(openviper, site, distribution, app):
    """``-v`` says so; other projects run the distribution's."""
    folder = distribution("greeting-kit", MANIFEST, greeting=STRANGER)
    assert openviper("viperctl", "greet", "you", PYTHONPATH=folder).stdout == "stranger\n"
    site({f"{app.replace('.', '/')}/{COMMANDS}/greet.py": GREET}, apps=(app,))
    assert openviper("viperctl", "greet", "you", PYTHONPATH=folder).stdout == "hello you False\n"
    told = openviper("viperctl", "-v", "greet", "you", PYTHONPATH=folder).stderr
    assert f"command greet of the app {app}, " in told
    assert "it stands in for that of greeting-kit" in told
    assert "Greet somebody." in openviper("viperctl", "greet", "--help", PYTHONPATH=folder).stdout


def test_the_projects_command_runs_where_two_distributions_offer_the_name(openviper, site, distribution):
    """Which of those it would be does not matter then."""
    distribution("greeting-kit", MANIFEST, greeting=STRANGER)
    folder = distribution("second-kit", MANIFEST)
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET})
    assert openviper("viperctl", "greet", "you", PYTHONPATH=folder).stdout == "hello you False\n"
    assert "Offered by" not in openviper("viperctl", "--help", PYTHONPATH=folder).stdout


def test_settings_that_cannot_be_read_leave_the_name_to_the_distribution(openviper, site, distribution):
    """With a warning: its command may need no settings."""
    folder = distribution("greeting-kit", MANIFEST, greeting=STRANGER)
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET, "mysite/settings.py": "1 / 0"})
    result = openviper("viperctl", "greet", PYTHONPATH=folder)
    assert (result.returncode, result.stdout) == (0, "stranger\n")
    assert result.stderr.startswith("Warning: the commands of mysite are not known: ")


def test_the_app_of_another_distribution_takes_no_command_from_one(openviper, files, distribution):
    """Only what stands in the project's own folder does."""
    folder = distribution("greeting-kit", MANIFEST, greeting=STRANGER)
    files(
        {
            f"installed/elsewhere/{COMMANDS}/greet.py": GREET,
            "site/mysite/settings.py": SETTINGS.format(apps=("elsewhere",)),
            f"site/no_app/{COMMANDS}/greet.py": GREET,
        }
    )
    site = files({}) / "site"
    assert openviper("viperctl", "greet", "you", cwd=site, PYTHONPATH=folder).stdout == "stranger\n"
    shown = openviper("viperctl", "--help", cwd=site, PYTHONPATH=folder).stdout
    assert "Of the distribution." in shown
    assert "Commands of mysite" not in shown


def test_a_command_that_is_not_the_projects_reads_no_settings(openviper, site, distribution):
    """It may not need them, or not yet: a test run sets the environment first."""
    folder = distribution("greeting-kit", MANIFEST, greeting=STRANGER)
    site({f"mysite/shop/{COMMANDS}/other.py": GREET, "mysite/settings.py": "raise RuntimeError('read')"})
    result = openviper("viperctl", "greet", PYTHONPATH=folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "stranger\n", "")
