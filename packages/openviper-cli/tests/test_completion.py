"""Completion: the script, the answers, and real shells."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from openviper.cli._completion import SHELLS, VARIABLE, completion_script
from openviper.cli._main import openviper as top_level

PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_this_program(openviper, shell):
    """By its name and by the variable that it looks at."""
    result = openviper("completion", shell)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == completion_script(top_level, shell)
    assert f"{VARIABLE}={shell}_complete" in result.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_is_guessed(openviper, shell):
    """From $SHELL, where none is given."""
    assert openviper("completion", SHELL=f"/usr/local/bin/{shell}").stdout == openviper("completion", shell).stdout


@pytest.mark.parametrize(
    ("args", "variables", "part"),
    [
        (["tcsh"], {}, "'tcsh' is not one of 'bash', 'fish', 'zsh'"),
        (
            [],
            {"SHELL": "/bin/tcsh"},
            "SHELL='/bin/tcsh' (environment) names no shell that can complete; expected one of",
        ),
        (
            [],
            {"SHELL": ""},
            "SHELL is not set, and so names no shell that can complete; expected one of bash, fish, zsh",
        ),
    ],
)
def test_another_shell_is_wrong_usage(openviper, args, variables, part):
    """The error names those that serve."""
    result = openviper("completion", *args, **variables)
    assert (result.returncode, result.stdout) == (2, "")
    assert part in result.stderr


def test_a_shell_that_click_does_not_know_has_no_script():
    """It is refused with those that serve."""
    with pytest.raises(ValueError, match=r"'ksh' is no shell that can complete; expected one of bash, fish, zsh"):
        completion_script(click.Command("x"), "ksh")


def test_help_says_where_the_script_belongs(openviper):
    """For each shell."""
    printed = openviper("completion", "--help").stdout
    for place in ("completions/openviper\n", "~/.zfunc/_openviper", "completions/openviper.fish"):
        assert place in printed


@pytest.fixture
def answers(openviper):
    """``answers("viperctl", "ba")``: what may stand in the place of the last word."""

    def answers(*words, **options):
        line = " ".join(("openviper", *words))
        variables = {VARIABLE: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
        result = openviper(**options, **variables)
        assert result.stderr == ""
        return [each.partition(",")[2] for each in result.stdout.split()]

    return answers


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["compl"], ["completion"]),
        (["viperctl", "chec"], ["check"]),
        (["viperctl", "check", "--fail"], ["--fail-level"]),
        (["viperctl", "check", ".", "--js"], ["--json"]),
        (["viperctl", "check", "--fail-level", "W"], ["warning"]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_commands_options_and_choices_are_completed(answers, words, found):
    """On the top level, in viperctl, and in its commands; nothing is said on stderr."""
    assert answers(*words) == found


@pytest.mark.parametrize(
    "contents",
    [
        {"a/settings.py": "Settings = 1", "b/settings.py": "Settings = 1"},
        {"pyproject.toml": "[tool.openviper"},
        {"settings.py": "from base import Settings\nprint('hello')\nraise SystemExit(1)"},
    ],
)
def test_a_project_that_is_no_good_is_no_obstacle(answers, files, contents):
    """An error on a Tab would stand in the line that is being typed."""
    files(contents)
    assert answers("viperctl", "check", "--js") == ["--json"]


def test_a_project_that_prints_keeps_its_commands(answers, files):
    """Whatever its settings and its commands do with the streams."""
    noisy = "import sys\nsys.stdout.write('hello')\nsys.stdout.reconfigure(errors='replace')\nsys.stderr.flush()\n"
    settings = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): INSTALLED_APPS = ('shop',)\n"
    command = "async def handle(*, loudly: bool = False): pass\n"
    contents = {"shop/__init__.py": "", "shop/management/commands/greet.py": noisy + command}
    files({"pyproject.toml": "[tool.openviper]\nsettings = 'shop.settings'", "shop/settings.py": noisy + settings})
    files(contents)
    assert answers("viperctl", "gre") == ["greet"]
    assert "--loudly" in answers("viperctl", "greet", "--lou")


def test_a_project_that_asks_does_not_get_what_is_being_typed(answers, project):
    """Stdin is the terminal on which the line stands."""
    typed = project / "typed"
    typed.write_text("ls\n")
    with (project / "mysite/settings.py").open("a") as settings, typed.open() as stdin:
        settings.write("input()\n")
        settings.flush()
        assert answers("viperctl", "chec", stdin=stdin) == ["check"]
        assert os.lseek(stdin.fileno(), 0, os.SEEK_CUR) == 0


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        ("time.sleep(600)", ["check"]),
        ("threading.Thread(target=time.sleep, args=(600,)).start()", ["check"]),
        # The first cannot be interrupted, the second takes no notice.
        ("os.system('exec sleep 5')", []),
        ("while True:\n    with suppress(BaseException): time.sleep(600)", []),
    ],
)
def test_a_project_that_takes_too_long_is_left_out(openviper, project, deed, found):
    """And the shell gets its prompt back."""
    with (project / "mysite/settings.py").open("a") as settings:
        settings.write(f"import os, threading, time\nfrom contextlib import suppress\n{deed}\n")
    result = openviper(**{VARIABLE: "bash_complete"}, COMP_WORDS="openviper viperctl chec", COMP_CWORD="2")
    assert (result.returncode, result.stderr) == (0, "")
    assert [each.partition(",")[2] for each in result.stdout.split()] == found


def test_a_broken_manifest_is_no_obstacle_either(answers, distribution):
    """It is named when a command runs."""
    folder = distribution("broken-kit", "raise RuntimeError('no licence')")
    assert answers("viperctl", "chec", PYTHONPATH=folder) == ["check"]


@pytest.mark.parametrize("deed", ["os.write(1, b'noise\\n')", "os.write(2, b'noise\\n')", "os.system('echo noise')"])
def test_what_a_manifest_writes_is_no_answer(answers, distribution, deed):
    """Past sys.stdout too."""
    folder = distribution("noisy-kit", f"import os\n{deed}\nCOMMANDS = ()")
    assert answers("viperctl", "chec", PYTHONPATH=folder) == ["check"]


def test_what_cannot_be_completed_says_nothing(answers, distribution):
    """A command that is not there, and one whose module ends the process."""
    manifest = (
        "from openviper.core.commands import LazyCommand\nCOMMANDS = (LazyCommand('hop', 'hopping:hop', 'Hop.'),)"
    )
    folder = distribution("hopping-kit", manifest, hopping="raise SystemExit(0)")
    assert answers("viperctl", "ho", PYTHONPATH=folder) == ["hop"]
    for command in ("hop", "no-such-command"):
        assert "hop" not in answers("viperctl", command, "--", PYTHONPATH=folder)


class Typist:
    """A shell on a terminal, and somebody who types."""

    def __init__(self, *command):
        self._ours, theirs = pty.openpty()
        variables = {"PATH": PATH, "HOME": "/nonexistent", "TERM": "dumb", "PS1": "READY> ", "PROMPT": "READY> "}
        self._process = subprocess.Popen(
            command, env=variables, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._seen = ""

    def read_until(self, text):
        """Wait until the shell has written ``text`` after what was read before."""
        deadline = time.monotonic() + 40
        while text not in self._seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self._seen!r}"
            if select.select([self._ours], [], [], 1)[0]:
                self._seen += os.read(self._ours, 4096).decode(errors="replace")
        self._seen = self._seen.partition(text)[2]

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def leave(self):
        self._process.kill()
        self._process.wait(40)
        os.close(self._ours)


@pytest.mark.parametrize(
    ("command", "setup"),
    [
        (("bash", "--norc", "--noprofile", "-i"), "source <(openviper completion bash)"),
        (("zsh", "-f", "-i"), "autoload -U compinit; compinit -u -D; source <(openviper completion zsh)"),
    ],
    ids=["bash", "zsh"],
)
def test_a_tab_completes_in_a_real_shell(command, setup):
    """The rest of the only command that begins so."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not there")
    typist = Typist(*command)
    try:
        typist.read_until("READY> ")
        typist.type(f"{setup}; echo SET'UP'\n")
        typist.read_until("SETUP")
        typist.read_until("READY> ")
        # Back to the beginning of the completed line, which echo then tells.
        typist.type("openviper viperctl settin\t\x01echo TYPED:; echo \n")
        typist.read_until("TYPED:\r\nopenviper viperctl settings")
    finally:
        typist.leave()


def test_bash_completes_files_where_nothing_else_fits(tmp_path):
    """As it does without the script: arguments are files as a rule."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not there")
    (tmp_path / "asking.py").touch()
    typist = Typist("bash", "--norc", "--noprofile", "-i")
    try:
        typist.read_until("READY> ")
        typist.type(f"cd {tmp_path}; source <(openviper completion bash); echo SET'UP'\n")
        typist.read_until("SETUP")
        typist.read_until("READY> ")
        typist.type("openviper run aski\t\x01echo TYPED:; echo \n")
        typist.read_until("TYPED:\r\nopenviper run asking.py")
    finally:
        typist.leave()


def test_fish_completes():
    """As its own command says what a Tab would give."""
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not there")
    asked = 'openviper completion fish | source; complete -C "openviper viperctl settin"'
    result = subprocess.run(
        [fish, "--no-config", "-c", asked],
        env={"PATH": PATH, "HOME": "/nonexistent", "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout == "settings\tShow the settings\n", result.stderr
