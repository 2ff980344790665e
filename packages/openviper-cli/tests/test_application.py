"""Naming an application on the command line."""

from __future__ import annotations

import pytest

from openviper.cli._application import application_of, load_application, parse_application
from openviper.cli._project import Project
from openviper.cli.errors import CommandLineError


@pytest.fixture
def importable(files, monkeypatch):
    """``tmp_path`` with modules that no other test has, importable."""
    folder = files(
        {
            "cli_one.py": "app = 1\nclass api:\n    v2 = 2\n",
            "cli_pkg/__init__.py": "raise RuntimeError('imported too early')",
            "cli_pkg/web.py": "app = 3",
            "cli_space/web.py": "app = 4",
        }
    )
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.mark.parametrize(
    ("target", "application"),
    [
        ("cli_one", "cli_one:app"),
        ("cli_one:", "cli_one:app"),
        ("cli_one:api.v2", "cli_one:api.v2"),
        ("cli_one.py", "cli_one:app"),
        ("./cli_one.py:api", "cli_one:api"),
        ("cli_space.web", "cli_space.web:app"),
        ("cli_space/web.py", "cli_space.web:app"),
        ("cli_pkg.web:app", "cli_pkg.web:app"),
    ],
)
def test_modules_attributes_and_files_name_an_application(importable, target, application):
    """Nothing is imported to tell: the server's process does that."""
    assert parse_application(target) == application


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("", "expected module"),
        ("no_such_module", "no module 'no_such_module'"),
        ("cli_one.inner", "no module 'cli_one.inner'"),
        ("cli_one:a-b", "expected module"),
        ("../cli_one.py", "expected module"),
        ("/cli_one.py", "expected module"),
        ("cli one", "expected module"),
        ("cli_one:app:app", "expected module"),
        ("cli_one:app()", "expected module"),
    ],
)
def test_what_names_no_application_is_refused_in_one_sentence(importable, target, part):
    """The sentence repeats what was typed."""
    with pytest.raises(CommandLineError, match=part) as caught:
        parse_application(target)
    assert repr(target) in str(caught.value)


@pytest.mark.parametrize(
    ("current", "target", "application"),
    [
        (".", "src/cli_site/web.py", "cli_site.web:app"),
        (".", "src/cli_site/__init__.py:api", "cli_site:api"),
        ("src/cli_site", "web.py", "cli_site.web:app"),
        ("docs", "cli_site/web.py", "cli_site.web:app"),
        ("docs", "../src/cli_site/web.py:api", "cli_site.web:api"),
        (".", "{folder}/src/cli_site/web.py", "cli_site.web:app"),
    ],
)
def test_a_file_is_named_as_its_project_imports_it(files, monkeypatch, current, target, application):
    """From wherever in the project it was typed, a src layout too; else from the project's own folder."""
    folder = files({"src/cli_site/__init__.py": "", "src/cli_site/web.py": "", "docs/x.txt": ""})
    monkeypatch.syspath_prepend(str(folder / "src"))
    monkeypatch.chdir(folder / current)
    assert parse_application(target.format(folder=folder), folder / "src") == application


def test_an_application_is_loaded_by_its_attributes(importable):
    """Dots after the colon are attributes."""
    assert (load_application("cli_one:app"), load_application("cli_one:api.v2")) == (1, 2)


def test_a_missing_attribute_is_named_with_the_nearest(importable):
    """The module is there, and its application has another name."""
    with pytest.raises(CommandLineError, match="cli_one has no 'apq'; did you mean 'app'"):
        load_application("cli_one:apq")


@pytest.mark.parametrize(
    ("module", "contents", "application"),
    [
        ("mysite.settings", ["mysite/app.py", "mysite/asgi.py", "app.py"], "mysite.app:app"),
        ("mysite.settings", ["mysite/asgi.py", "app.py"], "mysite.asgi:app"),
        ("mysite.settings", ["app.py", "asgi.py"], "app:app"),
        ("settings", ["app.py", "asgi.py"], "app:app"),
        ("settings", ["asgi.py"], "asgi:app"),
        ("mysite.settings", ["mysite/app/__init__.py", "app.py"], "mysite.app:app"),
    ],
)
def test_a_projects_application_is_found_in_its_usual_places(files, module, contents, application):
    """``start-server`` without APP: the package's before the root's, app before asgi."""
    folder = files(dict.fromkeys(contents, ""))
    assert application_of(Project(module, folder, folder, "the test")) == application


def test_a_project_without_an_application_is_told_where_it_was_looked_for(files):
    """All places are named."""
    folder = files({"mysite/settings.py": ""})
    with pytest.raises(CommandLineError, match=r"none of mysite/app.py, mysite/asgi.py, app.py, asgi.py"):
        application_of(Project("mysite.settings", folder, folder, "the test"))


def test_without_a_project_the_application_must_be_named():
    """There is nowhere to look."""
    with pytest.raises(CommandLineError, match="there is no project here"):
        application_of(None)
