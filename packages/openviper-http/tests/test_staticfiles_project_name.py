"""What a project is called, wherever it is deployed."""

from __future__ import annotations

import json

import pytest

from openviper.core.projects import search_from
from openviper.staticfiles._project_name import project_name


@pytest.fixture
def within(tmp_path):
    """Look for the project in ``tmp_path``."""
    search_from(str(tmp_path))
    yield
    search_from(None)


def collected(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir())


NAMED = '[project]\nname = "corner-shop"\n'


@pytest.mark.usefixtures("within")
@pytest.mark.parametrize(
    ("module", "pyproject", "name"),
    [
        ("mysite.settings", NAMED, "mysite"),
        ("mysite.settings:Production", "", "mysite"),
        ("mysite.settings.production", "", "mysite"),
        ("mysite.settings_production", "", "mysite"),
        ("sites.shop.settings", "", "sites.shop"),
        ("settings", NAMED, "corner-shop"),
        ("settings.production", NAMED, "corner-shop"),
        ("settings", "", ""),
        ("settings", "[project", ""),
        ("settings", "[project]\nname = 1\n", ""),
        ("settings", "project = 1\n", ""),
        ("settings", None, ""),
    ],
)
def test_a_project_is_called_like_the_package_of_its_settings(tmp_path, monkeypatch, module, pyproject, name):
    """Whichever of its settings modules is in force; where they have no package, like its distribution."""
    if pyproject is not None:
        (tmp_path / "pyproject.toml").write_text(pyproject)
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", module)
    assert project_name() == name


@pytest.mark.usefixtures("within")
def test_without_a_project_there_is_no_name(monkeypatch):
    """Settings may come from the environment alone."""
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)
    assert project_name() == ""


@pytest.fixture
def neighbour(project, files, viperctl):
    """Another project, which has collected into the first one's folder too."""
    settings = (project / "mysite/settings.py").read_text().replace('"collected"', f'"{project}/collected"')
    files(
        {
            "beside/pyproject.toml": '[tool.openviper]\nsettings = "blog.settings"\n',
            "beside/blog/__init__.py": "",
            "beside/blog/settings.py": settings.replace('("shop",)', "()"),
            "beside/assets/blog.css": "p {}",
        }
    )
    assert viperctl("collectstatic", cwd=project / "beside").returncode == 0
    return project / "beside"


def test_the_files_of_another_project_are_not_cleared(project, neighbour, viperctl):
    """One sentence names it, and what to do; a dry run says the same. Without --clear nothing is in its way."""
    for words in (["--dry-run"], ["--no-input"], ["--overwrite", "--no-input"]):
        result = viperctl("collectstatic", "--clear", *words, cwd=project)
        assert (result.returncode, result.stdout) == (1, "")
        (sentence,) = result.stderr.splitlines()
        assert sentence == (
            f"Error: STATIC_ROOT={project}/collected holds files of another project, blog, so --clear removes nothing; "
            "give each project a STATIC_ROOT of its own, or, where all of them are this project's, say so in "
            '.collectstatic there: "projects": ["mysite"]'
        )
    assert collected(project / "collected") == [".collectstatic", "blog.css"]
    assert viperctl("collectstatic", cwd=project).returncode == 0
    result = viperctl("collectstatic", "--clear", "--no-input", cwd=neighbour)
    assert (result.returncode, "another project, mysite, so" in result.stderr) == (1, True)
    assert collected(project / "collected") == [".collectstatic", "blog.css", "css/site.css", "shop.js"]


def test_what_was_said_to_be_the_project_s_own_is_cleared(project, neighbour, viperctl):
    """As the sentence says."""
    record = project / "collected/.collectstatic"
    record.write_text(record.read_text().replace('"blog"', '"mysite"'))
    assert viperctl("collectstatic", "--clear", "--no-input", cwd=project).returncode == 0
    assert collected(project / "collected") == [".collectstatic", "css/site.css", "shop.js"]


def test_a_new_release_clears_what_the_last_one_has_collected(project, viperctl):
    """Its folder is another one, and its settings module may be; a record that names no project gets its name."""
    viperctl("collectstatic", cwd=project)
    record = project / "collected/.collectstatic"
    record.write_text(json.dumps(json.loads(record.read_text())["files"]))
    assert viperctl("collectstatic", cwd=project).returncode == 0
    assert json.loads(record.read_text())["projects"] == ["mysite"]
    (project / "shop/static/shop.js").unlink()
    (project / "mysite/settings.py").rename(project / "mysite/production.py")
    release = project.with_name("release-2")
    project.rename(release)
    variables = {"OPENVIPER_SETTINGS_MODULE": "mysite.production"}
    result = viperctl("collectstatic", "--clear", "--no-input", cwd=release, **variables)
    assert result.returncode == 0, result.stderr
    assert collected(release / "collected") == [".collectstatic", "css/site.css"]
