"""Links among static files, as ``viperctl collectstatic`` follows them."""

from __future__ import annotations

import pytest


@pytest.fixture
def outside(files):
    """A folder beside the project."""
    return files({"outside/secret": "secret", "outside/folder/x": "x"}) / "outside"


@pytest.fixture
def inner(files):
    """A project that is not all of ``tmp_path``, and an app that is installed elsewhere."""
    root = files(
        {
            "project/pyproject.toml": '[tool.openviper]\nsettings = "settings"\n',
            "project/settings.py": "from openviper.conf import BaseSettings\n"
            "class Settings(BaseSettings):\n"
            "    STATIC_ROOT: str = 'collected'\n"
            "    STATICFILES_DIRS: tuple[str, ...] = ('assets',)\n"
            "    INSTALLED_APPS: tuple[str, ...] = ('kit',)\n",
            "project/assets/a.txt": "a",
            "project/build/b.txt": "b",
            "installed/kit/__init__.py": "",
            "installed/kit/own.txt": "own",
            "installed/kit/static/kit.txt": "kit",
        }
    )
    return root / "project"


@pytest.fixture
def collectstatic(inner, viperctl):
    """Run it there; return what became of it, and what was collected."""

    def run(**variables):
        result = viperctl("collectstatic", cwd=inner, PYTHONPATH=str(inner.parent / "installed"), **variables)
        collected = inner / "collected"
        return result, {str(each.relative_to(collected)) for each in collected.rglob("[!.]*") if each.is_file()}

    return run


@pytest.mark.parametrize("link", ["project/assets/link", "installed/kit/static/link", "project/build/folder/link"])
@pytest.mark.parametrize("target", ["secret", "folder"])
def test_a_link_that_leads_out_of_the_project_is_refused(inner, outside, collectstatic, link, target):
    """It is named with where it leads, exit code 1; nothing is collected; a link to a link leads where that does."""
    path = inner.parent / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside / target)
    if "build" in link:
        (inner / "assets/build").symlink_to("../build")
        path = inner / "assets/build/folder/link"
    result, collected = collectstatic()
    assert (result.returncode, result.stdout, collected) == (1, "", set())
    assert result.stderr == (
        f"Error: {path} is a link to {outside / target}, outside of the project, and nothing was collected; put a copy "
        "in its place, or name the folder that it leads to in STATICFILES_DIRS\n"
    )


def test_a_link_to_a_folder_of_static_files_is_followed(inner, outside, collectstatic):
    """As the error recommends."""
    (inner / "assets/link").symlink_to(outside / "folder/x")
    result, collected = collectstatic(OPENVIPER_STATICFILES_DIRS=f"assets,{outside / 'folder'}")
    assert result.returncode == 0, result.stderr
    assert collected == {"a.txt", "kit.txt", "link", "x"}


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [
        ("project/assets/b", "project/build/b.txt", "b"),
        ("project/assets/b", "project/build", "b/b.txt"),
        ("installed/kit/static/b", "project/build/b.txt", "b"),
        ("installed/kit/static/b", "installed/kit/own.txt", "b"),
        ("installed/kit/static/b", "installed/kit/static/kit.txt", "b"),
    ],
)
def test_links_within_the_project_or_the_app_are_followed(inner, collectstatic, link, target, name):
    """To files and to folders."""
    (inner.parent / link).symlink_to(inner.parent / target)
    result, collected = collectstatic()
    assert result.returncode == 0, result.stderr
    assert collected == {"a.txt", "kit.txt", name}


def test_an_app_that_an_installer_has_linked_file_by_file_is_whole(inner, outside, collectstatic):
    """As uv does with ``--link-mode=symlink``: the code of the app is a link, too."""
    kit, cache = inner.parent / "installed/kit", outside / "kit"
    kit.rename(cache)
    (kit / "static").mkdir(parents=True)
    for name in ("__init__.py", "static/kit.txt"):
        (kit / name).symlink_to(cache / name)
    result, collected = collectstatic()
    assert result.returncode == 0, result.stderr
    assert collected == {"a.txt", "kit.txt"}


def test_a_project_that_a_link_leads_to_is_no_outside(inner, collectstatic):
    """Wherever the folders of the project really are."""
    inner.rename(inner.parent / "real")
    inner.symlink_to("real")
    (inner / "assets/b").symlink_to(inner / "build/b.txt")
    result, collected = collectstatic()
    assert result.returncode == 0, result.stderr
    assert collected == {"a.txt", "b", "kit.txt"}
