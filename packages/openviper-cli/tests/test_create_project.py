"""``openviper create-project``, and what it writes."""

from __future__ import annotations

import pytest

FILES = {
    ".env", ".gitignore", "README.md", "pyproject.toml", "viperctl.py", "shop/__init__.py", "shop/app.py",
    "shop/routes.py", "shop/settings.py", "tests/test_app.py",
}  # fmt: skip


#: Variant -> what is in it.
VARIANTS = {
    "minimal": FILES - {"README.md", "shop/routes.py"},
    "default": FILES,
    "full": FILES
    - {"shop/routes.py"}
    | {
        f"shop/main/{path}"
        for path in (
            "__init__.py", "apps.py", "routes.py", "views.py", "templates/main/index.html", "static/main/site.css",
            "management/__init__.py", "management/commands/__init__.py", "management/commands/say_hello.py",
            "tests/__init__.py", "tests/test_apps.py", "tests/test_say_hello.py", "tests/test_views.py",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_files_are_these_and_no_others(create, tmp_path, variant):
    """Nothing is left beside the folder either."""
    shop = create(variant)
    assert {str(each.relative_to(shop)) for each in shop.rglob("*") if each.is_file()} == VARIANTS[variant]
    assert list(tmp_path.iterdir()) == [shop]


def test_only_one_variant_can_be_asked_for(openviper, tmp_path):
    """Which of them is meant cannot be told."""
    result = openviper("create-project", "shop", "--minimal", "--full")
    assert result.returncode == 2
    assert "give one of them" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_next_steps_are_shown(openviper, tmp_path):
    """They can be copied."""
    (tmp_path / "work").mkdir()
    result = openviper("create-project", "shop", "-d", "work")
    assert result.stdout == "Created work/shop. Next:\n\n  cd work/shop\n  openviper viperctl start-server\n"
    assert (tmp_path / "work/shop/viperctl.py").is_file()


@pytest.mark.parametrize(
    ("variant", "installed"),
    [*((each, "everything") for each in VARIANTS), ("full", "cli and http"), ("full", "a database")],
)
def test_it_passes_what_it_has_to(create, passes, variant, installed):
    """Its tests, the linter and the type checker, whatever is installed."""
    passes(create(variant, installed=installed), ".")


@pytest.mark.parametrize("name", ["x", "main", "an_online_shop_with_quite_a_long_name"[:36]])
@pytest.mark.parametrize("variant", VARIANTS)
def test_its_name_does_not_matter(openviper, create, variant, name):
    """Lines are as long as the formatter wants them."""
    pytest.importorskip("ruff")
    result = openviper("format", "--diff", "--no-cache", ".", cwd=create(variant, name), command=("-m", "ruff"))
    assert result.returncode == 0, result.stdout


def test_what_the_application_needs_is_said(openviper, without):
    """Without openviper-http the project could not start."""
    result = openviper("create-project", "shop", command=without("openviper.app"))
    assert result.stdout.endswith("  cd shop\n  pip install openviper-http\n  openviper viperctl start-server\n")


@pytest.mark.parametrize(
    "name", ["json", "class", "match", "my-shop", "../shop", "click", "shop/inner", "\u0455hop", "tests"]
)
def test_a_bad_name_is_refused_before_anything_is_written(openviper, tmp_path, name):
    """Wrong usage: exit code 2."""
    result = openviper("create-project", name)
    assert result.returncode == 2
    assert "Invalid value for 'NAME'" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["shop", "Shop", "shop.py"])
def test_what_exists_is_left_alone(openviper, files, there):
    """In other letters of case too: wrong usage, exit code 2."""
    folder = files({there: "mine"})
    result = openviper("create-project", "shop", COLUMNS="200")
    assert result.returncode == 2
    assert f"'NAME': {there} is there already; nothing was written; choose another name, such as" in result.stderr
    assert (folder / there).read_text() == "mine"
    assert list(folder.iterdir()) == [folder / there]


@pytest.mark.parametrize("directory", ["nowhere", "file"])
def test_the_directory_must_be_there(openviper, tmp_path, directory):
    """It is not made: a failure would have to unmake it."""
    (tmp_path / "file").touch()
    result = openviper("create-project", "shop", "--directory", directory)
    assert result.returncode == 2
    assert "Invalid value for '-d' / '--directory'" in result.stderr
