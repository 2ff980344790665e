"""``viperctl test``, which runs pytest."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from openviper import cli

TESTS = """
from openviper.conf import settings

def test_settings():
    assert settings.source.startswith("mysite.settings")

def test_fixture(from_conftest):
    assert from_conftest == "there"
"""
PYPROJECT = """
[tool.openviper]
settings = "mysite.settings"

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@pytest.fixture
def site(project, files):
    """A project with two tests that pass, and a viperctl.py."""
    template = Path(cli.__file__).with_name("templates") / "project/viperctl.py.jinja"
    return files(
        {
            "viperctl.py": template.read_text(),
            "pyproject.toml": PYPROJECT,
            "tests/conftest.py": "import pytest\n@pytest.fixture\ndef from_conftest(): return 'there'\n",
            "tests/test_site.py": TESTS,
        }
    )


@pytest.fixture
def run(openviper, site):
    """Run ``viperctl test ARGS`` in the project, without the plugins of this environment, which take seconds."""
    return lambda *args, **options: openviper("viperctl", "test", *args, **ALONE | options)


def test_the_projects_tests_are_run(run, site):
    """With its settings, its conftest and its testpaths."""
    (site / "test_not_asked_for.py").write_text("def test_it(): assert False")
    result = run()
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert "2 passed" in result.stdout


@pytest.mark.parametrize(("folder", "command"), [("mysite", "-m openviper.cli viperctl"), ("far", "{}/viperctl.py")])
def test_the_root_is_the_projects_from_any_folder(openviper, site, folder, command):
    """A project's own script finds it from anywhere."""
    (site / "far").mkdir()
    (site / "far/pyproject.toml").touch()
    (site / "tests/test_where.py").write_text(
        f"import os\ndef test_it(pytestconfig):\n    assert str(pytestconfig.rootpath) == os.getcwd() == '{site}'\n"
    )
    result = openviper("test", command=command.format(site).split(), cwd=site / folder, **ALONE)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 passed" in result.stdout


@pytest.mark.parametrize(
    ("source", "args", "code"),
    [
        ("def test_it(): assert False", [], 1),
        ("raise KeyboardInterrupt", [], 2),
        ("def test_it(pytestconfig): pytestconfig.nothing", [], 1),
        ("", ["--", "--no-such-option"], 4),
        ("", ["--", "-k", "nothing_is_called_so"], 5),
        ("", ["--", "-k", "settings"], 0),
        ("", ["tests", "--", "-k", "settings", "-q"], 0),
        ("", ["tests", "-x", "--", "-k", "nothing_is_called_so"], 5),
    ],
)
def test_the_exit_code_is_pytests(run, site, source, args, code):
    """What stands after the dashes is handed on."""
    (site / "tests/test_more.py").write_text(source)
    assert run(*args).returncode == code


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["-v"], "tests/test_site.py::test_settings PASSED"),
        (["-vv"], "tests/test_site.py::test_settings PASSED"),
        (["-v", "-v", "--", "--co"], "<Function test_settings>"),
        ([".", "tests/test_site.py::test_fixture"], "1 passed"),
        (["mysite"], "no tests ran"),
        (["-x"], "2 passed"),
    ],
)
def test_options_and_labels_are_pytests(run, args, part):
    """A lone dot is the project."""
    assert part in run(*args).stdout


def test_failfast_stops_at_the_first_failure(run, site):
    """Of two."""
    (site / "tests/test_a.py").write_text("def test_a(): assert 0\ndef test_b(): assert 0")
    assert "1 failed in" in run("-x").stdout
    assert "1 failed in" in run("--failfast").stdout


def test_a_label_that_names_nothing_is_wrong_usage(run):
    """With the nearest."""
    result = run("tests/test_sit.py")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean 'tests/test_site.py'?" in result.stderr


@pytest.mark.parametrize(("args", "option"), [(["-k", "x"], "-k"), (["tests", "--lf"], "--lf"), (["-vk", "x"], "-k")])
def test_an_option_of_pytests_is_told_its_place(run, args, option):
    """Behind the dashes."""
    result = run(*args)
    assert (result.returncode, result.stdout) == (2, "")
    sentence = (
        f"No such option {option!r}. Options for pytest stand behind --: python -m openviper.cli viperctl test --"
    )
    assert result.stderr.splitlines()[-1].startswith(f"Error: {sentence} {option} ...")


def test_an_option_of_the_group_is_not_taken_for_pytests(run):
    """It has a place of its own."""
    assert "pytest" not in run("--settings", "x").stderr


@pytest.mark.parametrize("flag", ["--keepdb", "--reuse-db", "--create-db"])
def test_a_database_flag_without_the_orm_says_what_brings_it(run, flag):
    """Wrong usage, and nothing is run."""
    result = run(flag)
    assert (result.returncode, result.stdout) == (2, "")
    spelled = "--create-db" if flag == "--create-db" else "--reuse-db"
    sentence = f"{spelled} needs the pytest plugin that comes with openviper-db, not released yet"
    assert sentence in " ".join(result.stderr.split())


def test_database_flags_are_handed_to_the_orms_plugin(run, files):
    """``--keepdb`` is ``--reuse-db``."""
    plugin = (
        "def pytest_addoption(parser):\n    for flag in ('--reuse-db', '--create-db'):\n"
        "        parser.addoption(flag, action='store_true')\n"
        "def pytest_report_header(config):\n"
        "    return f\"reuse {config.getoption('reuse_db')}, create {config.getoption('create_db')}\"\n"
    )
    folder = files(
        {
            "installed/orm_plugin.py": plugin,
            "installed/openviper_db-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: openviper-db\nVersion: 1\n",
            "installed/openviper_db-1.dist-info/entry_points.txt": "[pytest11]\nopenviper_db = orm_plugin\n",
        }
    )
    installed = {"PYTHONPATH": str(folder / "installed"), "PYTEST_PLUGINS": "orm_plugin"}
    assert "reuse True, create False" in run("--keepdb", **installed).stdout
    assert "reuse True, create True" in run("--reuse-db", "--create-db", **installed).stdout


def test_without_pytest_it_says_what_to_install(openviper, site, without):
    """One line."""
    result = openviper("viperctl", "test", command=without("pytest"))
    assert result.returncode == 1
    assert result.stderr == (
        "Error: the tests run with pytest, which is not installed: pip install 'openviper-cli[test]'\n"
    )


def test_nothing_of_the_project_is_imported_before_its_tests(run, site):
    """Not even where a label is an app's, for which the settings are read."""
    (site / "mysite/settings.py").write_text(
        "from openviper.conf import BaseSettings\nclass Settings(BaseSettings):\n    INSTALLED_APPS = ('apps.shop',)\n"
    )
    shop = site / "apps/shop"
    shop.mkdir(parents=True)
    (shop / "test_shop.py").write_text("def test_it(): pass")
    (site / "conftest.py").write_text(
        "import sys\ndef pytest_report_header():\n"
        "    return f\"FOUND {[name for name in sys.modules if name.startswith(('mysite', 'apps'))]}\"\n"
    )
    result = run("shop")
    assert "FOUND []" in result.stdout, result.stdout + result.stderr
    assert "1 passed" in result.stdout


@pytest.mark.parametrize(
    ("args", "variables", "is_colored"),
    [([], {"FORCE_COLOR": "1"}, True), (["--no-color"], {"FORCE_COLOR": "1"}, False), ([], {"NO_COLOR": "1"}, False)],
)
def test_colours_are_pytests_unless_they_are_forbidden(openviper, site, args, variables, is_colored):
    """By option or by variable."""
    result = openviper("viperctl", *args, "test", **ALONE | variables)
    assert ("\x1b[" in result.stdout) == is_colored


def test_an_interrupt_is_pytests(served, site):
    """Which sums up, and says 2."""
    (site / "tests/test_slow.py").write_text(
        "import time\ndef test_it():\n    print('HERE', flush=True); time.sleep(60)"
    )
    with served("viperctl", "test", "--", "-s", **ALONE) as tests:
        tests.wait_for("HERE")
        assert tests.end(signal.SIGINT) == 2
        assert "2 passed" in tests.output


@pytest.mark.parametrize("hook", ["pytest_unconfigure(config)", "pytest_addoption(parser)"])
def test_a_conftest_that_ends_the_program_is_a_failure(run, site, hook):
    """Whether tests failed or none ran: sys.exit(0) is no success."""
    (site / "tests/test_site.py").write_text("def test_it(): assert False")
    (site / "tests/conftest.py").write_text(f"import sys\ndef {hook}:\n    sys.exit(0)\n")
    result = run()
    assert result.returncode == 1
    sentence = f"a conftest.py or a plugin of pytest called sys.exit(0) ({site}/tests/conftest.py:3); expected an"
    assert sentence in result.stderr.splitlines()[-1]
