"""What the tests of the command line share: a clean environment, real processes, small projects."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from processes import environment  # noqa: E402 - found by the line above
from served import Served  # noqa: E402 - as above
from small_programs import ACTING, ACTING_MANIFEST, APPLICATION, FAILING, INSTALLED, SETTINGS  # noqa: E402 - as above
from terminals import Terminal  # noqa: E402 - as above


@pytest.fixture
def openviper(tmp_path):
    """Run ``openviper ARGS`` in a new process, by default in ``tmp_path``; return what became of it."""

    def run(
        *args,
        cwd=None,
        command=("-m", "openviper.cli"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        before=(),
        **variables,
    ):
        return subprocess.run(
            [*before, sys.executable, *command, *args],
            cwd=cwd or tmp_path,
            env=environment(**variables),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def files(tmp_path):
    """Write ``path=content`` pairs below ``tmp_path``; return ``tmp_path``."""

    def write(contents):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return write


@pytest.fixture
def project(files):
    """A project in the module layout, named in its pyproject.toml."""
    return files(
        {
            "pyproject.toml": '[tool.openviper]\nsettings = "mysite.settings"\n',
            "mysite/__init__.py": "",
            "mysite/settings.py": "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n",
            "mysite/app.py": APPLICATION,
        }
    )


@pytest.fixture
def site(project, files):
    """The project with files of a test, and with apps: ``mysite`` and ``mysite.shop``, if nothing else is given."""

    def write(contents, apps=("mysite", "mysite.shop")):
        return files({"mysite/settings.py": SETTINGS.format(apps=apps)} | contents)

    return write


@pytest.fixture
def distribution(tmp_path):
    """Install a distribution that offers commands, in a folder of its own; return that folder, for PYTHONPATH."""

    def install(name, manifest, **modules):
        folder = tmp_path / "installed"
        module = name.replace("-", "_")
        metadata = folder / f"{module}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[openviper.commands]\n{module} = {module}_manifest:COMMANDS\n")
        (folder / f"{module}_manifest.py").write_text(manifest)
        for each, content in modules.items():
            (folder / f"{each}.py").write_text(content)
        return str(folder)

    return install


@pytest.fixture
def acting(distribution, project):
    """The commands ``act --how HOW`` and ``lost``, whose module fails, in a project."""
    modules = {"acting": ACTING, "losing": "open('no such file')", "acting_more": "import sys\nsys.exit(0)\n"}
    return distribution("acting-kit", ACTING_MANIFEST, **modules)


@pytest.fixture
def served(tmp_path):
    """``with served("run", ...) as server:`` runs ``openviper run ...`` and ends it and its children."""

    @contextmanager
    def serve(*args, cwd=None, command=("-m", "openviper.cli"), **variables):
        server = Served(command, args, Path(cwd or tmp_path), variables)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.process.kill()
            server.wait()
            server.process.stdout.close()

    return serve


@pytest.fixture
def application(files):
    """A folder with ``site_app.py``, which serves ``one``."""
    return files({"site_app.py": APPLICATION})


@pytest.fixture
def failing(files):
    """A folder with ``site_app.py``, whose start-up fails."""
    return files({"site_app.py": FAILING})


@pytest.fixture
def repair(files):
    """Put an application that works where the broken one is."""
    return lambda: files({"site_app.py": APPLICATION})


@pytest.fixture
def terminal(tmp_path):
    """``with terminal("viperctl", ...) as shown:`` runs ``openviper viperctl ...`` at a terminal, in a new home."""

    @contextmanager
    def at(*args, cwd=None, command=("-m", "openviper.cli"), **variables):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        opened = Terminal(command, args, cwd or tmp_path, {"HOME": str(home)} | variables)
        try:
            yield opened
        finally:
            opened.close()

    return at


@pytest.fixture
def without():
    """Return the ``command`` of an ``openviper`` for which a module is not installed."""

    def command(module):
        return (
            "-c",
            f"import sys; sys.modules[{module!r}] = None; from openviper.cli import main; raise SystemExit(main())",
        )

    return command


@pytest.fixture
def create(openviper, tmp_path):
    """Create the project ``shop``, or another, of a variant."""

    def run(variant="default", name="shop", installed="everything"):
        options = [] if variant == "default" else [f"--{variant}"]
        result = openviper("create-project", name, *options, command=INSTALLED[installed])
        assert result.returncode == 0, result.stderr
        return tmp_path / name

    return run


@pytest.fixture(scope="session")
def types_cache(tmp_path_factory):
    """What mypy remembers of the installed packages from one scaffold to the next."""
    return tmp_path_factory.mktemp("types")


@pytest.fixture
def passes(openviper, types_cache):
    """Assert that a scaffold passes its tests, the linter, the formatter and the type checker, as it was made."""

    def check(folder, *paths):
        for package in ("httpx2", "openviper.app", "pytest_asyncio", "ruff", "mypy"):
            pytest.importorskip(package)
        # pytest-asyncio warns where no configuration chooses that.
        scope = ("-o", "asyncio_default_fixture_loop_scope=function")
        for tool in (
            ("pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *scope),
            ("ruff", "check", "--no-cache"),
            ("ruff", "format", "--check", "--diff", "--no-cache"),
            # Editable, openviper.core is several folders, of which that of flexible_adapter has no py.typed.
            ("mypy", "--strict", f"--cache-dir={types_cache}", "--exclude", "viperctl"),
        ):
            result = openviper(*tool[1:], *paths, cwd=folder, command=("-m", tool[0]))
            assert result.returncode == 0, f"{tool}: {result.stdout}{result.stderr}"

    return check
