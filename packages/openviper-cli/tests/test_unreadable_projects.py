"""Projects with files that may not be read, or are none: each is told in one line, by real processes."""

from __future__ import annotations

import os
import shutil

import pytest
from processes import UNPRIVILEGED

pytestmark = pytest.mark.skipif(
    bool(UNPRIVILEGED) and shutil.which("setpriv") is None, reason="root cannot give up reading everything"
)

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): INSTALLED_APPS = ('mysite',)\n"
COMMAND = "mysite/management/commands/dd.py"


@pytest.fixture
def refused(openviper, project, files):
    """Run a command while nobody may read ``path``; return the project's folder and the line on stderr."""
    packages = ("mysite/management/__init__.py", "mysite/management/commands/__init__.py")
    files({"mysite/settings.py": SETTINGS, COMMAND: "def handle(): pass\n"} | dict.fromkeys(packages, ""))

    def run(path, *args, mode=0):
        before = (project / path).stat().st_mode
        (project / path).chmod(mode)
        try:
            result = openviper(*args, before=UNPRIVILEGED)
        finally:
            (project / path).chmod(before)
        # check counts on stderr what it lists on stdout.
        line = f"{result.stdout}{result.stderr}".replace("1 ERROR\n", "")
        assert (result.returncode, line.count("\n")) == (1, 1)
        return line

    return run


@pytest.mark.parametrize("args", [["check"], ["console", "-c", "1"], ["start-server"]])
@pytest.mark.parametrize(
    ("path", "mode"),
    [("mysite", 0), ("mysite", 0o111), ("mysite/settings.py", 0), ("mysite/__init__.py", 0)],
)
def test_settings_that_may_not_be_read_are_there(refused, project, args, path, mode):
    """A folder that was copied by somebody else."""
    line = refused(path, "viperctl", *args, mode=mode)
    assert f": {project / path} cannot be read: Permission denied" in line
    assert "there is no module" not in line


@pytest.mark.parametrize(
    "path",
    [
        "mysite/management",
        "mysite/management/commands",
        "mysite/management/__init__.py",
        "mysite/management/commands/__init__.py",
        COMMAND,
    ],
)
def test_a_command_that_may_not_be_read_is_told(refused, project, path):
    """As a folder that may hold it is."""
    line = refused(path, "viperctl", "dd")
    assert str(project / path) in line
    assert line.endswith("cannot be read: Permission denied\n")


def test_a_command_that_is_known_runs_beside_a_folder_that_may_not_be_read(openviper, refused, project):
    """And one that is documented is told as ever."""
    folder = project / "mysite/management/commands"
    assert "cannot be read: Permission denied; did you mean 'apps'?\n" in refused(folder, "viperctl", "appss")
    folder.chmod(0)
    known = openviper("viperctl", "apps", before=UNPRIVILEGED)
    documented = openviper("viperctl", "migrate", before=UNPRIVILEGED)
    folder.chmod(0o755)
    assert (known.returncode, documented.returncode) == (0, 2)


@pytest.mark.parametrize(
    ("make", "kind"),
    [(os.mkdir, "folder"), (os.mkfifo, "named pipe"), (lambda path: path.symlink_to("no"), "link that cannot be")],
)
def test_settings_that_are_no_file_are_told(openviper, project, make, kind):
    """Where pyproject.toml names them too."""
    path = project / "mysite/settings.py"
    path.unlink()
    make(path)
    result = openviper("viperctl", "check")
    assert result.returncode == 1
    assert f"{path} is a {kind}" in result.stderr
    assert result.stderr.count("\n") == 1
