"""AppResolver: where apps stand on disk, and what to say of those that do not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openviper.core.app_resolver import AppResolver, app_named, explain_missing
from openviper.core.errors import ImproperlyConfigured


def test_each_kind_of_app_is_found(project):
    """A package, a sub-package, a namespace package and a single module each have a folder, in the given order."""
    project.app("shop")
    project.app("mysite")
    project.app("mysite.blog")
    (project.root / "spaces" / "inner").mkdir(parents=True)
    project.write("flat.py")

    names = ("mysite.blog", "shop", "spaces.inner", "flat")
    found = AppResolver(names, root=project.root / "nowhere").get_app_dirs()
    assert [str(folder.relative_to(project.root)) for folder in found] == ["mysite/blog", "shop", "spaces/inner", "."]


def test_nothing_is_imported(project):
    """An app that fails at import, or whose parent does, still has a folder: finding it runs no code."""
    project.app("broken", "raise RuntimeError('imported')")
    project.app("broken.inner")
    assert AppResolver(("broken", "broken.inner")).get_app_dirs()[1] == project.root / "broken" / "inner"
    assert "broken" not in sys.modules


def test_an_imported_package_is_where_its_path_says(project):
    """A package that extends its __path__ at import is believed once it is imported."""
    extra = project.root / "elsewhere" / "extra"
    project.app("wide", f"__path__.append({str(extra.parent)!r})")
    project.write("elsewhere/extra/__init__.py")
    assert AppResolver(()).find("wide.extra") is None
    __import__("wide")
    assert AppResolver(()).find("wide.extra") == extra


def test_the_root_layout_is_an_app_without_any_installed(project):
    """A folder with settings.py is an app labelled by its name, after those installed, and not twice."""
    project.app("shop")
    resolver = AppResolver(("shop",), root=project.root)
    assert resolver.get_app_dirs() == [project.root / "shop"]
    assert resolver.find(project.root.name) is None

    project.write("settings.py")
    project.write("flat.py")
    assert AppResolver((), root=project.root).get_app_dirs() == [project.root]
    assert AppResolver(("flat", "shop"), root=project.root).get_app_dirs() == [project.root, project.root / "shop"]
    assert resolver.find(project.root.name) == project.root


def test_the_root_is_the_current_folder_by_default(project, monkeypatch):
    """Commands run from the project's folder need not name it."""
    project.write("settings.py")
    monkeypatch.chdir(project.root)
    assert AppResolver(()).get_app_dirs() == [project.root]


def test_an_app_beside_the_root_is_found_without_sys_path(project, tmp_path_factory):
    """The project's own apps are found although its folder is not on sys.path."""
    root = tmp_path_factory.mktemp("unlisted")
    (root / "lonely" / "inner").mkdir(parents=True)
    (root / "lonely" / "__init__.py").touch()
    assert AppResolver(("lonely.inner",), root=root).get_app_dirs() == [root / "lonely" / "inner"]


def test_find_knows_labels(project):
    """An installed app is found by its name or its label; the name wins; two of one label are ambiguous."""
    project.app("a.blog")
    project.app("b.blog")
    project.app("c.shop")
    project.app("shop")
    resolver = AppResolver(("a.blog", "b.blog", "c.shop"))
    assert resolver.find("c.shop") == resolver.find("shop") == project.root / "c" / "shop"
    assert AppResolver(("c.shop", "shop")).find("shop") == project.root / "shop"
    with pytest.raises(ImproperlyConfigured, match=r"'blog' is the label of a\.blog and b\.blog"):
        resolver.find("blog")


def test_a_stray_settings_file_makes_no_app_of_the_root(tmp_path_factory):
    """Where the project's settings stand in a package."""
    root = tmp_path_factory.mktemp("stray")
    (root / "settings.py").write_text("DJANGO = True")
    (root / "pyproject.toml").write_text("[tool.openviper]\nsettings = 'mysite.settings'\n")
    (root / "mysite").mkdir()
    (root / "mysite/settings.py").write_text("from openviper.conf import BaseSettings")
    resolver = AppResolver((), root=root)
    assert (resolver.root_is_app(), resolver.get_app_dirs(), resolver.find(root.name)) == (False, [], None)


@pytest.mark.parametrize(
    ("name", "meant"), [("shop", "shop"), ("main", "shop.main"), ("shop.main", "shop.main"), ("nowhere", None)]
)
def test_a_name_goes_before_a_label(name, meant):
    """Of any apps, wherever they stand."""
    assert app_named(name, ["blog.shop", "shop", "shop.main"]) == meant


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../etc", "a/b", "a..b", ".a", "a.", "no-dash", "not_there", "sys", "os.path.no", "json.no"]
)
def test_a_name_that_is_no_app_has_no_folder(name, caplog):
    """Nothing but a module with a file of its own is found, and no name leads out of the search path."""
    resolver = AppResolver((name,), root="/nowhere")
    assert resolver.find(name) is None
    assert resolver.get_app_dirs() == []
    assert f"installed app {name!r} was not found" in caplog.text


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("shopp", "; did you mean 'shop'?"),
        ("mysiet.blog", "; did you mean 'mysite.blog'?"),
        ("mysite.blgo", "; did you mean 'mysite.blog'?"),
        ("openviper.auth", "; it comes with openviper-auth, not released yet"),
        ("openviper.auht", "; did you mean 'openviper.auth'?"),
        ("openviper.core.emial", "; did you mean 'openviper.core.email'?"),
        ("quite.something.else", ""),
        ("shop.inner.deep", ""),
        ("", ""),
    ],
)
def test_a_missing_app_is_explained(project, name, answer):
    """The nearest name on disk or in the documents is offered, else the distribution that it comes with."""
    project.app("shop")
    project.app("mysite")
    project.app("mysite.blog")
    assert explain_missing(name) == answer


def test_installed_apps_come_from_the_settings(project):
    """Without names of its own, the resolver reads settings.INSTALLED_APPS when it is asked."""
    project.app("shop")
    project.write(
        "conf_of_test.py",
        """
        from openviper.conf import BaseSettings
        class Settings(BaseSettings):
            INSTALLED_APPS = ("shop",)
        """,
    )
    code = "from openviper.core.app_resolver import AppResolver; print(AppResolver().get_app_dirs())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env={"OPENVIPER_SETTINGS_MODULE": "conf_of_test", "PYTHONPATH": str(project.root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert str(project.root / "shop") in result.stdout
