"""Which application is the project's, and what names another."""

from __future__ import annotations

import pytest

from openviper.core.applications import parse_application, project_application
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import FoundSettings, roots_of


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write files below ``tmp_path``, the current directory, where no project is named; return it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)

    def write(contents):
        for name, content in contents.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return tmp_path

    return write


@pytest.fixture
def importable(files, monkeypatch):
    """``tmp_path`` with modules that no other test has, importable."""
    folder = files(
        {
            "core_one.py": "raise RuntimeError('imported too early')",
            "core_pkg/__init__.py": "raise RuntimeError('imported too early')",
            "core_pkg/web.py": "",
            "core_space/web.py": "",
        }
    )
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.mark.parametrize(
    ("module", "contents", "application"),
    [
        ("mysite.settings", ["mysite/app.py", "mysite/asgi.py", "app.py", "asgi.py"], "mysite.app:app"),
        ("mysite.settings:Live", ["mysite/asgi.py", "app.py", "asgi.py"], "mysite.asgi:app"),
        ("mysite.settings", ["app.py", "asgi.py"], "app:app"),
        ("mysite.settings", ["asgi.py"], "asgi:app"),
        ("settings", ["app.py", "asgi.py"], "app:app"),
        ("settings", ["asgi.py"], "asgi:app"),
        ("mysite.settings", ["mysite/app/__init__.py", "app.py"], "mysite.app:app"),
        ("mysite.settings", ["src/mysite/settings.py", "src/mysite/app.py", "app.py"], "mysite.app:app"),
    ],
)
def test_a_project_s_application_is_found_in_its_usual_places(files, module, contents, application):
    """The package's before the root's, app before asgi, as modules or packages, below src too."""
    folder = files(dict.fromkeys(contents, ""))
    assert project_application(FoundSettings(module, "the test", roots_of(str(folder)))) == application


def test_a_project_without_an_application_is_told_where_it_was_looked_for(files):
    """All places are named."""
    folder = files({"mysite/settings.py": ""})
    with pytest.raises(ImproperlyConfigured, match=r"none of mysite/app.py, mysite/asgi.py, app.py, asgi.py; name"):
        project_application(FoundSettings("mysite.settings", "the test", roots_of(str(folder))))


def test_without_a_project_the_application_must_be_named():
    """There is nowhere to look."""
    with pytest.raises(ImproperlyConfigured, match="there is no project here"):
        project_application(None)


@pytest.mark.parametrize(
    ("target", "application"),
    [
        ("core_one", "core_one:app"),
        ("core_one:", "core_one:app"),
        ("core_one:api.v2", "core_one:api.v2"),
        ("core_one.py", "core_one:app"),
        ("./core_one.py:api", "core_one:api"),
        ("core_space.web", "core_space.web:app"),
        ("core_space/web.py", "core_space.web:app"),
        ("core_pkg.web:app", "core_pkg.web:app"),
        ("core_pkg/__init__.py", "core_pkg:app"),
    ],
)
def test_modules_attributes_and_files_name_an_application(importable, target, application):
    """Nothing is imported to tell."""
    assert parse_application(target) == application


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("", "expected module"),
        (":app", "expected module"),
        ("no_such_module", "no module 'no_such_module'"),
        ("core_one.inner", "no module 'core_one.inner'"),
        ("core_one:a-b", "expected module"),
        ("../core_one.py", "expected module"),
        ("/core_one.py", "expected module"),
        ("core one", "expected module"),
        ("core_one:app:app", "expected module"),
        ("core_one:app()", "expected module"),
    ],
)
def test_what_names_no_application_is_refused_in_one_sentence(importable, target, part):
    """The sentence repeats what was typed."""
    with pytest.raises(ImproperlyConfigured, match=part) as caught:
        parse_application(target)
    assert repr(target) in str(caught.value)


def test_a_folder_of_a_project_s_name_is_no_module(files):
    """What stands in the root layout is imported without a prefix."""
    folder = files({"core_site/settings.py": "import openviper\n", "core_site/app.py": ""}) / "core_site"
    with pytest.raises(ImproperlyConfigured, match="no module 'core_site'"):
        parse_application("core_site", str(folder))


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize(
    ("current", "target", "application"),
    [
        (".", "src/core_site/web.py", "core_site.web:app"),
        (".", "src/core_site/__init__.py:api", "core_site:api"),
        ("src/core_site", "web.py", "core_site.web:app"),
        ("docs", "core_site/web.py", "core_site.web:app"),
        ("docs", "../src/core_site/web.py:api", "core_site.web:api"),
        (".", "{folder}/src/core_site/web.py", "core_site.web:app"),
        ("docs", "{folder}/src/core_site/web.py", "core_site.web:app"),
    ],
)
def test_a_file_is_named_as_its_project_imports_it(files, monkeypatch, current, target, application, is_told):
    """From wherever in the project it was typed, a src layout too; else from the project's own folder."""
    settings = {
        "pyproject.toml": "[tool.openviper]\nsettings = 'core_site.settings'\n",
        "src/core_site/settings.py": "",
    }
    folder = files(settings | {"src/core_site/__init__.py": "", "src/core_site/web.py": "", "docs/x.txt": ""})
    monkeypatch.syspath_prepend(str(folder / "src"))
    monkeypatch.chdir(folder / current)
    root = str(folder / "src") if is_told else None
    assert parse_application(target.format(folder=folder), root) == application
