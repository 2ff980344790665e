"""``viperctl create-provider``, and the package that it makes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
FILES = {
    ".gitignore", "README.md", "pyproject.toml", "openviper_ai_acme/__init__.py", "openviper_ai_acme/base.py",
    "openviper_ai_acme/provider.py", "openviper_ai_acme/py.typed", "tests/test_provider.py",
}  # fmt: skip
#: What the style of the generated code must not depend on: the length of the name.
NAMES = ["acme", "x", "x" * 24]


@pytest.fixture
def create(openviper, tmp_path):
    """Make a provider; return its folder."""

    def run(name):
        result = openviper("viperctl", "create-provider", name)
        assert result.returncode == 0, result.stderr
        return tmp_path / f"openviper-ai-{name}"

    return run


def test_the_files_are_these_and_no_others(create, tmp_path):
    """Nothing is left beside the folder either."""
    acme = create("acme")
    assert {str(each.relative_to(acme)) for each in acme.rglob("*") if each.is_file()} == FILES
    assert list(tmp_path.iterdir()) == [acme]


def test_the_next_steps_are_shown(openviper, tmp_path):
    """They can be copied, also where the folder has a space in it."""
    (tmp_path / "my work").mkdir()
    result = openviper("viperctl", "create-provider", "acme", "-o", "my work")
    folder = "my work/openviper-ai-acme"
    steps = f"  cd '{folder}'\n  pip install -e '.[test]'\n  python -m pytest\n"
    assert result.stdout == f"Created {folder}. Next:\n\n{steps}"
    assert (tmp_path / folder / "pyproject.toml").is_file()


@pytest.mark.parametrize("directory", [b"a\xffb", b"a\x1b[31mb"])
def test_a_folder_of_any_name_will_do(openviper, tmp_path, directory):
    """It is shown with escapes."""
    folder = tmp_path / os.fsdecode(directory)
    folder.mkdir()
    result = openviper("viperctl", "create-provider", "acme", "-o", folder.name)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Created a\\")
    assert (folder / "openviper-ai-acme/pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("name", "distribution", "class_name", "variable"),
    [
        ("acme", "openviper-ai-acme", "AcmeProvider", "ACME_API_KEY"),
        ("Open-Router_2", "openviper-ai-open-router-2", "OpenRouter2Provider", "OPEN_ROUTER_2_API_KEY"),
        ("openAI", "openviper-ai-openai", "OpenAIProvider", "OPENAI_API_KEY"),
    ],
)
def test_the_name_becomes_these(openviper, tmp_path, name, distribution, class_name, variable):
    """The distribution, its entry point, the class, and the variable of the key."""
    assert openviper("viperctl", "create-provider", name).returncode == 0
    folder, package = tmp_path / distribution, distribution.replace("-", "_")
    pyproject = tomllib.loads((folder / "pyproject.toml").read_text())
    assert pyproject["project"]["name"] == distribution
    entry = distribution.removeprefix("openviper-ai-")
    assert pyproject["project"]["entry-points"] == {
        "openviper.ai.providers": {entry: f"{package}.provider:{class_name}"}
    }
    source = (folder / package / "provider.py").read_text()
    assert f"class {class_name}(Provider):" in source
    assert f'KEY_VARIABLE = "{variable}"' in source


def test_the_extra_for_tests_brings_what_its_tests_want(create):
    """As that of openviper-cli does for a project's."""
    wanted = tomllib.loads((create("acme") / "pyproject.toml").read_text())["project"]["optional-dependencies"]["test"]
    extra = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["optional-dependencies"]["test"]
    assert set(wanted) == set(extra)


def test_it_passes_its_own_tests(openviper, create):
    """In a process of its own, as its README says, with every warning an error and no network."""
    pytest.importorskip("httpx2")
    offline = "import socket, sys, pytest; socket.getaddrinfo = None; sys.exit(pytest.main(sys.argv[1:]))"
    args = ["-q", "-p", "no:cacheprovider", "-W", "error"]
    result = openviper(*args, cwd=create("acme"), command=("-c", offline))
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert " skipped" not in result.stdout


@pytest.mark.parametrize("tool", [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]])
@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_linter(openviper, create, name, tool):
    """With the linter's own defaults."""
    pytest.importorskip("ruff")
    result = openviper(*tool[1:], ".", cwd=create(name), command=("-m", tool[0]))
    assert result.returncode == 0, result.stdout + result.stderr


def test_it_passes_the_type_checker(openviper, create):
    """Strictly."""
    pytest.importorskip("mypy")
    pytest.importorskip("httpx2")
    result = openviper("--strict", "--cache-dir=/dev/null", ".", cwd=create("acme"), command=("-m", "mypy"))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is not a name"),
        ("..", "is not a name"),
        (".", "is not a name"),
        ("../acme", "is not a name"),
        ("acme/inner", "is not a name"),
        ("a b", "is not a name"),
        ("a.b", "is not a name"),
        ("acme\n", "is not a name"),
        ('acme"', "is not a name"),
        ("{{ acme }}", "is not a name"),
        ("größe", "is not a name"),
        ("2acme", "a letter first"),
        ("acme-", "no - or _ last"),
        ("x" * 25, "at most 24"),
        ("class", "is a keyword"),
        ("Json", "module of the standard library"),
    ],
)
def test_a_bad_name_is_refused_before_anything_is_written(openviper, tmp_path, name, reason):
    """Wrong usage: exit code 2."""
    result = openviper("viperctl", "create-provider", "--", name)
    assert result.returncode == 2
    assert "Invalid value for 'NAME'" in result.stderr
    assert reason in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_provider_that_is_installed_is_not_made_again(openviper, files, tmp_path):
    """One of them would hide the other; the service's own client hides nothing."""
    work = files({"installed/openviper_ai_acme.py": "", "installed/openai.py": "", "work/.keep": ""}) / "work"
    path = str(tmp_path / "installed")
    result = openviper("viperctl", "create-provider", "acme", cwd=work, PYTHONPATH=path)
    assert result.returncode == 2
    assert "'openviper_ai_acme' is an installed module; choose another name, such as 'my-acme'" in result.stderr
    assert openviper("viperctl", "create-provider", "openai", cwd=work, PYTHONPATH=path).returncode == 0
    assert {each.name for each in work.iterdir()} == {".keep", "openviper-ai-openai"}


@pytest.mark.parametrize("there", ["openviper-ai-acme", "OpenViper-AI-Acme"])
def test_an_existing_folder_is_left_alone(openviper, tmp_path, there):
    """Wrong usage, as for a project and an app; also where only the case differs, which some file systems ignore."""
    (tmp_path / there).mkdir()
    result = openviper("viperctl", "create-provider", "acme")
    assert result.returncode == 2
    sentence = f"{there} is there already; nothing was written; choose another name, such as 'my-acme'"
    assert sentence in " ".join(result.stderr.split())
    assert [each.name for each in tmp_path.rglob("*")] == [there]


@pytest.mark.parametrize("directory", ["nowhere", "file"])
def test_the_directory_must_be_there(openviper, tmp_path, directory):
    """It is not made: a failure would have to unmake it."""
    (tmp_path / "file").touch()
    result = openviper("viperctl", "create-provider", "acme", "--output-dir", directory)
    assert result.returncode == 2
    assert f"'{directory}'" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_project_has_it_too(openviper, project):
    """Where ``viperctl`` runs in a project, the package is made in the current folder."""
    assert openviper("viperctl", "create-provider", "acme", cwd=project / "mysite").returncode == 0
    assert (project / "mysite/openviper-ai-acme/pyproject.toml").is_file()


def test_a_project_passes_its_own_tests_beside_it(openviper, tmp_path):
    """A provider that is not installed yet is none of its business; named, its tests are run."""
    pytest.importorskip("httpx2")
    openviper("create-project", "shop", "--minimal")
    openviper("viperctl", "create-provider", "acme", cwd=tmp_path / "shop")
    for args in ([], ["openviper-ai-acme"]):
        result = openviper("-q", *args, cwd=tmp_path / "shop", command=("-m", "pytest"))
        assert result.returncode == 0, result.stdout
        assert " passed" in result.stdout
