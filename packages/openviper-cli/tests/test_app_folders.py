"""The folders of the installed apps, asked in another process."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from openviper.cli._app_folders import app_folders
from openviper.cli.errors import CommandLineError
from openviper.core.projects import FoundSettings, Root, search_from

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings):\n    INSTALLED_APPS = {!r}\n"


@pytest.fixture
def site(files, monkeypatch):
    """A project with these settings, in force as a command has it."""

    def write(settings, *apps):
        folder = files({f"{app}/__init__.py": "1 / 0" for app in apps} | {"folders_site/settings.py": settings})
        monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
        monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "folders_site.settings")
        search_from(str(folder))
        return folder

    yield write
    search_from(None)


def test_an_app_is_found_by_its_name(site):
    """No app is imported, and of the project nothing in this process."""
    settings = f"print('noise')\n{SETTINGS.format(('folders.shop', 'folders.blog', 'other.blog', 'missing'))}"
    folder = site(settings, "folders/shop", "folders/blog", "other/blog")
    assert app_folders() == {
        "folders.shop": str(folder / "folders/shop"),
        "folders.blog": str(folder / "folders/blog"),
        "other.blog": str(folder / "other/blog"),
    }
    assert not [name for name in sys.modules if name.startswith("folders")]


def test_in_the_root_layout_the_folder_is_an_app(site, monkeypatch):
    """By its name."""
    folder = site("")
    (folder / "settings.py").write_text(SETTINGS.format(()))
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "settings")
    assert app_folders() == {folder.name: str(folder)}


def test_an_installed_app_with_the_label_of_the_root_goes_before_it(site, monkeypatch):
    """Two of them do not keep the others from being found either."""
    folder = site("")
    apps = tuple(f"{each}.{folder.name}" for each in ("one", "two"))
    for app in (*apps, "shop"):
        place = folder.joinpath(*app.split("."))
        place.mkdir(parents=True)
        (place / "__init__.py").touch()
    (folder / "settings.py").write_text(SETTINGS.format((*apps, "shop")))
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "settings")
    assert list(app_folders()) == [*apps, "shop"]


def test_a_stray_settings_file_makes_no_app_of_the_folder(site):
    """The project's settings stand in a package."""
    folder = site(SETTINGS.format(()))
    (folder / "settings.py").write_text("DJANGO = True")
    assert app_folders() == {}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [("1 / 0", "[^:]*folders_site.settings.*division by zero"), ("import sys; sys.exit(0)", "exit code 0")],
)
def test_settings_that_cannot_be_used_are_one_sentence(site, settings, reason):
    """With the reason."""
    site(settings)
    with pytest.raises(CommandLineError, match=f"^the installed apps cannot be asked for: .*{reason}"):
        app_folders()


def test_who_named_the_settings_is_told_from_the_other_process_too(site):
    """It has them by the variable, which nobody set."""
    folder = str(site("1 / 0"))
    search_from(folder, FoundSettings("folders_site.settings", "--settings", (Root(folder, folder),)))
    with pytest.raises(CommandLineError, match=r"folders_site\.settings \(--settings\)"):
        app_folders()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_process_that_is_ended_leaves_none_behind(served, project, number):
    """Whatever the settings are doing there."""
    sleeping = "import os, time\nopen('asked', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    (project / "mysite/settings.py").write_text(sleeping)
    with served("viperctl", "test", "main", cwd=project) as test:
        deadline = time.monotonic() + 40
        while not (project / "asked").exists() or not (project / "asked").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        child = int((project / "asked").read_text())
        test.end(number)
        while _is_alive(child):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _is_alive(process):
    try:
        # A zombie, where nobody collects it, is none.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("input()", "EOF when reading a line"),
        (
            "__import__('time').sleep(600)",
            "the installed apps cannot be asked for: the settings are still being read after 3 s",
        ),
    ],
)
def test_settings_that_wait_are_an_error(openviper, project, deed, sentence):
    """For a typed line, which is not theirs, or for too long."""
    (project / "mysite/settings.py").write_text(deed)
    hasty = "import sys; from openviper.cli import _app_folders as it, main; it._LIMIT = 3.0; sys.exit(main())"
    with (project / "typed").open("w+") as stdin:
        stdin.write("typed\n" * 9)
        stdin.seek(0)
        result = openviper("viperctl", "test", "main", command=("-c", hasty), stdin=stdin)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert sentence in result.stderr
