"""``openviper run``."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "target", ["app", "app.py", "app:app", "./app.py", "package.module:holder.app", "package/module.py:app"]
)
def test_every_way_of_naming_an_application_serves_it(served, application, files, target):
    """The current directory is importable."""
    source = (application / "site_app.py").read_text()
    nested = source + "class holder: app = staticmethod(app)\n"
    files({"app.py": source, "package/__init__.py": "", "package/module.py": nested})
    with served("run", target, "--no-reload", "--port", "0") as server:
        assert server.get() == "one"
        assert server.end() == 0


def test_the_banner_says_what_where_and_how(served, application):
    """Three things to know, in two lines."""
    with served("run", "site_app", "-p0") as server:
        server.wait_for("READY")
        assert f"Serving site_app:app on http://127.0.0.1:{server.port} (Ctrl-C stops)\n" in server.output
        assert f"Reloading on changes in {application}\n" in server.output
        assert server.end() == 0


def test_another_host_can_be_served(served, application):
    """IPv6 too, in brackets as a browser wants it."""
    with served("run", "site_app", "-h", "::1", "-p", "0", "--no-reload") as server:
        assert server.get(host="::1") == "one"
        assert f"http://[::1]:{server.port} " in server.output
        assert server.end() == 0


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (
            ["no_such_module"],
            1,
            "Error: 'no_such_module' is not an application: there is no module 'no_such_module' here",
        ),
        (["a-b"], 1, "Error: 'a-b' is not an application"),
        ([], 2, "Missing argument 'TARGET'"),
        (["site_app", "--port", "70000"], 2, "70000 is not in the range"),
        (["site_app", "--workers", "0"], 2, "0 is not in the range"),
        (["site_app", "--host", "no-such-host.invalid"], 1, "--host no-such-host.invalid cannot be resolved"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(openviper, application, args, code, part):
    """And nothing is started."""
    result = openviper("run", *args)
    assert result.returncode == code
    assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_no_project_is_needed(served, application, files):
    """Nor does it matter that there are two."""
    files({f"{name}/settings.py": "Settings = 1" for name in ("a", "b")})
    with served("run", "site_app", "-p0", "--no-reload") as server:
        assert server.get() == "one"
        assert server.end() == 0
