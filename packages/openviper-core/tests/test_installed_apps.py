"""What a lifespan finds in the installed apps, and what it says of those that are no good."""

from __future__ import annotations

import logging

import pytest

from openviper.conf import override_settings
from openviper.core.errors import ImproperlyConfigured, LifespanError
from openviper.core.lifespan import Lifespan


async def run(*apps):
    async with Lifespan(apps) as engine:
        return [app.name for app in engine.apps]


@pytest.mark.parametrize(
    ("where", "package", "apps", "lines"),
    [
        ("the package", "def ready(): lines.append('package')", None, ["package"]),
        ("async", "async def ready(): lines.append('package')", None, ["package"]),
        ("its apps module", "", "def ready(): lines.append('apps')", ["apps"]),
        ("both: the package wins", "def ready(): lines.append('package')", "ready = lambda: 1 / 0", ["package"]),
        (
            "a callable object",
            "import functools\nready = functools.partial(lines.append, 'partial')",
            None,
            ["partial"],
        ),
        ("a function with defaults", "def ready(x=1, *args, **kw): lines.append('default')", None, ["default"]),
        ("a builtin without a signature", "ready = dict.fromkeys.__self__", None, []),
        ("neither", "", None, []),
    ],
)
async def test_ready_is_found(project, where, package, apps, lines):
    """ready() is called wherever an app may keep it, once."""
    project.app("plugin", package, apps)
    assert await run("plugin") == ["plugin"], where
    assert project.lines == lines, where


@pytest.mark.parametrize(
    ("where", "package", "apps", "lines"),
    [
        (
            "beside ready in apps",
            "def shutdown(): lines.append('p')",
            "def ready(): 0\ndef shutdown(): lines.append('a')",
            "a",
        ),
        ("only on the package", "def shutdown(): lines.append('p')", "def ready(): 0", "p"),
        ("only in apps", "def ready(): 0", "def shutdown(): lines.append('a')", "a"),
        ("without any ready", "def shutdown(): lines.append('p')", "def shutdown(): lines.append('a')", "p"),
    ],
)
async def test_shutdown_is_looked_for_beside_ready_first(project, where, package, apps, lines):
    """shutdown() is taken from where ready() is, else from the other place."""
    project.app("plugin", package, apps)
    await run("plugin")
    assert project.lines == [lines], where


async def test_a_submodule_named_like_a_hook_is_not_the_hook(project):
    """myplugin/ready.py, imported by its package, does not hide the ready() of myplugin/apps.py."""
    project.write("plugin/ready.py")
    project.app("plugin", "from plugin import ready", "def ready(): lines.append('ready')")
    await run("plugin")
    assert project.lines == ["ready"]


async def test_a_flat_module_is_an_app(project):
    """An app may be a single module; it is not asked for an apps module."""
    project.write("flat.py", "def ready(): lines.append('flat')")
    assert await run("flat") == ["flat"]
    assert project.lines == ["flat"]


async def test_a_missing_app_is_named_and_skipped(project, caplog):
    """A misspelt app costs a warning that corrects it, and the others start."""
    project.recorder("myplugin")
    assert await run("openviper.auth", "mypluggin", "no-name", "myplugin.nothing", "myplugin") == ["myplugin"]
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [
        "installed app 'openviper.auth' (INSTALLED_APPS[0]) was not found and is skipped; "
        "it comes with openviper-auth, not released yet",
        "installed app 'mypluggin' (INSTALLED_APPS[1]) was not found and is skipped; did you mean 'myplugin'?",
        "installed app 'no-name' (INSTALLED_APPS[2]) was not found and is skipped",
        "installed app 'myplugin.nothing' (INSTALLED_APPS[3]) was not found and is skipped",
    ]


@pytest.mark.parametrize(
    ("reason", "source", "cause", "line"),
    [
        ("another module is missing", "import not_installed_anywhere", ModuleNotFoundError, "plugin/__init__.py:2"),
        ("a missing module of its own", "import plugin.nothing", ModuleNotFoundError, "plugin/__init__.py:2"),
        ("a name is missing", "from json import nothing_like_it", ImportError, "plugin/__init__.py:2"),
        ("a syntax error", "\ndef ready(:", SyntaxError, "plugin/__init__.py:3"),
        ("its own code raises", "\n\n1 / 0", ZeroDivisionError, "plugin/__init__.py:4"),
        ("a cycle", "from plugin.views import index\nname = 1", ImportError, "plugin/views.py:2"),
        ("a library below it raises", "import json\njson.loads('')", ValueError, "plugin/__init__.py:3"),
    ],
)
async def test_an_app_that_fails_at_import_is_not_a_missing_one(project, caplog, reason, source, cause, line):
    """What an app raises while it is imported fails the start-up, chained, with the app, its index and the line."""
    project.recorder("first")
    project.app("plugin", source)
    project.write("plugin/views.py", "from plugin import name")
    with pytest.raises(LifespanError, match=r"installed app 'plugin' \(INSTALLED_APPS\[1\]\) failed while") as failure:
        await run("first", "plugin")
    assert isinstance(failure.value.__cause__, cause), reason
    assert failure.value.__notes__ == [f"installed app 'plugin', INSTALLED_APPS[1], {project.root / line}"]
    assert "not found" not in caplog.text
    assert project.lines == [], "an app was started although another cannot be imported"


@pytest.mark.parametrize("interrupt", ["sys.exit('no key')", "raise KeyboardInterrupt"])
async def test_an_interrupt_at_import_passes_through_and_says_where(project, interrupt):
    """What is no Exception is raised as it is, with the app, its index and the line in a note."""
    project.recorder("first")
    project.app("plugin", f"import sys\n{interrupt}")
    with pytest.raises((SystemExit, KeyboardInterrupt)) as failure:
        await run("first", "plugin")
    place = project.root / "plugin" / "__init__.py"
    assert failure.value.__notes__ == [f"installed app 'plugin', INSTALLED_APPS[1], {place}:3"]


async def test_a_broken_parent_or_apps_module_is_a_failure_too(project):
    """The parent package and the apps module are imported with the app; an error in them is no missing app."""
    project.app("site_of_test", "import not_installed_anywhere")
    project.app("site_of_test.blog")
    with pytest.raises(LifespanError, match=r"'site_of_test.blog' .* No module named 'not_installed_anywhere'"):
        await run("site_of_test.blog")
    project.app("plugin", "", "raise KeyError('apps')")
    with pytest.raises(LifespanError, match=r"'plugin' .* KeyError: 'apps'"):
        await run("plugin")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("ready = 'yes'", r"ready of installed app 'plugin' is not callable \(str\); expected plugin.ready to be"),
        ("ready = False", r"ready of installed app 'plugin' is not callable \(bool\)"),
        ("def ready(app): ...", "ready of installed app 'plugin' cannot be called without arguments: .*'app'"),
        ("async def ready(*, app): ...", "ready of installed app 'plugin' cannot be called without .*'app'"),
        ("class C:\n    def ready(self): ...\nready = C.ready", "cannot be called without arguments: .*'self'"),
        ("shutdown = 3", r"shutdown of installed app 'plugin' is not callable \(int\)"),
        ("def shutdown(x, y): ...", "shutdown of installed app 'plugin' cannot be called without arguments"),
        ("def ready():\n    yield", "ready of installed app 'plugin' has a yield: "),
        ("async def shutdown():\n    yield", "shutdown of installed app 'plugin' has a yield: "),
    ],
)
async def test_a_hook_that_cannot_be_called_is_refused_before_any_runs(project, source, sentence):
    """A hook that is no function without parameters is an error that says so and where, and no app is started."""
    project.recorder("first")
    project.app("plugin", source)
    with pytest.raises(LifespanError, match=sentence) as failure:
        await run("first", "plugin")
    assert project.lines == []
    place = f"{project.root / 'plugin' / '__init__.py'}:{4 if 'class' in source else 2}"
    assert failure.value.__notes__ == [f"installed app 'plugin', INSTALLED_APPS[1], {place}"]


@pytest.mark.parametrize(
    ("apps", "line"),
    [
        ("\nif True:\n    ready = 1", 3),
        ("ready = None\nimport json as ready\nready: int = 1", 4),
        ("from plugin.other import ready", 2),
    ],
)
async def test_the_line_of_a_hook_is_the_last_that_binds_it(project, apps, line):
    """Also in a branch, by an import, or by an annotated assignment."""
    project.app("plugin", "", apps)
    project.write("plugin/other.py", "ready = 1")
    with pytest.raises(LifespanError, match=r"expected plugin\.apps\.ready to be") as failure:
        await run("plugin")
    assert failure.value.__notes__[0].endswith(f"{project.root / 'plugin' / 'apps.py'}:{line}")


async def test_a_hook_that_makes_a_generator_is_an_error(project):
    """It would never run; where only a call shows it, the call is an error."""
    project.app("plugin", "ready = lambda: (each for each in ())")
    with pytest.raises(LifespanError, match=r"ready\(\) of installed app 'plugin' has a yield"):
        await run("plugin")


@pytest.mark.parametrize(
    ("apps", "sentence"),
    [
        ("myplugin", r"INSTALLED_APPS='myplugin' is one string; expected a tuple of names: \('myplugin',\)"),
        (("a", None, ""), r"INSTALLED_APPS\[1\]=None is no module name(.|\n)*INSTALLED_APPS\[2\]='' is no module name"),
        (
            ("json", "csv", "json", "json"),
            r"^INSTALLED_APPS\[2\]='json' stands at 0 already; .*\nINSTALLED_APPS\[3\]='json' stands at 0 already",
        ),
        (([],), r"INSTALLED_APPS\[0\]=\[\] is no module name"),
    ],
)
async def test_a_list_that_is_none_is_refused(apps, sentence):
    """What cannot be INSTALLED_APPS is refused with its index, all problems at once, before anything is started."""
    with pytest.raises(ImproperlyConfigured, match=sentence):
        Lifespan(apps)
    with override_settings(INSTALLED_APPS=()):
        assert await run() == []
