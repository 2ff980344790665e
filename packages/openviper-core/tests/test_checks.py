"""System checks: those of a project, of installed distributions, and the core's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openviper.conf import Secret, override_settings
from openviper.core import checks
from openviper.core.checks import CheckMessage, Severity, check, run_checks

GOOD_KEY = "IEcYQPm4iN6mvJx7u2YxZ0wq3Rk9sTb5LhDfGaVe"


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    """Give each test a register of its own."""
    monkeypatch.setattr(checks, "_registered", [])


def installed(tmp_path, monkeypatch, entries, **modules):
    """Make a distribution ``shop`` importable that offers ``entries`` as checks."""
    info = tmp_path / "shop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    lines = (f"check{index} = {value}" for index, value in enumerate(entries))
    (info / "entry_points.txt").write_text("[openviper.checks]\n" + "\n".join(lines) + "\n")
    for name, source in modules.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)


def found(prefix):
    return [message for message in run_checks() if message.id.startswith(prefix)]


def test_a_registered_check_is_run_and_the_worst_comes_first():
    """Messages are sorted by severity, those of one severity as they came."""

    @check
    def check_shop():
        yield CheckMessage("shop.a", Severity.INFO, "a")
        yield CheckMessage("shop.b", Severity.ERROR, "b", hint="do c")
        yield CheckMessage("shop.c", Severity.WARNING, "c")
        yield CheckMessage("shop.d", Severity.ERROR, "d")

    assert [message.id for message in found("shop.")] == ["shop.b", "shop.d", "shop.c", "shop.a"]
    assert check(check_shop) is check_shop


def test_a_check_that_is_registered_twice_runs_once():
    """A module that is imported under two names does not double its messages."""

    def check_shop():
        return [CheckMessage("shop.a", Severity.INFO, "a")]

    check(check(check_shop))
    assert len(found("shop.")) == 1


def test_a_message_reads_as_one_line_and_its_hint():
    """What the command line prints."""
    message = CheckMessage("shop.key", Severity.WARNING, "PAYMENT_KEY is not set", hint="set SHOP_PAYMENT_KEY")
    assert str(message) == "WARNING shop.key: PAYMENT_KEY is not set\n    set SHOP_PAYMENT_KEY"
    assert str(CheckMessage("shop.key", Severity.ERROR, "wrong")) == "ERROR shop.key: wrong"


def raising():
    yield CheckMessage("shop.first", Severity.INFO, "found before")
    raise RuntimeError("no database")


async def asynchronous():
    return []


def exiting():
    sys.exit(0)


def returning_none():
    return None


def yielding_text():
    yield "PAYMENT_KEY is not set"


def taking_arguments(app):
    return []


class Unsayable:
    def __str__(self):
        raise RuntimeError("no text")


def of_severity(severity):
    def check_severity():
        yield CheckMessage("shop.severity", severity, "sold out")

    return check_severity


def saying_what_cannot_be_said():
    yield CheckMessage("shop.unsayable", Severity.INFO, Unsayable())


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (of_severity("ERROR"), "it gave the severity 'ERROR'; expected Severity.INFO, WARNING or ERROR"),
        (of_severity(99), "it gave the severity 99; expected Severity.INFO, WARNING or ERROR"),
        (of_severity([]), "it gave the severity []; expected Severity.INFO, WARNING or ERROR"),
        (saying_what_cannot_be_said, "RuntimeError: no text"),
        (raising, "RuntimeError: no database"),
        (asynchronous, "it is async; expected a plain function"),
        (exiting, "it called sys.exit(0); expected an exception where something is wrong"),
        (returning_none, "'NoneType' object is not iterable"),
        (yielding_text, "it gave 'PAYMENT_KEY is not set', not a CheckMessage"),
        (taking_arguments, "missing 1 required positional argument"),
    ],
)
def test_a_check_that_fails_is_an_error_that_names_it(function, reason):
    """The other checks run, and what it had found before is kept."""

    def check_other():
        return [CheckMessage("shop.other", Severity.INFO, "runs")]

    check(function)
    check(check_other)
    (failure,) = found("openviper.checks.failed")
    assert failure.severity is Severity.ERROR
    assert f"{function.__module__}:{function.__qualname__} failed: " in failure.message
    assert reason in failure.message
    assert ".py:" in failure.hint
    assert len(found("shop.other")) == 1
    assert len(found("shop.first")) == (function is raising)


def test_what_a_message_is_made_of_is_text_afterwards():
    """Whoever shows it reads no attribute of somebody else's that could fail; a number of a severity is that one."""

    @check
    def check_shop():
        yield CheckMessage(7, 30, ValueError("sold out"), hint=Path("orders"))

    assert found("7") == [CheckMessage("7", Severity.WARNING, "sold out", hint="orders")]


def test_only_the_first_line_of_an_error_is_told():
    """A message is a line, however much an error has to say."""

    @check
    def wordy():
        raise RuntimeError("no database\nCREATE TABLE shop (\n...")

    (failure,) = found("openviper.checks.failed")
    assert failure.message.endswith("wordy failed: RuntimeError: no database")
    assert "\n" not in failure.hint


def test_ctrl_c_in_a_check_ends_the_run():
    """An interrupt is nobody's finding."""

    @check
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks()


def test_what_a_check_registers_runs_in_the_same_run():
    """Else a later run would find more than the first."""

    def check_stock():
        yield CheckMessage("shop.stock", Severity.WARNING, "out of stock")

    @check
    def check_shop():
        check(check_stock)
        return []

    assert [len(found("shop.")) for _ in range(2)] == [1, 1]


def test_checks_of_installed_distributions_are_found(tmp_path, monkeypatch):
    """An entry point needs no import by the user; a check that is registered too runs once."""
    source = """
from openviper.core.checks import CheckMessage, Severity, check

@check
def check_stock():
    yield CheckMessage("shop.stock", Severity.WARNING, "out of stock")
"""
    installed(tmp_path, monkeypatch, ["shop_stock_checks:check_stock"], shop_stock_checks=source)
    assert [message.message for message in found("shop.")] == ["out of stock"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("shop_missing:check", "ModuleNotFoundError: No module named 'shop_missing'"),
        ("shop_broken:check", "ZeroDivisionError: division by zero"),
        ("shop_empty:check", "AttributeError"),
        ("shop_exiting:check", "it called sys.exit(0); "),
    ],
)
def test_a_check_that_cannot_be_imported_is_an_error_that_names_its_distribution(entry, reason, tmp_path, monkeypatch):
    """A broken distribution does not keep the others from being checked."""
    sources = {"shop_broken": "1 / 0\n", "shop_empty": "", "shop_exiting": "import sys; sys.exit(0)"}
    installed(tmp_path, monkeypatch, [entry], **sources)
    (failure,) = found("openviper.checks.failed")
    assert f"check {entry} (of shop) cannot be imported: {reason}" in failure.message


def test_the_core_offers_its_own_checks():
    """The core's entry point is part of its metadata."""
    with override_settings(DEBUG=False, SECRET_KEY=None):
        assert [message.id for message in found("openviper.core")] == ["openviper.core.secret_key"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SECRET_KEY": Secret(GOOD_KEY)}, []),
        ({"SECRET_KEY": None}, [("secret_key", "is not set")]),
        ({"SECRET_KEY": Secret("")}, [("secret_key", "is not set")]),
        ({"SECRET_KEY": Secret("hunter2")}, [("secret_key", "has 7 characters; expected 32 or more")]),
        ({"SECRET_KEY": Secret("hunter" * 10)}, [("secret_key", "has only 6 different characters")]),
        (
            {"SECRET_KEY": Secret(GOOD_KEY), "SECRET_KEY_FALLBACKS": (Secret(GOOD_KEY[::-1]), Secret("hunter2"))},
            [("secret_key_fallbacks", "SECRET_KEY_FALLBACKS[1] has 7 characters")],
        ),
    ],
)
def test_a_missing_or_weak_key_is_a_warning_in_production(values, expected):
    """What can be guessed is named, and not shown."""
    with override_settings(DEBUG=False, **values):
        messages = found("openviper.core")
    assert [message.severity for message in messages] == [Severity.WARNING] * len(expected)
    for message, (name, text) in zip(messages, expected, strict=True):
        assert message.id == f"openviper.core.{name}"
        assert text in message.message
        assert "hunter" not in str(message)


@pytest.mark.parametrize(
    ("hosts", "severity"),
    [
        ((), Severity.INFO),
        (("localhost", "127.0.0.1", "[::1]", "*"), Severity.INFO),
        (("localhost", "www.example.org"), Severity.WARNING),
        ((".example.org",), Severity.WARNING),
    ],
)
def test_debug_is_a_warning_where_public_hosts_are_served(hosts, severity):
    """DEBUG alone is a remark; with a public host name it is about to show source code to the world."""
    with override_settings(DEBUG=True, ALLOWED_HOSTS=hosts, SECRET_KEY=None):
        (message,) = found("openviper.core")
    assert (message.id, message.severity) == ("openviper.core.debug", severity)


def test_each_problem_of_the_settings_is_an_error(tmp_path):
    """A project that cannot be read is reported line by line, by a run that does not raise."""
    fields = "    PAGES: int = 1\n    RATIO: float = 1.0\n"
    source = f"from openviper.conf import BaseSettings\n\nclass Settings(BaseSettings):\n{fields}"
    (tmp_path / "broken_site.py").write_text(source)
    code = "from openviper.core.checks import run_checks\nfor message in run_checks(): print(message)"
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "OPENVIPER_SETTINGS_MODULE": "broken_site",
        "OPENVIPER_PAGES": "many",
        "OPENVIPER_RATIO": "half",
    }
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path, env=environment)
    errors = [line for line in run.stdout.splitlines() if line.startswith("ERROR openviper.core.settings: ")]
    assert len(errors) == 2
    assert "OPENVIPER_PAGES='many'" in errors[0]
    assert "OPENVIPER_RATIO='half'" in errors[1]
