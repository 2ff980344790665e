"""``viperctl collectstatic``, as it is typed."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time

import pytest


def names(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir())


@pytest.mark.parametrize("words", [["collectstatic"], ["collectstatic", "."], ["collectstatic", "mysite"]])
def test_the_projects_files_are_collected(project, viperctl, words):
    """One line says how many, on stderr; a file that is hidden by another is a note there."""
    result = viperctl(*words, cwd=project)
    assert (result.returncode, result.stdout) == (0, "")
    note, summary = result.stderr.splitlines()
    assert note.startswith(f"Note: css/site.css: {project}/assets/css/site.css is collected, and ")
    assert summary == f"2 files collected into {project}/collected, 0 unchanged"
    assert names(project / "collected") == [".collectstatic", "css/site.css", "shop.js"]


def test_the_root_is_the_projects_wherever_the_command_is_typed(project, viperctl):
    """A relative STATIC_ROOT never means the current folder."""
    result = viperctl("collectstatic", cwd=project / "shop")
    assert result.stderr.splitlines()[-1] == f"2 files collected into {project}/collected, 0 unchanged"
    assert not (project / "shop" / "collected").exists()


def test_what_links_lead_to_is_collected_by_each_name(project, viperctl):
    """However many there are, and nothing is said of them."""
    (project / "assets/shared").mkdir()
    (project / "assets/shared/x.js").touch()
    for number in range(150):
        tenant = project / f"assets/tenant{number}"
        tenant.mkdir()
        (tenant / "shared").symlink_to("../shared")
    result = viperctl("collectstatic", cwd=project)
    assert result.returncode == 0
    assert "Warning" not in result.stderr
    assert len([each for each in names(project / "collected") if each.endswith("x.js")]) == 151


def test_links_within_links_without_end_are_a_failure(project, viperctl):
    """A run that left some out would look like one that did not."""
    for number in range(32):
        folder = project / f"assets/app{number}"
        folder.mkdir()
        for other in set(range(32)) - {number}:
            (folder / f"to-{other}").symlink_to(f"../app{other}")
    result = viperctl("collectstatic", cwd=project)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.endswith("it is reached through 31 links; remove links of folders that lead to each other\n")
    assert not (project / "collected").exists()


def test_a_dry_run_lists_what_would_be_done(project, viperctl):
    """On stdout, a line each; nothing is written."""
    result = viperctl("collectstatic", "--dry-run", cwd=project)
    assert result.stdout.splitlines() == [
        f"collect css/site.css from {project}/assets/css/site.css",
        f"collect shop.js from {project}/shop/static/shop.js",
    ]
    assert result.stderr.endswith(f"2 files would be collected into {project}/collected, 0 unchanged\n")
    assert not (project / "collected").exists()


def test_json_says_it_all(project, viperctl):
    """And stdout has nothing else."""
    viperctl("collectstatic", cwd=project)
    (project / "shop/static/shop.js").unlink()
    (project / "assets/n\x1b\udcff.txt").touch()
    result = viperctl("collectstatic", "--json", "--clear", "--no-input", cwd=project)
    told = json.loads(result.stdout)
    assert result.stdout.isascii()
    assert (told["dry_run"], told["static_root"]) == (False, str(project / "collected"))
    assert told["collected"] == {"n\x1b\udcff.txt": f"{project}/assets/n\x1b\udcff.txt"}
    assert (told["unchanged"], told["removed"], told["warnings"]) == (1, ["shop.js"], [])
    assert len(told["conflicts"]) == 1


def test_files_of_others_are_replaced_with_overwrite_alone(project, viperctl, files):
    """Without it one line names them, with exit code 1, also in a dry run."""
    files({"collected/shop.js": "theirs"})
    for words in ([], ["--dry-run"]):
        result = viperctl("collectstatic", *words, cwd=project)
        assert result.returncode == 1
        assert "Error: collectstatic would replace shop.js in STATIC_ROOT=" in result.stderr
    assert names(project / "collected") == ["shop.js"]
    assert viperctl("collectstatic", "--overwrite", cwd=project).returncode == 0
    assert (project / "collected/shop.js").read_text() == "shop()"


def test_names_cannot_command_the_terminal(project, viperctl):
    """Wherever they are shown."""
    (project / "assets/n\x1b[2J\n.txt").touch()
    (project / "shop/static/n\x1b[2J\n.txt").touch()
    result = viperctl("collectstatic", "--dry-run", cwd=project)
    assert "\x1b" not in result.stdout + result.stderr
    assert r"collect n\x1b[2J\n.txt from " in result.stdout


@pytest.mark.parametrize(
    ("args", "variables", "sentence"),
    [
        ([], {"OPENVIPER_STATIC_ROOT": ""}, "Error: STATIC_ROOT is not set"),
        ([], {"OPENVIPER_STATIC_ROOT": "."}, "Error: STATIC_ROOT={project} holds the project"),
        (["--clear", "--no-input"], {"OPENVIPER_STATIC_ROOT": "mysite"}, "holds the project's settings"),
        (["--clear", "--no-input"], {"OPENVIPER_STATIC_ROOT": "viperctl.py/x"}, "cannot be used: Not a directory"),
    ],
)
def test_a_failure_is_one_line(project, viperctl, args, variables, sentence):
    """With exit code 1; nothing is written."""
    (project / "viperctl.py").touch()
    before = names(project)
    result = viperctl("collectstatic", *args, cwd=project, **variables)
    assert (result.returncode, result.stdout) == (1, "")
    errors = [line for line in result.stderr.splitlines() if not line.startswith("Note: ")]
    assert len(errors) == 1
    assert re.search(sentence.format(project=project), errors[0])
    assert names(project) == before


@pytest.fixture
def with_something_to_clear(project, viperctl):
    """The project, where an earlier run had collected what is gone now."""
    viperctl("collectstatic", cwd=project)
    (project / "shop/static/shop.js").unlink()
    return project


@pytest.mark.parametrize(("answer", "code", "is_done"), [(b"n\n", 1, False), (b"y\n", 0, True), (b"\x04", 1, False)])
def test_clear_asks_on_a_terminal(with_something_to_clear, viperctl, answer, code, is_done):
    """No, and the end of the input, change nothing."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, answer)
        result = viperctl("collectstatic", "--clear", cwd=with_something_to_clear, stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert (result.returncode, result.stdout) == (code, "")
    assert "Go on? [y/N]" in result.stderr
    assert (with_something_to_clear / "collected/shop.js").exists() is not is_done


def test_clear_removes_nothing_where_nobody_can_be_asked(with_something_to_clear, viperctl):
    """One line names the option that answers; where nothing would be removed there is no question."""
    result = viperctl("collectstatic", "--clear", cwd=with_something_to_clear)
    assert (result.returncode, result.stdout) == (1, "")
    assert "Error: --clear asks before it removes files, here 1, and there is no terminal" in result.stderr
    assert result.stderr.endswith("; add --no-input\n")
    assert (with_something_to_clear / "collected/shop.js").exists()
    assert viperctl("collectstatic", "--clear", "--no-input", cwd=with_something_to_clear).returncode == 0
    assert viperctl("collectstatic", "--clear", cwd=with_something_to_clear).returncode == 0


def test_a_second_run_at_the_same_time_is_refused(project, viperctl):
    """It says so, and changes nothing."""
    viperctl("collectstatic", cwd=project)
    (project / "assets/new.txt").touch()
    descriptor = os.open(project / "collected", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        result = viperctl("collectstatic", cwd=project)
    finally:
        os.close(descriptor)
    assert result.returncode == 1
    assert "another collectstatic is at work in" in result.stderr
    assert not (project / "collected/new.txt").exists()


def test_a_full_disk_leaves_all_as_it_was(project, viperctl):
    """The file that did not fit is named; nothing half-written stays."""
    viperctl("collectstatic", cwd=project)
    (project / "assets/css/site.css").write_text("new")
    (project / "assets/zzz").write_bytes(b"x" * 300_000)
    (project / "shop/static/shop.js").unlink()
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    result = viperctl("collectstatic", "--clear", "--no-input", cwd=project, prepare=limit)
    assert result.returncode == 1
    assert f"Error: {project}/collected/zzz cannot be written: File too large" in result.stderr
    assert names(project / "collected") == [".collectstatic", "css/site.css", "shop.js"]
    assert (project / "collected/css/site.css").read_text() == "body {}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_temporary_file(project, number):
    """The exit code says which it was, without a traceback, and all is as it was."""
    (project / "collected").mkdir()
    with (project / "assets/big").open("wb") as file:
        file.truncate(4 << 30)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER", "COV_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "openviper.cli", "viperctl", "collectstatic"],
        cwd=project,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not names(project / "collected") and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(number)
    _, shown = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in shown
    assert list((project / "collected").iterdir()) == []


@pytest.mark.parametrize("words", [[], ["--clear", "--no-input"]])
def test_a_dry_run_lists_all_that_is_written(project, viperctl, words):
    """The names with a hash too, and their manifest; the run itself says the same as JSON, and the folder has it."""
    static = {"OPENVIPER_STATIC_HASHED": "1"}
    viperctl("collectstatic", cwd=project)
    for content in ("shop(1)", "shop(2)"):
        (project / "shop/static/shop.js").write_text(content)
        told = viperctl("collectstatic", *words, "--dry-run", cwd=project, **static).stdout.splitlines()
        before = {name: (project / "collected" / name).stat().st_ino for name in names(project / "collected")}
        done = json.loads(viperctl("collectstatic", *words, "--json", cwd=project, **static).stdout)
        collected = [f"collect {name} from {project}/shop/static/shop.js" for name in done["written"] if "shop" in name]
        assert [line for line in told if "shop" in line and line.startswith("collect")] == collected
        assert "write staticfiles.json" in told
        assert [line for line in told if line.startswith("remove")] == [f"remove {name}" for name in done["removed"]]
        there = {name: (project / "collected" / name).stat().st_ino for name in names(project / "collected")}
        new = {name for name, inode in there.items() if before.get(name) != inode} - {".collectstatic"}
        assert new == set(done["written"]) == {line.split()[1] for line in told if not line.startswith("remove")}
