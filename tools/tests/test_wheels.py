"""What a wheel may hold."""

from __future__ import annotations

import zipfile

import pytest

from tools.wheels import inspect, pytest_plugin
from tools.workspace import packages

LICENSE = "{}-1.dist-info/licenses/LICENSE"
GOOD = {
    "openviper-core": [
        "openviper/core/py.typed",
        "openviper/core/types.py",
        "openviper/conf/__init__.py",
        "openviper/conf/py.typed",
    ],
    "openviper-http": [
        "openviper/http/__init__.py",
        "openviper/http/py.typed",
        "openviper/http/inner/__init__.py",
        "pytest_openviper_http.py",
    ],
}


@pytest.fixture
def look_into(tmp_path):
    def look_into(contents):
        wheels = {}
        for name, paths in contents.items():
            wheels[name] = tmp_path / f"{name}.whl"
            with zipfile.ZipFile(wheels[name], "w") as wheel:
                for path in [*paths, LICENSE.format(name.replace("-", "_"))]:
                    wheel.writestr(path, "")
        return inspect(wheels)

    return look_into


def test_good_wheels_pass(look_into):
    """Regular packages of their own, marked as typed, side by side."""
    assert look_into({**GOOD, "openviper": []}) == []


@pytest.mark.parametrize(
    ("distribution", "path", "problem"),
    [
        ("openviper-http", "openviper/__init__.py", "openviper/__init__.py hides every other distribution"),
        ("openviper-http", "openviper/core/__init__.py", "openviper/core/__init__.py hides"),
        ("openviper-http", "openviper/_commands/__init__.py", "openviper/_commands/__init__.py hides"),
        (
            "openviper-http",
            "openviper/core/types.py",
            "openviper/core/types.py is in openviper-core and in openviper-http",
        ),
        ("openviper-http", "openviper/routing/__init__.py", "openviper/routing/py.typed is missing"),
        ("openviper-http", "tests/test_http.py", "tests/test_http.py is outside of openviper/"),
        ("openviper-core", "pytest_openviper_http.py", "pytest_openviper_http.py is outside of openviper/"),
        ("openviper", "openviper/version.py", "the meta distribution has no code"),
        ("openviper-email", "", "there is no code in it"),
    ],
)
def test_a_bad_path_is_named(look_into, distribution, path, problem):
    """The problem says which wheel and which path."""
    contents = {name: list(paths) for name, paths in GOOD.items()}
    contents.setdefault(distribution, []).extend([path] if path else [])
    assert any(problem in line for line in look_into(contents)), look_into(contents)


@pytest.mark.parametrize("name", sorted(packages()))
def test_a_plugin_for_pytest_stands_at_the_top_of_its_wheel(name):
    """Else pytest takes our packages ``email`` and ``http`` for those of the standard library."""
    package = packages()[name]
    plugins = package.project.get("entry-points", {}).get("pytest11", {})
    for module in plugins.values():
        assert module == pytest_plugin(name)
        assert f"src/{module}.py" in package.tool["hatch"]["build"]["targets"]["wheel"]["packages"]
