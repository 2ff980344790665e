"""What a project that ``create-project`` made is: safe, tested, and running."""

from __future__ import annotations

import stat
import subprocess
import tomllib
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]


@pytest.fixture
def shop(create):
    """A new project."""
    return create()


@pytest.fixture
def bare_shop(create):
    """A new project where openviper-middleware is not installed."""
    return create(installed="cli and http")


def test_the_secret_is_the_projects_own_and_private(openviper, shop, tmp_path):
    """In .env alone, which only its owner reads and git ignores; another project has another."""
    line = next(each for each in (shop / ".env").read_text().splitlines() if "SECRET_KEY" in each)
    secret = line.split("'")[1]
    assert len(secret) >= 64
    assert stat.S_IMODE((shop / ".env").stat().st_mode) == 0o600
    assert [each.name for each in shop.rglob("*") if each.is_file() and secret in each.read_text()] == [".env"]
    assert ".env" in (shop / ".gitignore").read_text().splitlines()
    openviper("create-project", "other")
    assert secret not in (tmp_path / "other/.env").read_text()


def test_backups_are_not_committed(shop):
    """The default folder of backup-db, wherever it was called, is nothing for git; a package of that name is."""
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True)
    backups = ["backup/notes.txt", "tests/backup/db_20261122-100000.tar.gz", "backup/db.tar.gz.meta.json"]
    asked = ["git", "check-ignore", *backups, "shop/backup/__init__.py"]
    assert subprocess.run(asked, cwd=shop, capture_output=True, text=True, check=False).stdout.split() == backups


def test_debug_is_off_unless_the_environment_turns_it_on(openviper, shop):
    """What is deployed without its .env is safe."""
    source = "from openviper.conf import settings\nprint(settings.DEBUG, settings.explain('DEBUG').source)"
    command = ("-c", source)
    assert openviper(cwd=shop, command=command).stdout.split()[0] == "True"
    (shop / ".env").unlink()
    assert openviper(cwd=shop, command=command).stdout.split()[0] == "False"


def test_the_extra_for_tests_brings_what_its_tests_want(shop):
    """``pip install 'openviper-cli[test]'`` and openviper-http: all of its group of tests."""
    wanted = tomllib.loads((shop / "pyproject.toml").read_text())["dependency-groups"]["test"]
    extra = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["optional-dependencies"]["test"]
    assert {each for each in wanted if not each.startswith("openviper")} == set(extra)


def test_with_a_database_it_has_settings_for_one(create, openviper):
    """A file beside the package, which git ignores."""
    shop = create(installed="a database")
    source = "from openviper.conf import settings\nprint(settings.DATABASES['default']['OPTIONS']['URL'])"
    assert openviper(cwd=shop, command=("-c", source)).stdout == f"sqlite:///{shop}/db.sqlite3\n"
    assert "/db.sqlite3*" in (shop / ".gitignore").read_text().splitlines()
    assert '"openviper-db>=0.1"' in (shop / "pyproject.toml").read_text()


@pytest.mark.parametrize("variables", [{}, {"OPENVIPER_STATIC_HASHED": "true"}])
def test_its_tests_pass_without_the_file_of_this_machine(create, openviper, variables):
    """As after a clone, which has no .env: debug mode is off, there is no key, and nothing is collected."""
    pytest.importorskip("httpx2")
    shop = create("full")
    (shop / ".env").unlink()
    result = openviper("-q", "-p", "no:cacheprovider", cwd=shop, command=("-m", "pytest"), **variables)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("variant", ["minimal", "full"])
def test_the_other_variants_start(served, create, variant):
    """With their page, and the style sheet of that with an app."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    with served("viperctl", "start-server", "--port=0", cwd=create(variant)) as server:
        assert "shop works" in server.get()
        if variant == "full":
            assert "font-family" in server.get("/static/main/site.css")
        assert server.end() == 0


@pytest.mark.parametrize("variant", ["minimal", "full"])
def test_the_check_of_the_other_variants_finds_no_errors(openviper, create, variant):
    """In debug mode, and as in production."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    shop = create(variant)
    for variables in ({}, {"OPENVIPER_DEBUG": "false", "OPENVIPER_ALLOWED_HOSTS": "shop.example"}):
        result = openviper("viperctl", "check", cwd=shop, **variables)
        assert result.returncode == 0, result.stdout
        assert "ERROR" not in result.stdout


def test_its_static_files_can_be_collected_as_it_stands(openviper, create):
    """Its README says that production needs it; git ignores the copies."""
    pytest.importorskip("openviper.staticfiles", reason="openviper-http is not installed")
    shop = create("full")
    production = {"OPENVIPER_DEBUG": "false", "OPENVIPER_ALLOWED_HOSTS": "shop.example"}
    assert openviper("viperctl", "collectstatic", cwd=shop, **production).returncode == 0
    assert (shop / "collected_static/main/site.css").is_file()
    assert "/collected_static/" in (shop / ".gitignore").read_text().splitlines()
    assert "static" not in openviper("viperctl", "check", cwd=shop, **production).stdout


def test_mail_is_set_up_where_it_is_installed(create, openviper):
    """Printed, and drained when the project stops; in the full variant alone."""
    pytest.importorskip("openviper.core.email")
    shop = create("full")
    source = "from openviper.conf import settings\nprint(settings.EMAIL_BACKEND, settings.INSTALLED_APPS[-1])"
    assert openviper(cwd=shop, command=("-c", source)).stdout == "console openviper.core.email\n"
    assert '"openviper-email>=0.1"' in (shop / "pyproject.toml").read_text()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_its_checks_pass_by_both_ways(openviper, shop, tmp_path, elsewhere):
    """``openviper viperctl`` in its folder, ``viperctl.py`` from anywhere."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    assert openviper("viperctl", "check", cwd=shop).returncode == 0
    script = str(shop / "viperctl.py")
    result = openviper("-v", "check", cwd=tmp_path if elsewhere else shop, command=(script,))
    assert result.returncode == 0, result.stdout
    assert f"project shop in {shop}, settings shop.settings" in result.stderr


def test_it_starts(served, shop):
    """And says so in a browser."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    with served("viperctl", "start-server", "--port=0", cwd=shop) as server:
        assert server.get() == '{"message":"shop works"}'
        assert server.get("/hello/Ada") == '{"message":"Hello, Ada"}'
        assert "Settings shop.settings; apps shop\n" in server.output
        assert server.end() == 0


def test_its_answers_have_the_security_headers(served, shop):
    """Also a 404, and what refuses a host that is not its own or a form of another site."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    pytest.importorskip("openviper.middleware", reason="openviper-middleware is not installed")
    with served("viperctl", "start-server", "--port=0", cwd=shop) as server:
        server.get()
        for method, path, headers, status in (
            ("GET", "/", {}, 200),
            ("GET", "/nothing-here", {}, 404),
            ("GET", "/", {"Host": "evil.example"}, 400),
            ("POST", "/", {"Sec-Fetch-Site": "cross-site"}, 403),
            ("POST", "/", {"Sec-Fetch-Site": "same-origin"}, 405),
        ):
            with closing(HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
                connection.request(method, path, headers=headers)
                answer = connection.getresponse()
            assert answer.status == status
            assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-request-id"]
        assert server.end() == 0


def test_the_check_for_production_finds_nothing(openviper, shop):
    """With debug mode off, a key and the site's hosts, as in production."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    variables = {"OPENVIPER_DEBUG": "false", "OPENVIPER_ALLOWED_HOSTS": "shop.example"}
    result = openviper("viperctl", "check", cwd=shop, **variables)
    assert (result.returncode, result.stdout) == (0, ""), result.stdout
    assert "No problems found." in result.stderr


def test_the_check_for_production_asks_for_the_hosts(openviper, shop):
    """Those of the settings are this machine's alone, and everybody else would get 400."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    pytest.importorskip("openviper.middleware", reason="openviper-middleware is not installed")
    result = openviper("viperctl", "check", cwd=shop, OPENVIPER_DEBUG="false")
    assert result.returncode == 0
    assert "WARNING openviper.middleware.hosts_local: " in result.stdout
    assert "set OPENVIPER_ALLOWED_HOSTS" in result.stdout


def test_without_the_middleware_installed_it_names_none(openviper, bare_shop):
    """And says where it comes from."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    settings = (bare_shop / "shop/settings.py").read_text()
    assert "MIDDLEWARE: tuple[str, ...] = ()\n" in settings
    assert "pip install openviper-middleware" in settings
    assert "middleware" not in (bare_shop / "pyproject.toml").read_text() + (bare_shop / "README.md").read_text()
    assert openviper("viperctl", "check", cwd=bare_shop).returncode == 0
