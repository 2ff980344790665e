"""``viperctl routes``, as it is typed."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest


def test_the_routes_of_the_project_are_a_table(project, viperctl):
    """On stdout; what the application prints while it is imported is not. It is not started."""
    result = viperctl("routes", cwd=project)
    assert result.returncode == 0, result.stderr
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["METHODS", "PATH", "NAME", "HANDLER", "MARKS"],
        ["GET", "/books/{book:int}", "book", "mysite.app:show"],
        ["GET", "/books/{name}", "by_name", "mysite.app:by_name"],
        ["POST", "/hook", "hook", "mysite.app:hook", "csrf_exempt,", "max_body_bytes", "100"],
        ["WEBSOCKET", "/live", "live", "mysite.app:live"],
        ["MOUNT", "/shop", "shop", "openviper.app._application:OpenViper"],
        ["GET", "/shop/carts/{cart:uuid}", "shop:cart", "mysite.app:cart"],
    ]
    assert result.stderr == "imported\n"


def test_json_is_a_list(project, viperctl):
    """With nested ones for mounts."""
    result = viperctl("routes", "--json", "cart", cwd=project)
    (mount,) = json.loads(result.stdout)
    assert (mount["path"], [each["path"] for each in mount["routes"]]) == ("/shop", ["/shop/carts/{cart:uuid}"])


@pytest.mark.parametrize(("args", "shown"), [([], ""), (["--json"], "[]\n")])
def test_a_pattern_that_nothing_is_like_lists_nothing(project, viperctl, args, shown):
    """And says so on stderr."""
    result = viperctl("routes", "n\x1bx", *args, cwd=project)
    assert (result.returncode, result.stdout) == (0, shown)
    assert r"no route of mysite.app:app is like" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("path", ["mysite/app/__init__.py", "mysite/asgi/__init__.py"])
def test_the_project_s_application_is_what_start_server_serves(project, files, viperctl, path):
    """A package too."""
    source = (project / "mysite/app.py").read_text()
    (project / "mysite/app.py").unlink()
    files({path: source})
    result = viperctl("routes", "hook", cwd=project)
    assert result.returncode == 0, result.stderr
    assert "/hook" in result.stdout


@pytest.mark.parametrize("file", ["{project}/mysite/app.py", "../{project.name}/mysite/app.py", "mysite/app.py"])
@pytest.mark.parametrize("current", [".", "shop"])
def test_a_file_is_named_as_for_start_server(project, viperctl, file, current):
    """Absolute, by way of the folder above, or from the project's folder."""
    up = "../" if current != "." and file.startswith("..") else ""
    result = viperctl("routes", "hook", "--app", up + file.format(project=project), cwd=project / current)
    assert result.returncode == 0, result.stderr
    assert "/hook" in result.stdout


@pytest.mark.parametrize("app", ["mysite.app:shop", "other", "other.py"])
def test_another_application_can_be_named(project, files, viperctl, app):
    """By module, by module and attribute, by file."""
    files({"other.py": "from mysite.app import shop as app"})
    result = viperctl("routes", "--app", app, cwd=project)
    assert "/carts/{cart:uuid}" in result.stdout
    assert "/books" not in result.stdout


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def app(scope, receive, send): ...", "mysite.app:app is mysite.app:app, no openviper.app.OpenViper"),
        ("ap = 1", "mysite.app:app is no application: mysite.app has no 'app'; did you mean 'ap'?"),
        ("import sys; sys.exit(0)", "importing mysite.app raised SystemExit: 0; --traceback shows where"),
        ("raise RuntimeError('two\\nlines\\x1b')", r"raised RuntimeError: two\nlines\x1b; --traceback"),
        ("def", "importing mysite.app raised SyntaxError: "),
        ("from openviper.app import OpenViper as O; app = O(); app.add_route('x', print)", "does not start with '/'"),
        (
            "from openviper.app import OpenViper as O; app = O()\n"
            "def f(): ...\napp.add_route('/x', f); app.add_route('/x', f)",
            "GET /x is registered twice",
        ),
    ],
)
def test_what_is_no_application_is_one_sentence(project, files, viperctl, source, sentence):
    """With exit code 1, whatever the module does."""
    files({"mysite/app.py": source})
    result = viperctl("routes", cwd=project)
    assert (result.returncode, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_traceback_is_there_for_who_asks(project, files, viperctl):
    """With the line that raised."""
    files({"mysite/app.py": "\n\nraise RuntimeError('no')"})
    result = viperctl("routes", "--traceback", cwd=project)
    assert result.returncode == 1
    assert 'mysite/app.py", line 3' in result.stderr


@pytest.mark.parametrize(("app", "sentence"), [("a-b", "is not an application"), ("nowhere", "there is no module")])
def test_a_name_that_is_none_is_wrong_usage(project, viperctl, app, sentence):
    """Exit code 2."""
    result = viperctl("routes", "--app", app, cwd=project)
    assert result.returncode == 2
    assert sentence in result.stderr


def test_a_project_without_application_is_told_where_it_would_stand(project, viperctl):
    """And so is a folder without a project."""
    (project / "mysite/app.py").unlink()
    result = viperctl("routes", cwd=project)
    assert result.returncode == 1
    assert (
        "holds none of mysite/app.py, mysite/asgi.py, app.py, asgi.py; name the application: --app mysite.app"
        in result.stderr
    )
    (project / "pyproject.toml").unlink()
    (project / "mysite/settings.py").unlink()
    assert "there is no project here" in viperctl("routes", cwd=project).stderr


@pytest.mark.parametrize("columns", [1, 20, 60, 200])
def test_a_narrow_terminal_gets_blocks(project, columns):
    """Every route is there, on a terminal of any width."""
    screen, terminal = pty.openpty()
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER", "COLUMNS"))
        }
        result = subprocess.run(
            [sys.executable, "-m", "openviper.cli", "viperctl", "routes"],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        shown = os.read(screen, 65_536).decode().replace("\r\n", "\n")
    finally:
        os.close(screen)
        os.close(terminal)
    assert result.returncode == 0
    assert ("METHODS" in shown) is (columns == 200)
    assert "GET /books/{name}\n  by_name\n  mysite.app:by_name\n" in shown or columns == 200
