"""``openviper create-app``, and the app that it makes."""

from __future__ import annotations

import pytest

FILES = {
    "__init__.py", "apps.py", "routes.py", "views.py", "tests/__init__.py", "tests/test_apps.py",
    "tests/test_routes.py",
}  # fmt: skip
#: A disk on which nothing longer than this fits.
FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
from openviper.cli import main
sys.exit(main())
"""


@pytest.fixture
def shop(openviper, tmp_path):
    """A new project."""
    assert openviper("create-project", "shop").returncode == 0
    return tmp_path / "shop"


@pytest.mark.parametrize("way", [["create-app"], ["viperctl", "create-app"]])
def test_the_files_are_these_and_no_others(openviper, tmp_path, way):
    """By both ways; alone there is nothing to be added anywhere."""
    result = openviper(*way, "blog")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "Created blog. Next:\n\n  python -m pytest blog\n"
    made = {str(each.relative_to(tmp_path / "blog")) for each in (tmp_path / "blog").rglob("*") if each.is_file()}
    assert made == FILES
    assert [each.name for each in tmp_path.iterdir()] == ["blog"]


def test_alone_it_passes_what_it_has_to(openviper, tmp_path, passes):
    """Without any configuration."""
    openviper("create-app", "blog")
    passes(tmp_path, "blog")


@pytest.mark.parametrize("directory", [".", "shop"])
def test_in_a_project_it_passes_what_it_has_to(openviper, shop, passes, directory):
    """Beside the project's package and in it, with the project's own tests."""
    assert openviper("create-app", "blog", "-d", directory, cwd=shop).returncode == 0
    passes(shop, ".")


@pytest.mark.parametrize(("directory", "dotted"), [(".", "blog"), ("shop", "shop.blog"), ("apps", "apps.blog")])
def test_what_is_shown_to_be_added_makes_it_serve(openviper, shop, directory, dotted):
    """The entry of INSTALLED_APPS and the lines of the application; nothing is edited."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    (shop / "apps").mkdir()
    before = {path: path.read_text() for path in shop.rglob("*.py")}
    result = openviper("viperctl", "create-app", "blog", "-d", directory, cwd=shop)
    assert {path: path.read_text() for path in before} == before
    entry, line, below = (each.partition(": ")[2] for each in result.stdout.splitlines()[2:5])
    assert entry == f'"{dotted}"'
    settings = shop / "shop/settings.py"
    settings.write_text(settings.read_text().replace('("shop",)', f'("shop", {entry})'))
    application = shop / "shop/app.py"
    source = application.read_text().replace("from __future__ import annotations", "")
    application.write_text(f"{line}\n{source}{below}\n")
    assert openviper("viperctl", "check", "--fail-level=WARNING", cwd=shop).returncode == 0
    asked = """
import asyncio
from openviper.testing import test_client
from shop.app import app
async def ask():
    async with test_client(app) as client:
        print((await client.get("/blog/1")).text)
asyncio.run(ask())
"""
    pytest.importorskip("httpx2")
    assert openviper(cwd=shop, command=("-c", asked)).stdout == '{"number":1,"title":"the first"}\n'


@pytest.mark.parametrize(("directory", "package"), [(".", "blog"), ("apps", "apps"), ("shop", None)])
def test_what_a_wheel_would_lack_is_shown(openviper, shop, directory, package):
    """hatchling puts into it what ``packages`` names, and nothing beside that."""
    (shop / "apps").mkdir()
    told = openviper("create-app", "blog", "-d", directory, cwd=shop).stdout.splitlines()
    steps = [each for each in told if "packages" in each]
    place = "packages of [tool.hatch.build.targets.wheel] in pyproject.toml"
    assert steps == ([f'  add to {place}: "{package}"'] if package else [])
    if package:
        pyproject = shop / "pyproject.toml"
        listed = pyproject.read_text().replace('packages = ["shop"]', f'packages = ["shop", "{package}"]')
        pyproject.write_text(listed)
        assert place not in openviper("create-app", "inner", "-d", package, cwd=shop).stdout


@pytest.mark.parametrize(
    ("packages", "path"),
    [("['src/shop']", "src/blog"), ("['./src/']", None), ("['.']", None), ("[1]", None)],
)
def test_packages_are_paths_in_the_project(openviper, files, packages, path):
    """With ``src`` in front of them where it is so; what is no list of paths is hatchling's to refuse."""
    wheel = f"[tool.hatch.build.targets.wheel]\npackages = {packages}\n"
    settings = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): ...\n"
    folder = files({"pyproject.toml": wheel, "src/shop/settings.py": settings})
    told = openviper("create-app", "blog", "-d", "src", cwd=folder).stdout
    steps = [each.partition(": ")[2] for each in told.splitlines() if "wheel" in each]
    assert steps == ([f'"{path}"'] if path else [])


@pytest.mark.parametrize("name", ["json", "class", "match", "my-app", "\u0455hop", "tests", "Shop", "shop", "viperctl"])
def test_a_bad_name_is_refused_before_anything_is_written(openviper, shop, name):
    """Wrong usage: exit code 2."""
    before = sorted(shop.rglob("*"))
    for way in (["create-app"], ["viperctl", "create-app"]):
        result = openviper(*way, name, cwd=shop)
        assert result.returncode == 2
        assert "Invalid value for 'NAME'" in result.stderr
    assert sorted(shop.rglob("*")) == before


def test_a_full_disk_leaves_nothing(openviper, tmp_path):
    """One sentence, exit code 1."""
    result = openviper("create-app", "blog", command=("-c", FULL_DISK))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: blog cannot be written: ")
    assert result.stderr.endswith("nothing is left of it\n")
    assert list(tmp_path.iterdir()) == []


def test_a_project_that_cannot_be_told_is_no_obstacle(openviper, files):
    """Two settings modules: the app is made, and nothing is said of either."""
    folder = files({"a/settings.py": "Settings = 1\n", "b/settings.py": "Settings = 1\n"})
    result = openviper("create-app", "blog")
    assert result.stdout == "Created blog. Next:\n\n  python -m pytest blog\n"
    assert (folder / "blog/routes.py").is_file()
