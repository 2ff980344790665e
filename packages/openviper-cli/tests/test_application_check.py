"""``viperctl check`` of the application: what start-server would load is loaded, and not started."""

from __future__ import annotations

import json

import pytest
from small_programs import SETTINGS

ID = "openviper.cli.application"


@pytest.fixture
def check(openviper):
    """Run ``viperctl check --json``; return what was found, without warnings of settings that production needs."""

    def run(**extra):
        result = openviper("viperctl", "check", "--json", **extra)
        found = [each for each in json.loads(result.stdout) if each["severity"] == "ERROR"]
        assert result.returncode == (1 if found else 0)
        assert "Traceback" not in result.stderr
        return found

    return run


def test_a_handler_that_does_not_fit_its_path_is_found(check, site):
    """With the line of the project, not that of the library which noticed it."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    application = (
        "from openviper.app import OpenViper\napp = OpenViper()\n@app.get('/{slug}')\nasync def show(slog): ..."
    )
    root = site({"mysite/app.py": application}, apps=())
    (found,) = check()
    assert found["id"] == ID
    assert found["message"].startswith("mysite.app:app cannot be imported: ValueError: handler mysite.app:show takes ")
    assert found["hint"] == f"raised at {root / 'mysite/app.py'}:3"


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("1 / 0", "mysite.app:app cannot be imported: ZeroDivisionError: division by zero", "raised at {file}:1"),
        (
            "def (",
            "mysite.app:app cannot be imported: SyntaxError: invalid syntax (app.py, line 1)",
            "raised at {file}:1",
        ),
        ("raise OSError('a\\nb')", "mysite.app:app cannot be imported: OSError: a", "raised at {file}:1"),
        ("exec('raise OSError')", "mysite.app:app cannot be imported: OSError", "raised at {file}:1"),
        (
            "import sys; sys.exit(0)",
            "mysite.app:app called sys.exit(0) ({file}:1); expected an exception where something is wrong",
            None,
        ),
        ("raise GeneratorExit", "mysite.app:app raised GeneratorExit ({file}:1); expected an Exception", None),
        (
            "def ap(scope): pass",
            "'mysite.app:app' is not an application: mysite.app has no 'app'; did you mean 'ap'?",
            None,
        ),
        ("app = 5", "'mysite.app:app' is no ASGI application: it is int, not callable", None),
    ],
)
def test_an_application_that_cannot_be_served_is_an_error(check, site, source, message, hint):
    """In a sentence, with the failing line; what would end the command is not obeyed."""
    file = site({"mysite/app.py": source}, apps=()) / "mysite/app.py"
    expected = {"message": message.format(file=file), "hint": hint and hint.format(file=file)}
    assert check() == [{"id": ID, "severity": "ERROR", **expected}]


def test_a_distribution_that_is_not_installed_is_named(check, site, without):
    """With the line that wants it."""
    root = site({"mysite/app.py": "\nfrom openviper.app import OpenViper\n"}, apps=())
    (found,) = check(command=without("openviper.app"))
    assert found["hint"] == (
        f"raised at {root / 'mysite/app.py'}:2; openviper.app comes with openviper-http: pip install openviper-http"
    )


@pytest.mark.parametrize(
    "contents",
    [
        {"mysite/shop/__init__.py": "1 / 0"},
        {"mysite/shop/__init__.py": "import sys; sys.exit(0)"},
        {"mysite/shop/__init__.py": "def ("},
        {"mysite/shop/__init__.py": "import json\njson.loads('')"},
        # The second import would fail in another line.
        {"mysite/shop/__init__.py": "import sys\nif 'met' in sys.__dict__:\n    1 / 0\nsys.met = 1\nint('x')"},
        {"mysite/shop/__init__.py": "", "mysite/shop/checks.py": "from mysite import app"},
        {
            "mysite/shop/__init__.py": "",
            "mysite/shop/checks.py": "from mysite import broken",
            "mysite/broken.py": "1 / 0",
        },
        {
            "mysite/shop/__init__.py": "",
            "mysite/shop/management/commands/act.py": "def (",
            "mysite/app.py": "import mysite.shop.management.commands.act",
        },
    ],
)
def test_what_breaks_an_app_and_the_application_is_told_once(check, site, contents):
    """It is one mistake."""
    site({"mysite/app.py": "import mysite.shop\nfrom mysite import broken"} | contents, apps=("mysite.shop",))
    assert len(check()) == 1


def test_middleware_that_breaks_the_application_too_is_told_once(check, site):
    """By the check of MIDDLEWARE."""
    settings = SETTINGS.format(apps=()) + "    MIDDLEWARE = ('mysite.guard.Guard',)\n"
    site({"mysite/app.py": "import mysite.guard", "mysite/guard.py": "1 / 0", "mysite/settings.py": settings})
    (found,) = check()
    assert found["id"] == "openviper.core.middleware"


def test_two_mistakes_are_two(check, site):
    """One in an app, another in the application."""
    site({"mysite/shop/__init__.py": "1 / 0", "mysite/app.py": "int('x')"}, apps=("mysite.shop",))
    assert [each["id"] for each in check()] == ["openviper.core.installed_apps", ID]


def test_a_project_that_serves_nothing_has_no_problem(openviper, files):
    """There need not be an application."""
    files({"mysite/settings.py": SETTINGS.format(apps=())})
    assert openviper("viperctl", "check", "--json").stdout.count(ID) == 0


def test_without_a_project_nothing_is_loaded(openviper, files):
    """Whatever app.py is in the folder: it may be a script."""
    files({"app.py": "1 / 0"})
    assert openviper("viperctl", "check").returncode == 0


def test_settings_that_cannot_be_used_are_told_alone(check, site):
    """The application reads them too."""
    site({"mysite/app.py": "1 / 0", "mysite/settings.py": "int('x')"})
    (found,) = check()
    assert found["id"] == "openviper.core.settings"


def test_nothing_is_started_and_what_is_printed_is_no_result(openviper, site):
    """The application is imported; its hooks do not run."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    application = (
        "from openviper.app import OpenViper\nprint('IMPORTED')\napp = OpenViper()\napp.on_startup(lambda: 1 / 0)"
    )
    site({"mysite/app.py": application, "mysite/__init__.py": "def ready(): 1 / 0"}, apps=("mysite",))
    result = openviper("viperctl", "check")
    assert (result.returncode, "IMPORTED" in result.stdout) == (0, False)
    assert result.stderr.startswith("IMPORTED\n")


def test_the_root_layout_and_viperctl_py_have_the_same_application(openviper, files):
    """As start-server finds it, from any folder."""
    script = "from openviper.core.flexible_adapter import FlexibleAdapter\nfrom pathlib import Path\n"
    run = "raise SystemExit(FlexibleAdapter(directory=Path(__file__).parent).run())"
    root = files(
        {"site/settings.py": SETTINGS.format(apps=()), "site/asgi.py": "1 / 0", "site/viperctl.py": script + run}
    )
    for command, cwd in ((("viperctl.py",), root / "site"), ((str(root / "site/viperctl.py"),), root)):
        result = openviper("check", command=command, cwd=cwd)
        assert result.returncode == 1
        assert f"raised at {root / 'site/asgi.py'}:1\n" in result.stdout
