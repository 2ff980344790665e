"""Finding objects and modules by name."""

from __future__ import annotations

import json.decoder
import sys

import pytest

from openviper.core.imports import closest, import_string, locate, module_exists, nearest


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an importable folder; what is imported from it is forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("viper_test_"):
            del sys.modules[name]


def package(folder, name, source="", **modules):
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(source)
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)


@pytest.mark.parametrize("path", ["json.decoder.JSONDecoder", "json.decoder:JSONDecoder"])
def test_an_object_is_found_by_either_form(path):
    """A dot or a colon stands before the name."""
    assert import_string(path) is json.decoder.JSONDecoder


def test_a_name_within_an_object_is_found_after_a_colon():
    """With a colon the attribute may be dotted."""
    assert import_string("json.decoder:JSONDecoder.decode") is json.decoder.JSONDecoder.decode


@pytest.mark.parametrize("path", ["", ".", ":", "json", "json.", ".json", "json:", ":loads"])
def test_what_is_no_dotted_path_is_refused(path):
    """The error quotes what was given."""
    with pytest.raises(ImportError) as caught:
        import_string(path)
    assert repr(path) in str(caught.value)


@pytest.mark.parametrize(
    "path", ["nosuchpackage.Name", "json.nosuch.Name", "json.decoder.deeper.Name", "..json.Name", "a b.Name", "js\0n.x"]
)
def test_a_missing_module_is_named(path):
    """It is a ModuleNotFoundError that carries the module's name."""
    with pytest.raises(ModuleNotFoundError) as caught:
        import_string(path)
    assert caught.value.name == path.rpartition(".")[0]


def test_a_missing_attribute_comes_with_the_nearest_one():
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(ImportError, match=r"'json' has no 'lods'; did you mean 'loads'\?"):
        import_string("json.lods")


def test_the_error_of_a_module_passes_through(folder):
    """A module that fails is not a module that is missing."""
    package(folder, "viper_test_failing", apps="1 / 0", needs="import nosuchdependency")
    with pytest.raises(ZeroDivisionError):
        import_string("viper_test_failing.apps.ready")
    with pytest.raises(ModuleNotFoundError) as caught:
        import_string("viper_test_failing.needs.ready")
    assert caught.value.name == "nosuchdependency"


@pytest.mark.parametrize(
    ("name", "exists"),
    [
        ("json", True),
        ("json.decoder", True),
        ("json.tool", True),
        ("os.path", True),
        ("__main__", True),
        ("openviper", True),
        ("openviper.core", True),
        ("nosuchpackage", False),
        ("json.nosuch", False),
        ("json.decoder.deeper", False),
        ("json.decoder.deeper.still", False),
        ("", False),
        (".json", False),
        ("json.", False),
        ("json..decoder", False),
        ("json-decoder", False),
        ("/etc/passwd", False),
    ],
)
def test_a_module_exists_or_not(name, exists):
    """Namespace packages and submodules are found; nothing that is no name is looked for."""
    assert module_exists(name) is exists


def test_looking_for_a_module_does_not_import_it(folder):
    """Only the parents are imported."""
    package(folder, "viper_test_lazy", apps="1 / 0")
    assert module_exists("viper_test_lazy.apps")
    assert "viper_test_lazy" in sys.modules
    assert "viper_test_lazy.apps" not in sys.modules


def test_a_broken_parent_is_not_a_missing_module(folder):
    """The error inside a parent passes through."""
    package(folder, "viper_test_broken", "import nosuchdependency", apps="")
    with pytest.raises(ModuleNotFoundError) as caught:
        module_exists("viper_test_broken.apps")
    assert caught.value.name == "nosuchdependency"


def test_a_module_that_is_blocked_does_not_exist(monkeypatch):
    """``sys.modules[name] = None`` is Python's own way to say: not here."""
    monkeypatch.setitem(sys.modules, "viper_test_blocked", None)
    assert not module_exists("viper_test_blocked")


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("DEBG", ["DEBUG", "DATABASES"], "; did you mean 'DEBUG'?"),
        ("xyz", ["DEBUG"], ""),
        ("DEBUG", [], ""),
        ("__init_", ["__init__"], ""),
        ("CorsMiddleware", ["CSRFMiddleware", "CORSMiddleware"], "; did you mean 'CORSMiddleware'?"),
    ],
)
def test_the_nearest_name_is_suggested_if_one_is_near(name, candidates, expected):
    """Nothing is suggested that is far off, or Python's own."""
    assert closest(name, candidates) == expected


def test_how_near_is_near_enough_can_be_said():
    """TIMEOUT is 0.63 away from TIME_ZONE."""
    assert nearest("TIMEOUT", iter(["TIME_ZONE"])) == "TIME_ZONE"
    assert nearest("TIMEOUT", iter(["TIME_ZONE"]), cutoff=0.65) is None


@pytest.mark.parametrize(
    ("name", "file", "path"),
    [
        ("viper_test_found", "viper_test_found/__init__.py", ["viper_test_found"]),
        ("viper_test_found.inner", "viper_test_found/inner.py", None),
        ("viper_test_space", None, ["viper_test_space"]),
        ("viper_test_found.inner.deep", None, None),
        ("viper_test_found.nothing", None, None),
        ("viper-test", None, None),
        ("", None, None),
    ],
)
def test_a_module_is_located_without_running_anything(folder, name, file, path):
    """Its file and where its submodules are, though its package fails at import; None where there is none."""
    package(folder, "viper_test_found", "raise RuntimeError('imported')", inner="raise RuntimeError('imported')")
    (folder / "viper_test_space").mkdir()
    found = locate(name)
    if file is None and path is None:
        assert found is None
    else:
        assert found.file == (file and str(folder / file))
        assert found.path == (path and [str(folder / each) for each in path])
        assert found.folder == (folder / path[0] if path else (folder / file).parent)
