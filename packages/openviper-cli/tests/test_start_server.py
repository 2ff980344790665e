"""``viperctl start-server``."""

from __future__ import annotations

import signal

import pytest


@pytest.mark.parametrize("target", [[], ["."]])
def test_the_projects_application_is_served(served, project, target):
    """Found by itself; the banner names project, settings and apps."""
    with served("viperctl", "start-server", *target, "--port", "0", "--no-reload") as server:
        assert server.get() == "one"
        lines = server.output.splitlines()
        assert lines[0] == f"Serving mysite on http://127.0.0.1:{server.port} (Ctrl-C stops)"
        assert lines[1] == "Settings mysite.settings; no apps"
        assert server.end() == 0
        assert "SHUTDOWN HOOK" in server.output


def test_an_application_can_be_named(served, project, files):
    """Module path, with or without an attribute."""
    path = project / "mysite/app.py"
    path.rename(path.with_name("web.py"))
    with served("viperctl", "start-server", "mysite.web:app", "--port=0", "--no-reload") as server:
        assert server.get() == "one"
        assert server.end() == 0


def test_the_root_layout_is_served(served, files, project):
    """``settings.py`` and ``app.py`` side by side."""
    for name in ("settings.py", "app.py"):
        (project / "mysite" / name).rename(project / name)
    (project / "pyproject.toml").unlink()
    with served("viperctl", "start-server", "--port=0", "--no-reload") as server:
        assert server.get() == "one"
        assert f"Serving {project.name} on http://" in server.output
        assert f"Settings settings; apps {project.name} (this folder)\n" in server.output
        assert server.end() == 0


@pytest.mark.parametrize("how", [["--no-reload"], ["--workers=2"]])
@pytest.mark.parametrize("target", ["site_app", "site_app.py"])
def test_without_a_project_an_application_of_this_folder_can_be_named(served, application, how, target):
    """As the error for a missing project says."""
    with served("viperctl", "start-server", target, "--port=0", *how) as server:
        server.wait_for("READY", 2 if "2" in how[0] else 1)
        assert server.get() == "one"
        assert server.end() == 0


def test_a_distribution_that_is_missing_is_named(served, files, without):
    """A clone of a project may find itself without it."""
    files({"site_app.py": "from openviper.routing import Router\n"})
    command = without("openviper.routing")
    with served("viperctl", "start-server", "site_app", "--port=0", "--no-reload", command=command) as server:
        assert server.wait() == 3
        line = server.output.splitlines()[-1]
        assert line.startswith(
            "Error: site_app:app cannot be imported: openviper.routing comes with openviper-http: pip"
        )


def test_workers_are_in_the_project_too(served, project):
    """Child processes find the same settings and modules, in a src layout as well."""
    (project / "src").mkdir()
    (project / "mysite").rename(project / "src/mysite")
    with served("viperctl", "start-server", "--port=0", "--workers", "2") as server:
        server.wait_for("READY", 2)
        assert server.get() == "one"
        assert server.end(signal.SIGINT, group=True) == 0


def test_a_change_in_the_projects_own_folder_reloads(served, project):
    """Also where the command was called deeper in it."""
    with served("viperctl", "start-server", "--port=0", cwd=project / "mysite") as server:
        assert server.get() == "one"
        assert f"Reloading on changes in {project}\n" in server.output
        (project / "mysite/settings.py").write_text(
            "from openviper.conf import BaseSettings\nclass S(BaseSettings): pass\n"
        )
        server.wait_for("Reloading: mysite/settings.py")
        server.wait_for("READY", 2)
        assert server.end() == 0


@pytest.mark.parametrize(
    ("remove", "part"),
    [
        (["mysite/app.py"], "none of mysite/app.py, mysite/asgi.py, app.py, asgi.py; name the application"),
        (["mysite/app.py", "mysite/settings.py", "pyproject.toml"], "there is no project here"),
    ],
)
def test_without_an_application_it_says_where_it_looked(openviper, project, remove, part):
    """One sentence, exit code 1."""
    for name in remove:
        (project / name).unlink()
    result = openviper("viperctl", "start-server", "--port=0")
    assert result.returncode == 1
    assert part in result.stderr
    assert result.stderr.count("\n") == 1


def test_settings_that_cannot_be_used_stop_it_before_it_starts(openviper, project):
    """One line for each problem."""
    result = openviper("viperctl", "start-server", "--port=0", OPENVIPER_DEBUG="maybe")
    assert result.returncode == 1
    assert "OPENVIPER_DEBUG='maybe'" in result.stderr
    assert "Traceback" not in result.stderr
