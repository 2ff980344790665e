"""What ``viperctl preview-email`` prints and writes, and where."""

from __future__ import annotations

import email
import email.policy
import os

import pytest
from command_runs import openviper
from preview_app import PREVIEWS, TEMPLATES, run

from openviper.conf import override_settings


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--text", "# Welcome, Ada\n\n[Confirm](https://example.org/confirm)"),
        ("--html", "<!DOCTYPE html>\n<html>"),
    ],
)
def test_one_part_alone_is_printed_as_it_is(app, option, expected):
    """For another program to read."""
    result = run("welcome.md", option)
    assert result.stdout.startswith(expected)
    assert "Subject" not in result.stdout


def test_html_of_a_template_without_it_is_an_error(app):
    """Nothing is printed."""
    result = run("notice.txt", "--html")
    assert "'notice.txt' makes no html" in str(result.exception)
    assert result.stdout == ""


def test_raw_is_the_whole_message(app):
    """As a server would get it: CRLF, MIME, encoded."""
    result = run("receipt of a gift", "--raw")
    message = email.message_from_bytes(result.stdout_bytes, policy=email.policy.default)
    assert result.stdout_bytes.count(b"\r\n") == result.stdout_bytes.count(b"\n")
    assert message["Subject"] == "Your receipt"
    assert "For Zoë" in message.get_body(("html",)).get_content()


def test_raw_is_signed_as_the_settings_say(app):
    """What is looked at is what would be sent."""
    with override_settings(EMAIL_SIGN=f"{__name__}.sign"):
        result = run("welcome.md", "--raw")
    assert result.stdout_bytes.startswith(b"X-Signed: yes\r\n")


def sign(message):
    return [("X-Signed", "yes")]


@pytest.mark.parametrize(("option", "begins"), [([], b"From: "), (["--raw"], b"From: "), (["--html"], b"<!DOCTYPE")])
def test_output_goes_to_a_file(app, tmp_path, option, begins):
    """The whole message, or the part that was asked for; how much it was is on stderr."""
    path = tmp_path / "welcome.eml"
    result = run("welcome.md", *option, "--output", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert path.read_bytes().startswith(begins)
    assert f"{path.stat().st_size:,} bytes were written to {path}\n" == result.stderr


def test_a_file_that_is_there_is_overwritten_by_force_alone(app, tmp_path):
    """Nothing else than the option says that it may go."""
    path = tmp_path / "welcome.eml"
    path.write_text("mine")
    result = run("welcome.md", "--output", str(path))
    assert (result.exit_code, result.stdout, path.read_text()) == (1, "", "mine")
    assert result.stderr == f"Error: '{path}' is there already; --force overwrites it\n"
    assert run("welcome.md", "--output", str(path), "--force").exit_code == 0
    assert path.read_bytes().startswith(b"From: ")


def test_what_is_no_file_is_written_to_without_force(app):
    """Nothing in it is lost."""
    assert run("welcome.md", "--output", os.devnull).exit_code == 0


@pytest.mark.parametrize("options", [["--text", "--html"], ["--html", "--raw"], ["--raw", "--text", "--html"]])
def test_two_parts_at_once_are_wrong_usage(app, options):
    """One would be printed, and the other lost."""
    result = run("welcome.md", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "were given; expected one of them" in result.stderr


def test_a_file_that_cannot_be_written_is_one_line(app, tmp_path):
    """Which one, and why."""
    result = run("welcome.md", "--output", str(tmp_path / "nowhere" / "x.eml"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: '{tmp_path}/nowhere/x.eml' cannot be written: No such file")


def test_a_file_is_left_alone_where_rendering_fails(app, tmp_path):
    """What was there stays."""
    path = tmp_path / "old.eml"
    path.write_text("old")
    assert run("typo.md", "--output", str(path)).exit_code == 1
    assert path.read_text() == "old"


def test_what_a_terminal_would_obey_is_shown_as_an_escape(app):
    """A template, and a value in it, may have anything."""
    result = run("escape.txt", "--context", '{"name": "\\u001b[2J\\u202e"}')
    assert result.exit_code == 0
    assert set("\x1b\x07\u202e").isdisjoint(result.stdout)
    assert r"\x1b]0;owned\x07\x1b[2J\u202e" in result.stdout


def test_a_process_shows_a_preview_of_the_project(tmp_path):
    """As a user types it: in a project's folder, with a dot or without."""
    site = tmp_path / "mysite"
    (site / "templates").mkdir(parents=True)
    (site / "__init__.py").write_text("")
    (site / "settings.py").write_text(
        "from openviper.conf import BaseSettings\n\n\n"
        "class Settings(BaseSettings):\n    INSTALLED_APPS: tuple[str, ...] = ('mysite',)\n"
    )
    (site / "mail_previews.py").write_text(PREVIEWS)
    for template, source in TEMPLATES.items():
        (site / "templates" / template).write_text(source)
    for dot in ([], ["."]):
        result = openviper("preview-email", *dot, "receipt of a gift", cwd=tmp_path, PYTHONIOENCODING="utf-8")
        assert result.returncode == 0, result.stderr
        assert "For Zoë" in result.stdout
        assert "\x1b" not in result.stdout
    failed = openviper("preview-email", "typo.md", cwd=tmp_path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: template 'typo.md', line 1: 'name' is undefined")
    assert len(failed.stderr.splitlines()) == 1
