"""Loading the settings of a process: once, by whoever is first."""

from __future__ import annotations

import sys
import threading

import pytest

from openviper.conf import BaseSettings, ImproperlyConfigured
from openviper.conf._finder import Origin
from openviper.conf._lazy import LazySettings
from openviper.conf._project import Project
from openviper.conf._reader import Reader


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An unloaded project in an empty current directory, where modules of the test can be written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Project()
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_without_a_project_the_base_is_in_force(project):
    """No settings module: environment and defaults."""
    assert type(project.state().instance) is BaseSettings
    assert project.origin() is None


def test_settings_are_loaded_once(project, monkeypatch):
    """Later reads give the same objects, whatever the environment has become."""
    before = project.state()
    monkeypatch.setenv("OPENVIPER_TIME_ZONE", "Asia/Tokyo")
    assert project.state() is before
    assert project.state().instance.TIME_ZONE == "UTC"


def test_threads_that_read_first_get_one_object(project, tmp_path):
    """Many threads at the first read: one settings object, and its module runs once."""
    (tmp_path / "slow_settings.py").write_text(
        "import time\nfrom openviper.conf import BaseSettings\ntime.sleep(0.1)\n"
        "COUNT = globals().get('COUNT', 0) + 1\nclass Settings(BaseSettings): pass\n"
    )
    project.configure(Origin("slow_settings", "the test"))
    barrier, seen = threading.Barrier(16), []

    def read():
        barrier.wait()
        seen.append(project.state().instance)

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(seen) == 16
    assert len({id(each) for each in seen}) == 1
    assert sys.modules["slow_settings"].COUNT == 1


def test_two_threads_never_wait_for_each_other(project, tmp_path):
    """One thread imports the settings module itself while another reads: both end, and soon."""
    (tmp_path / "crossed_settings.py").write_text(
        "import threading\nfrom openviper.conf import BaseSettings\n"
        "import time\nthreading.current_thread().importing.set()\ntime.sleep(0.2)\n"
        "class Settings(BaseSettings): pass\n"
    )
    project.configure(Origin("crossed_settings", "the test"))
    importer = threading.Thread(target=__import__, args=("crossed_settings",))
    importer.importing = threading.Event()
    importer.start()
    assert importer.importing.wait(timeout=10)
    assert project.state().instance.DEBUG is False
    importer.join(timeout=10)
    assert not importer.is_alive()


def test_a_settings_module_that_reads_settings_is_an_error(project, tmp_path, monkeypatch):
    """No recursion, but a sentence that says who read what."""
    lazy = LazySettings(Reader(project))
    monkeypatch.setattr("openviper.conf.settings", lazy)
    (tmp_path / "circular_settings.py").write_text(
        "from openviper.conf import BaseSettings, settings\nclass Settings(BaseSettings):\n    A = settings.DEBUG\n"
    )
    lazy.configure("circular_settings")
    with pytest.raises(ImproperlyConfigured, match=r"settings\.DEBUG was read while .* being loaded \(circular_"):
        _ = lazy.DEBUG


def test_reading_settings_while_their_module_is_imported_by_hand_is_an_error(project, tmp_path, monkeypatch):
    """The half-imported module is not taken for one without a class."""
    lazy = LazySettings(Reader(project))
    monkeypatch.setattr("openviper.conf.settings", lazy)
    (tmp_path / "half_settings.py").write_text(
        "from openviper.conf import BaseSettings, settings\nX = settings.DEBUG\nclass Settings(BaseSettings): pass\n"
    )
    lazy.configure("half_settings")
    with pytest.raises(ImproperlyConfigured, match=r"half_settings .* was still being imported"):
        __import__("half_settings")


def test_post_init_that_reads_settings_is_an_error(project, monkeypatch):
    """Neither there: the object is not made yet."""
    lazy = LazySettings(Reader(project))

    class Settings(BaseSettings):
        def __post_init__(self):
            _ = lazy.DEBUG

    lazy.configure(Settings)
    with pytest.raises(ImproperlyConfigured, match=r"settings\.DEBUG was read while"):
        _ = lazy.DEBUG


def test_a_failure_is_told_at_every_read(project, tmp_path):
    """A module that cannot be imported is tried again: nothing half-loaded stays."""
    settings_file = tmp_path / "mended_settings.py"
    settings_file.write_text("1 / 0\n")
    project.configure(Origin("mended_settings", "the test"))
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="ZeroDivisionError"):
            project.state()
    settings_file.write_text("from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass  # mended\n")
    assert project.state().instance.DEBUG is False


def test_configure_comes_before_the_first_read(project):
    """The last word before it counts; afterwards it is an error that says what is in use."""

    class One(BaseSettings):
        TIME_ZONE = "one"

    class Two(BaseSettings):
        TIME_ZONE = "two"

    project.configure(Origin(One, "first"))
    project.configure(Origin(Two, "second"))
    assert project.state().instance.TIME_ZONE == "two"
    with pytest.raises(ImproperlyConfigured, match=r"in use already \(.*Two \(second\)\).*before anything reads"):
        project.configure(Origin(One, "third"))
    assert project.state().instance.TIME_ZONE == "two"


def test_what_was_configured_beats_what_could_be_found(project, monkeypatch):
    """configure() comes before the variable."""

    class Settings(BaseSettings):
        pass

    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "no.such.module")
    project.configure(Origin(Settings, "the test"))
    assert type(project.state().instance) is Settings


def test_an_instance_gives_its_values(project, monkeypatch):
    """Its fields stand in the place of the class's defaults, below the environment."""

    class Settings(BaseSettings):
        PAGE_SIZE: int = 20
        LABELS: list[str] = []  # noqa: RUF012 - copied for each instance

    monkeypatch.setenv("OPENVIPER_TIME_ZONE", "Asia/Tokyo")
    given = Settings(PAGE_SIZE=5, DEBUG=True, LABELS=["a"])
    project.configure(Origin(given, "the test"))
    made = project.state().instance
    assert (made.PAGE_SIZE, made.DEBUG, made.TIME_ZONE, made.LABELS) == (5, True, "Asia/Tokyo", ["a"])
