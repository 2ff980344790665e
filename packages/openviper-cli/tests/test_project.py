"""Finding the project, in both layouts and by every way of naming it."""

from __future__ import annotations

import pytest

from openviper.cli._project import find_project
from openviper.cli.errors import ProjectError
from openviper.core.projects import SETTINGS_VARIABLE

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
PYPROJECT = '[tool.openviper]\nsettings = "mysite.settings"\n'


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    monkeypatch.delenv(SETTINGS_VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("contents", "target", "module", "import_root", "source"),
    [
        ({"settings.py": SETTINGS}, None, "settings", ".", "the root layout"),
        ({"settings.py": SETTINGS}, ".", "settings", ".", "the root layout"),
        ({"mysite/settings.py": SETTINGS}, None, "mysite.settings", ".", "the module layout"),
        ({"mysite/settings.py": SETTINGS}, ".", "mysite.settings", ".", "the module layout"),
        ({"src/mysite/settings.py": SETTINGS}, None, "mysite.settings", "src", "the module layout"),
        ({"settings.py": SETTINGS, "shop/settings.py": SETTINGS}, None, "settings", ".", "the root layout"),
        (
            {"pyproject.toml": PYPROJECT, "settings.py": SETTINGS, "mysite/settings.py": ""},
            None,
            "mysite.settings",
            ".",
            "pyproject.toml",
        ),
        ({"pyproject.toml": PYPROJECT, "src/mysite/settings.py": ""}, ".", "mysite.settings", "src", "pyproject.toml"),
        ({"a/settings.py": SETTINGS, "b/settings.py": SETTINGS}, "b", "b.settings", ".", "the target b"),
        ({"apps/shop/settings.py": ""}, "apps.shop", "apps.shop.settings", ".", "the target apps.shop"),
        ({"src/shop/settings/__init__.py": ""}, "shop", "shop.settings", "src", "the target shop"),
        (
            {"mysite/settings.py": "", "mysite/blog/__init__.py": ""},
            "mysite.blog",
            "mysite.settings",
            ".",
            "the target",
        ),
        ({"settings.py": SETTINGS, "apps/shop/__init__.py": ""}, "apps.shop", "settings", ".", "the root layout"),
        (
            {"settings.py": "DJANGO = True", "mysite/settings.py": SETTINGS},
            None,
            "mysite.settings",
            ".",
            "the module layout",
        ),
        ({"mysite/settings.py": "DJANGO = True"}, "mysite", "mysite.settings", ".", "the target mysite"),
    ],
)
def test_each_layout_is_found(files, contents, target, module, import_root, source):
    """What is importable, under which name, and who said so."""
    folder = files(contents)
    project = find_project(folder, target=target)
    assert project is not None
    assert (project.settings_module, project.import_root) == (module, (folder / import_root).resolve())
    assert source in project.source


def test_the_order_is_settings_then_target_then_environment_then_pyproject_then_layout(files, monkeypatch):
    """Each way of naming the project beats those after it."""
    names = ("by_option", "by_target", "by_variable", "mysite", "by_layout")
    folder = files({f"{name}/settings.py": "" for name in names} | {"pyproject.toml": PYPROJECT})
    (folder / "by_layout/settings.py").write_text(SETTINGS)
    monkeypatch.setenv(SETTINGS_VARIABLE, "by_variable.settings")

    assert find_project(folder, settings="by_option.settings", target="by_target").package == "by_option"
    assert find_project(folder, target="by_target").package == "by_target"
    assert find_project(folder).package == "by_variable"
    monkeypatch.delenv(SETTINGS_VARIABLE)
    assert find_project(folder).package == "mysite"
    (folder / "pyproject.toml").unlink()
    assert find_project(folder).package == "by_layout"


def test_a_dot_means_this_folder_whatever_the_environment_says(files, monkeypatch):
    """``console .`` switches to the project at hand; where none is, the environment's is better than none."""
    folder = files({"mysite/settings.py": SETTINGS, "other/settings.py": "", "empty/readme": ""})
    monkeypatch.setenv(SETTINGS_VARIABLE, "other.settings")
    assert find_project(folder, target=".").package == "mysite"
    monkeypatch.setenv(SETTINGS_VARIABLE, "openviper.conf")
    assert find_project(folder / "empty", target=".").settings_module == "openviper.conf"


def test_the_env_file_names_the_project_as_the_settings_read_it(openviper, files):
    """By a real process, for under pytest it is not read; one that cannot be used is an error that tells the line."""
    dotenv = f"# b is live\nexport {SETTINGS_VARIABLE}='b.settings'\n"
    folder = files({".env": dotenv, "a/settings.py": SETTINGS, "b/settings.py": SETTINGS})
    found = f"project b in {folder}, settings b.settings (found by {SETTINGS_VARIABLE} in .env, line 2)"
    assert found in openviper("viperctl", "-v", "check").stderr
    files({".env": f"{dotenv}broken\n"})
    result = openviper("viperctl", "check")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {folder / '.env'}, line 3: there is no '='")


def test_a_subfolder_belongs_to_the_project_of_the_nearest_pyproject(files):
    """Commands work anywhere below the project's root."""
    folder = files({"pyproject.toml": PYPROJECT, "mysite/settings.py": "", "mysite/static/css/site.css": ""})
    project = find_project(folder / "mysite/static/css")
    assert (project.settings_module, project.root) == ("mysite.settings", folder)


def test_nothing_is_found_where_nothing_is(files):
    """Commands that need no project run without one."""
    assert find_project(files({"readme": ""})) is None


def test_a_settings_class_may_be_named(files):
    """``mysite.settings:Production`` names one of several."""
    project = find_project(files({"mysite/settings.py": ""}), settings="mysite.settings:Production")
    assert (project.settings_module, project.package) == ("mysite.settings:Production", "mysite")


def test_the_root_layout_is_called_after_its_folder(files):
    """There is no package to call it after."""
    project = find_project(files({"settings.py": SETTINGS}))
    assert (project.package, project.name) == (None, project.root.name)


@pytest.mark.parametrize(
    ("contents", "options", "parts"),
    [
        ({}, {"target": "."}, ["there is no project in", "--settings"]),
        ({}, {"target": "shop"}, ["'shop' is no project", "shop/settings.py", "src/shop/settings.py"]),
        ({}, {"target": "apps.shop"}, ["'apps.shop'", "apps/shop/settings.py"]),
        ({}, {"settings": "mysite/settings.py"}, ["'mysite/settings.py' (--settings)", "like 'mysite.settings'"]),
        ({}, {"settings": "no_such.settings"}, ["no module 'no_such.settings' (--settings)"]),
        (
            {"a/settings.py": SETTINGS, "src/b/settings.py": SETTINGS},
            {},
            ["2 projects: a.settings, b.settings", "--settings a.settings"],
        ),
        ({"json/settings.py": SETTINGS}, {}, ["json.settings", "standard library", "rename"]),
        ({"json/settings.py": SETTINGS}, {"settings": "json.settings"}, ["standard library"]),
        ({"pyproject.toml": "[tool.openviper"}, {}, ["pyproject.toml cannot be read"]),
        ({"pyproject.toml": "[tool]\nopenviper = 1"}, {}, ["[tool.openviper]", "is 1", "a table"]),
        ({"pyproject.toml": "[tool.openviper]\nsettings = 1"}, {}, ["settings=1", "expected a string"]),
        (
            {"pyproject.toml": "[tool.openviper]\nsettings = 'a b'"},
            {},
            ["settings='a b' ([tool.openviper] in", "pyproject.toml) is"],
        ),
        ({"pyproject.toml": PYPROJECT}, {}, ["no module 'mysite.settings'", "pyproject.toml"]),
    ],
)
def test_what_cannot_be_found_is_said_with_where_it_was_named(files, contents, options, parts):
    """One sentence: the value, who said it, what would do."""
    folder = files({"readme": ""} | contents)
    with pytest.raises(ProjectError) as caught:
        find_project(folder, **options)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_a_dot_in_a_package_is_not_another_packages_project(openviper, files):
    """Its own settings count, unless those of the project above are the very same."""
    folder = files(
        {
            "pyproject.toml": "[project]\nname = 'mono'\n",
            "other/settings.py": SETTINGS,
            "services/svc/__init__.py": "",
            "services/svc/settings.py": SETTINGS,
            "services/svc/models.py": "",
        }
    )
    svc = folder / "services/svc"
    for target in ([], ["."]):
        told = openviper("viperctl", "-v", "console", *target, "-c", "0", cwd=svc).stderr
        assert told.startswith(f"project svc in {svc}, settings settings (found by the root layout of "), told
    (folder / "other/__init__.py").touch()
    told = openviper("viperctl", "-v", "console", ".", "-c", "0", cwd=folder / "other").stderr
    assert told.startswith(f"project other in {folder}, settings other.settings (found by the module layout of "), told


@pytest.mark.parametrize(
    "more",
    [
        "from starlette.datastructures import Secret\n",
        "SENTRY = ('starlette',)\n",
        '"""This replaces the old Django settings."""\n',
    ],
)
def test_settings_that_mention_another_framework_are_the_projects(openviper, files, more):
    """Their class comes from another module of the package."""
    files({"mysite/base.py": SETTINGS, "mysite/settings.py": f"{more}from .base import *\n"})
    result = openviper("viperctl", "-v", "console", "-c", "0")
    assert "settings mysite.settings (found by the module layout of " in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        '"""Django settings"""\nimport os\nINSTALLED_APPS = ["shop"]\n',
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings): pass\n",
    ],
)
def test_settings_of_another_framework_are_not_executed(openviper, files, text):
    """Nothing is said of them; the defaults are in force."""
    files({"settings.py": f"print('executed')\n{text}", "mysite/settings.py": f"print('executed')\n{text}"})
    result = openviper("viperctl", "-v", "console", "-c", "print(settings.is_configured())")
    assert (result.returncode, result.stdout) == (0, "False\n"), result.stderr
    assert result.stderr.startswith("Note: no project in ")
