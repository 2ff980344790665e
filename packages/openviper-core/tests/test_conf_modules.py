"""From a settings module's name to the class in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback

import pytest

from openviper.conf import BaseSettings, ImproperlyConfigured
from openviper.conf._finder import Origin
from openviper.conf._modules import settings_class

HEAD = "from openviper.conf import BaseSettings\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """``load(name, {path: text})``: write the files, and load the class that ``name`` means."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def load(name, files, **kwargs):
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(HEAD + text)
        folders = (str(tmp_path), str(tmp_path / "src"))
        return settings_class(Origin(name, "the test", folders, **kwargs))

    yield load
    for name in set(sys.modules) - before:
        del sys.modules[name]


def error_of(load, name, files):
    with pytest.raises(ImproperlyConfigured) as caught:
        load(name, files)
    return caught.value


@pytest.mark.parametrize(
    ("reason", "name", "text", "expected"),
    [
        ("Settings", "m_one", "class Other(BaseSettings): pass\nclass Settings(Other): pass\n", "Settings"),
        ("the one it defines", "m_two", "class Production(BaseSettings): pass\n", "Production"),
        ("one under two names", "m_three", "class Production(BaseSettings): pass\nAlias = Production\n", "Production"),
        ("the named one", "m_four:Test", "class Settings(BaseSettings): pass\nclass Test(Settings): pass\n", "Test"),
    ],
)
def test_the_class_is_found(load, reason, name, text, expected):
    """``Settings``, else the one that the module defines, else the one after the colon."""
    assert load(name, {f"{name.partition(':')[0]}.py": text}).__name__ == expected, reason


def test_an_imported_settings_class_counts_by_its_name_only(load):
    """``from .base import Settings`` is enough; another imported class is not the module's own."""
    files = {
        "m_pkg/__init__.py": "",
        "m_pkg/base.py": "class Settings(BaseSettings): pass\nclass Common(Settings): pass\n",
    }
    assert load("m_pkg.prod", {**files, "m_pkg/prod.py": "from m_pkg.base import Settings\n"}).__name__ == "Settings"
    error = error_of(load, "m_pkg.dev", {"m_pkg/dev.py": "from m_pkg.base import Common\n"})
    assert "m_pkg.dev (the test) has no class Settings; expected class Settings(BaseSettings)" in str(error)


@pytest.mark.parametrize(
    ("reason", "text", "words"),
    [
        ("none", "x = 1\n", "has no class Settings; expected class Settings(BaseSettings)"),
        ("two", "class A(BaseSettings): pass\nclass B(BaseSettings): pass\n", "has no class Settings, but A, B"),
        ("a plain class", "class Settings: pass\n", "not a settings class"),
        ("an instance", "Settings = BaseSettings()\n", "not a settings class"),
        ("a value", "Settings = {'DEBUG': True}\n", "not a settings class"),
    ],
)
def test_a_module_without_the_class_is_an_error(load, reason, text, words):
    """It says what is there and what would be accepted."""
    assert words in str(error_of(load, "m_without", {"m_without.py": text})), reason


def test_a_plain_value_is_shown_without_its_secrets(load):
    """A dict in the place of the class is named by its type alone."""
    assert "hunter2" not in str(error_of(load, "m_secret", {"m_secret.py": "Settings = {'PASSWORD': 'hunter2'}\n"}))


@pytest.mark.parametrize(
    ("reason", "name", "near"),
    [
        ("a misspelt module", "m_site.setings", "did you mean 'settings'?"),
        ("a misspelt package", "m_sit.settings", "did you mean 'm_site'?"),
        ("a module in a module", "m_site.settings.more", ""),
        ("not a name", "m-site.settings", ""),
        ("a path", "m_site/settings.py", ""),
        ("empty parts", "m_site..settings", ""),
    ],
)
def test_a_module_that_does_not_exist_is_an_error(load, tmp_path, reason, name, near):
    """Who named it, the nearest one, and where was looked."""
    text = str(error_of(load, name, {"m_site/__init__.py": "", "m_site/settings.py": ""}))
    assert text.startswith(f"there is no module {name!r}, which the test names"), reason
    assert near in text
    assert str(tmp_path) in text


@pytest.mark.parametrize(
    ("reason", "text", "words"),
    [
        ("an error", "\n\nPORT = int('abc')\n", "raised ValueError: invalid literal for int() with base 10: 'abc'"),
        ("a missing variable", "import os\n\nKEY = os.environ['NOWHERE_SET']\n", "raised KeyError: 'NOWHERE_SET'"),
        ("a missing dependency", "\n\nimport no_such_module\n", "raised ModuleNotFoundError"),
        (
            "an error without a text",
            "class Bad(Exception):\n    def __str__(self): raise self\nraise Bad\n",
            "raised Bad: its text cannot be shown: __str__ raised Bad",
        ),
        ("a syntax error", "\n\nclass Settings(BaseSettings:\n", "raised SyntaxError"),
    ],
)
def test_a_module_that_raises_is_named_with_the_cause(load, tmp_path, reason, text, words):
    """The error says what was raised at which line of the module, and is chained from it."""
    error = error_of(load, "m_raises", {"m_raises.py": text})
    assert f"the settings module m_raises (the test) {words}" in str(error), reason
    assert f"({tmp_path / 'm_raises.py'}:4)" in str(error)
    assert f"raised {type(error.__cause__).__name__}:" in str(error)
    assert "m_raises.py" in "".join(traceback.format_exception(error))


def test_a_package_that_raises_is_not_missing(load):
    """An error in the package's own __init__ is told as such."""
    error = error_of(load, "m_broken.settings", {"m_broken/__init__.py": "1 / 0\n", "m_broken/settings.py": ""})
    assert "raised ZeroDivisionError" in str(error)


def test_the_problems_of_its_class_pass_unchanged(load):
    """What is wrong with the class is one error, not an error about an error."""
    error = error_of(load, "m_class", {"m_class.py": "class Settings(BaseSettings):\n    PAGE_SIZE = 1\n"})
    assert str(error).startswith("Settings.PAGE_SIZE=1 (m_class) is no known setting")


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt])
def test_an_order_to_stop_passes_through(load, raised):
    """Neither is an error of the module."""
    with pytest.raises(raised):
        load("m_stops", {"m_stops.py": f"raise {raised.__name__}\n"})


def test_the_source_folder_becomes_importable(load, tmp_path):
    """``src/mysite/settings.py`` is importable, and so is what stands beside it; other folders stay out of sys.path."""
    load(
        "m_src.settings", {"src/m_src/__init__.py": "", "src/m_src/settings.py": "class Settings(BaseSettings): pass\n"}
    )
    assert sys.path[0] == str(tmp_path / "src")
    assert str(tmp_path) not in sys.path


def test_a_found_layout_comes_before_a_namesake_on_the_path(load, tmp_path, monkeypatch):
    """The project's own settings.py is meant, though another one could be imported as well."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "m_namesake.py").write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(elsewhere)
    text = "class Settings(BaseSettings): pass\n"
    assert load("m_namesake", {"m_namesake.py": text}, is_found_by_layout=True).__name__ == "Settings"


def test_a_namesake_that_was_imported_before_is_an_error(load, tmp_path, monkeypatch):
    """Another module of that name is not taken for the project's settings."""
    monkeypatch.setitem(sys.modules, "m_taken", sys.modules[__name__])
    with pytest.raises(ImproperlyConfigured, match="another module 'm_taken' was imported before"):
        load("m_taken", {"m_taken.py": "class Settings(BaseSettings): pass\n"}, is_found_by_layout=True)


def test_a_module_that_nobody_named_and_without_a_class_says_how_to_name_another(load):
    """It may be another framework's, in the folder that the program was started in."""
    with pytest.raises(ImproperlyConfigured, match=r"no class Settings; .* set OPENVIPER_SETTINGS_MODULE to their"):
        load("m_stray", {"m_stray.py": "DJANGO = True\n"}, is_found_by_layout=True)


@pytest.mark.parametrize(
    ("reason", "settings_file", "pyproject", "variables"),
    [
        ("root layout", "settings.py", "", {}),
        ("module layout", "mysite/settings.py", "", {}),
        ("source layout", "src/mysite/settings.py", "", {}),
        ("named in pyproject.toml", "src/mysite/conf/live.py", "[tool.openviper]\nsettings = 'mysite.conf.live'\n", {}),
        ("named by the variable", "mysite/live.py", "", {"OPENVIPER_SETTINGS_MODULE": "mysite.live"}),
        ("named with its class", "mysite/live.py", "", {"OPENVIPER_SETTINGS_MODULE": "mysite.live:Settings"}),
    ],
)
def test_a_program_that_does_not_see_the_current_directory_finds_the_project(
    tmp_path, reason, settings_file, pyproject, variables
):
    """As an installed command does: Python alone would not import from the current directory."""
    path = tmp_path / settings_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}import neighbour\nclass Settings(BaseSettings):\n    DEBUG = neighbour.YES\n")
    root = tmp_path / "src" if settings_file.startswith("src/") else tmp_path
    (root / "neighbour.py").write_text("YES = True\n")
    (tmp_path / "pyproject.toml").write_text(pyproject)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("OPENVIPER_")}
    code = "from openviper.conf import settings; print(settings.DEBUG)"
    command = [sys.executable, "-P", "-c", code]
    printed = subprocess.check_output(command, cwd=tmp_path, env={**environment, **variables}, text=True, timeout=30)
    assert printed == "True\n", reason


def test_classes_and_instances_mean_themselves():
    """What configure() was given needs no module."""

    class Settings(BaseSettings):
        pass

    assert settings_class(Origin(Settings, "x")) is settings_class(Origin(Settings(), "x")) is Settings


class OneAtATime:
    """A finder that notices when its caches are invalidated by two threads at once."""

    def __init__(self):
        self.inside = self.most = 0
        self.second = threading.Event()

    def find_spec(self, name, path=None, target=None):
        return None

    def invalidate_caches(self):
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside > 1:
            self.second.set()
        self.second.wait(0.2)
        self.inside -= 1


def test_threads_that_load_at_once_invalidate_caches_one_after_the_other(load, monkeypatch):
    """What importlib does there is not made for two: one of them would fail with a KeyError."""
    finder = OneAtATime()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder])
    origin = Origin("m_that_is_nowhere", "the test")
    barrier = threading.Barrier(2)

    def first_read():
        barrier.wait(10)
        with pytest.raises(ImproperlyConfigured, match="there is no module"):
            settings_class(origin)

    threads = [threading.Thread(target=first_read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert finder.most == 1
