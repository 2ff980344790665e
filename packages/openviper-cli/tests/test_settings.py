"""``viperctl settings``."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios

import pytest

from openviper.core.terminal_text import columns_of

HEAD = "from dataclasses import dataclass\nfrom typing import Any\nfrom openviper.conf import BaseSettings, Secret\n"
SETTINGS = f"""{HEAD}
class Settings(BaseSettings):
    PAGE_SIZE: int = 20
    TITLE: str = "{"long " * 60}"
"""
#: Every way in which a secret may stand in a settings class; each is ``hunter2``.
SECRETS = f"""{HEAD}
class SecretStr:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "SecretStr('**********')"

@dataclass
class Mailer:
    host: str
    SMTP_PASSWORD: str
    options: Any = None

class Settings(BaseSettings):
    SECRET_KEY: Secret[str] = Secret("hunter2")
    STRIPE_KEY: str = "hunter2"
    SMTP_PASSWORD: str = "hunter2"
    GITHUB_TOKEN: bytes = b"hunter2"
    SECRET_WORDS: tuple[str, ...] = ("hunter2",)
    CACHE_URL: str = "redis://:hunter2@cache/0"
    HOSTS: list[str] = ["amqp://me:hunter2@mq", "https://ok.example"]
    DATABASES = {{"default": {{"OPTIONS": {{"URL": "postgres://me:hunter2@db/app"}}, "PASSWORD": "hunter2"}}}}
    MAILERS: dict[str, Any] = {{"news": [{{"api_key": "hunter2"}}, Mailer("mail.example", "hunter2")]}}
    BACKUP: Any = Mailer("mail.example", "", {{"accessKey": ("hunter2",), "login": Secret("hunter2")}})
    SMS: Any = {{"key": SecretStr("hunter2"), "all": (SecretStr("hunter2"),)}}
    DSN: str = "host=db password='hunter2'"
    SENTRY_DSN: str = "https://hunter2@errors.example/1"
    SLACK_WEBHOOK_URL: str = "https://hooks.example/services/hunter2"
    ALERTS: Any = {{"webhook": "https://hooks.example/hunter2"}}
    HASHIDS_SALT: str = "hunter2"
    PASSWORD_PEPPER: str = "hunter2"

    @property
    def PAYMENT_TOKEN(self) -> str:
        return "hunter2"
"""


@pytest.fixture
def site(files):
    """Write the settings of a project; return its folder."""
    return lambda source=SETTINGS, **more: files({"shop/settings.py": source} | more)


def test_all_are_shown_with_their_sources(openviper, site):
    """By name; the class, .env with its line, the environment, the default; sections of distributions too."""
    (site() / ".env").write_text("OPENVIPER_DEBUG=yes\n")
    result = openviper("viperctl", "settings", ".", OPENVIPER_TIME_ZONE="Asia/Tokyo")
    assert (result.returncode, result.stderr) == (0, "")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in result.stdout.splitlines()}
    assert list(rows)[1:] == sorted(list(rows)[1:])
    assert rows["PAGE_SIZE"].split() == ["shop.settings", "20"]
    assert rows["DEBUG"].split() == [".env,", "line", "1", "True"]
    assert rows["TIME_ZONE"].split() == ["environment", "'Asia/Tokyo'"]
    assert rows["SHUTDOWN_TIMEOUT"].split(maxsplit=1)[0] == "default"


def test_only_what_somebody_has_set(openviper, site):
    """``--changed`` leaves the defaults out."""
    site()
    result = openviper("viperctl", "settings", "--changed", "--json", OPENVIPER_DEBUG="no")
    assert [each["name"] for each in json.loads(result.stdout)] == ["DEBUG", "PAGE_SIZE", "TITLE"]


def test_nothing_set_is_said(openviper, project):
    """On stderr."""
    result = openviper("viperctl", "settings", "--changed")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "Every setting has its default.\n")


def test_named_ones_are_lines_of_their_own(openviper, site):
    """Whole, with their types, in the order of the names."""
    site()
    result = openviper("viperctl", "settings", "TITLE", "DEBUG", "TITLE")
    assert result.stdout.splitlines() == [
        f"TITLE: str = {'long ' * 60!r} (shop.settings)",
        "DEBUG: bool = False (default)",
    ]


def test_json_has_every_part(openviper, site):
    """Also of one setting: a list of objects."""
    site()
    result = openviper("viperctl", "settings", "SHUTDOWN_TIMEOUT", "--json")
    assert json.loads(result.stdout) == [
        {"name": "SHUTDOWN_TIMEOUT", "value": 10.0, "source": "default", "type": "timedelta", "problem": None}
    ]


@pytest.mark.parametrize("args", [[], ["--json"], ["--changed"], ["--changed", "--json"]])
def test_no_form_shows_a_secret(openviper, site, args):
    """Wherever it stands; what stands beside it is shown."""
    site(SECRETS)
    result = openviper("viperctl", "settings", *args, OPENVIPER_EMAIL_HOST_PASSWORD="hunter2")
    assert result.returncode == 0, result.stderr
    assert "hunter2" not in result.stdout + result.stderr
    for shown in ("postgres://me:***@db/app", "https://ok.example", "mail.example", "**********"):
        assert shown in result.stdout


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_one_named_setting_shows_no_secret_either(openviper, site, form):
    """Each by its name, as text and as JSON."""
    site(SECRETS)
    names = [line.split(":")[0].strip() for line in SECRETS.splitlines() if line.startswith("    ") and ": " in line]
    names = [*(name for name in names if name.isupper()), "PAYMENT_TOKEN", "DATABASES"]
    result = openviper("viperctl", "settings", *form, *dict.fromkeys(names))
    assert result.returncode == 0, result.stderr
    assert "hunter2" not in result.stdout + result.stderr
    assert result.stdout.count("***") >= len(names)


def test_a_key_that_opens_nothing_is_shown(openviper, site):
    """As its name says; a number that measures a secret, too."""
    source = f'{HEAD}class Settings(BaseSettings):\n    SORT_KEY: str = "price"\n    PASSWORD_LENGTH: int = 12\n'
    site(source)
    result = openviper("viperctl", "settings", "SORT_KEY", "PASSWORD_LENGTH")
    values = [line.split(" = ")[1] for line in result.stdout.splitlines()]
    assert values == ["'price' (shop.settings)", "12 (shop.settings)"]


def test_an_unknown_name_gets_the_nearest(openviper, site):
    """It is wrong usage."""
    site()
    result = openviper("viperctl", "settings", "PAGESIZE")
    assert result.returncode == 2
    assert "there is no setting 'PAGESIZE'; did you mean 'PAGE_SIZE'?" in result.stderr


@pytest.mark.parametrize("args", [[], ["--changed"], ["PORT"], ["--json"], ["--json", "PORT"]])
def test_one_that_is_wrong_is_shown_with_its_problem(openviper, site, args):
    """The others are there, and the exit code is 1."""
    site(f"{HEAD}class Settings(BaseSettings):\n    PORT: int = 1\n    PAGE_SIZE: int = 20\n")
    result = openviper("viperctl", "settings", *args, OPENVIPER_PORT="abc")
    assert result.returncode == 1
    assert "OPENVIPER_PORT='abc' (environment) is not an int; Settings.PORT: int" in result.stdout
    assert ("PAGE_SIZE" in result.stdout) == ("PORT" not in args)


def test_another_that_is_wrong_does_not_fail_a_named_one(openviper, site):
    """A script that asks for one setting gets it."""
    site(f"{HEAD}class Settings(BaseSettings):\n    PORT: int = 1\n")
    result = openviper("viperctl", "settings", "DEBUG", OPENVIPER_PORT="abc")
    assert (result.returncode, result.stdout) == (0, "DEBUG: bool = False (default)\n")


def test_what_the_class_refuses_as_a_whole_is_an_error(openviper, site):
    """On stderr, beside the values."""
    site(f"{HEAD}class Settings(BaseSettings):\n    def __post_init__(self):\n        raise ValueError('too late')\n")
    result = openviper("viperctl", "settings")
    assert result.returncode == 1
    assert result.stderr == "Error: too late (Settings in shop.settings)\n"
    assert "TIME_ZONE" in result.stdout


def test_a_value_cannot_steer_the_terminal(openviper, site):
    """Nor break the table."""
    site(
        f"{HEAD}class Name:\n    def __repr__(self): return 'a\\x1b[2J\\nb'\n"
        "class Settings(BaseSettings):\n    NAME: Any = Name()\n"
    )
    for args in ((), ("NAME",)):
        result = openviper("viperctl", "settings", *args)
        assert r"a\x1b[2J\nb" in result.stdout
        assert "\x1b" not in result.stdout


def on_terminal(columns, cwd, *args):
    """Return the lines that a command prints on a terminal so wide."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER", "COLUMNS"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "openviper.cli", *args],
        cwd=cwd,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 4096):
            printed += part
    except OSError:
        pass  # How the end of the other side shows.
    finally:
        os.close(ours)
    assert process.wait(60) == 0
    return printed.decode().splitlines()


def test_a_long_value_is_whole_for_a_program(openviper, site):
    """What is not read on a terminal may be searched."""
    result = openviper("viperctl", "settings", "--changed", cwd=site())
    assert "…" not in result.stdout


@pytest.mark.parametrize("columns", [100, 46])
def test_a_long_value_is_cut_on_a_terminal(site, columns):
    """To what is left of the line."""
    lines = on_terminal(columns, site(), "viperctl", "settings", "--changed")
    (title,) = (line for line in lines if line.startswith("TITLE"))
    assert title.endswith("…")
    assert columns_of(title) == columns


@pytest.mark.parametrize("columns", [45, 20, 1])
def test_a_terminal_without_room_for_a_table_has_a_block_for_each(site, columns):
    """Each part stands on a line of its own, of 22 columns at least."""
    lines = on_terminal(columns, site(), "viperctl", "settings", "--changed")
    assert lines[:3] == ["NAME", "  SOURCE", "  VALUE"]
    value = lines[lines.index("TITLE") + 2]
    assert value.endswith("…")
    assert columns_of(value) == max(columns, 22)
