"""Overrides that are in force: what they change, what they refuse, and that they leave nothing behind."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from openviper._settings.core import LifespanSettings
from openviper.conf import ImproperlyConfigured, Secret, override_settings, section, settings
from openviper.conf._project import Project

ONE = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """A section that no distribution names."""

    SHOP_CURRENCY: str = "EUR"
    SHOP_LABELS: list[str] = field(default_factory=list)


@pytest.fixture(autouse=True)
def restored():
    """Whatever a test does, the very objects from before are back behind it."""
    before = (settings.DEBUG, settings.TIME_ZONE, section(LifespanSettings))
    yield
    assert before[:2] == (settings.DEBUG, settings.TIME_ZONE)
    assert section(LifespanSettings) is before[2]


def test_inside_the_block_the_values_are_others():
    """Settings and sections have the new values, checked and typed, and the rest as before."""
    with override_settings(DEBUG=True, SECRET_KEY="k", SHUTDOWN_TIMEOUT=ONE, INSTALLED_APPS=["a"]):
        assert settings.DEBUG is True
        assert Secret("k") == settings.SECRET_KEY
        assert settings.INSTALLED_APPS == ("a",)
        assert settings.TIME_ZONE == "UTC"
        assert section(LifespanSettings) == LifespanSettings(SHUTDOWN_TIMEOUT=ONE)
        assert section(LifespanSettings) is section(LifespanSettings)
        assert str(settings.explain("DEBUG")) == "DEBUG: bool = True (override_settings)"


def test_it_stands_above_the_environment(monkeypatch):
    """A variable does not change what a test asks for; other variables are read again."""
    monkeypatch.setenv("OPENVIPER_DEBUG", "1")
    monkeypatch.setenv("OPENVIPER_STATIC_URL", "/assets/")
    with override_settings(DEBUG=False):
        assert settings.DEBUG is False
        assert settings.STATIC_URL == "/assets/"


def test_an_error_inside_restores_too():
    """The exception passes, and the settings are back."""
    with pytest.raises(KeyError), override_settings(DEBUG=True):
        raise KeyError
    assert settings.DEBUG is False


def test_blocks_nest():
    """The inner block wins while it lasts, and the outer one's section object is back afterwards."""
    with override_settings(DEBUG=True, SHUTDOWN_TIMEOUT=ONE):
        outer = section(LifespanSettings)
        with override_settings(DEBUG=False, TIME_ZONE="Asia/Tokyo"):
            assert (settings.DEBUG, settings.TIME_ZONE) == (False, "Asia/Tokyo")
            assert section(LifespanSettings) == outer
        assert (settings.DEBUG, settings.TIME_ZONE) == (True, "UTC")
        assert section(LifespanSettings) is outer


def test_one_object_can_be_entered_again():
    """Also inside itself."""
    debugging = override_settings(DEBUG=True)
    with debugging, debugging:
        assert settings.DEBUG is True
    assert settings.DEBUG is False
    with debugging:
        assert settings.DEBUG is True


async def test_blocks_of_concurrent_tasks_end_in_any_order():
    """All tasks see what the others override; each block takes away its own values only."""
    inside, leave = [asyncio.Event() for _ in range(2)], [asyncio.Event() for _ in range(2)]

    async def override(number, **values):
        with override_settings(**values):
            inside[number].set()
            await leave[number].wait()

    first = asyncio.create_task(override(0, DEBUG=True, TIME_ZONE="one"))
    await inside[0].wait()
    second = asyncio.create_task(override(1, TIME_ZONE="two"))
    await inside[1].wait()
    assert (settings.DEBUG, settings.TIME_ZONE) == (True, "two")
    leave[0].set()
    await first
    assert (settings.DEBUG, settings.TIME_ZONE) == (False, "two")
    leave[1].set()
    await second
    assert (settings.DEBUG, settings.TIME_ZONE) == (False, "UTC")


async def test_a_cancelled_block_is_restored():
    """Cancellation leaves nothing behind."""

    @override_settings(DEBUG=True)
    async def wait():
        await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert settings.DEBUG is True
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert settings.DEBUG is False


def test_other_threads_see_it():
    """It holds for the process: work that a test hands to a thread has the same settings."""
    seen = []
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        thread = threading.Thread(target=lambda: seen.append(settings.TIME_ZONE))
        thread.start()
        thread.join(timeout=10)
    assert seen == ["Asia/Tokyo"]


def test_a_read_beside_a_change_leaves_nothing_stale():
    """Threads that have read inside of a block read the old value behind it, and the other way round."""
    entered, read_inside, left, read_outside = (threading.Barrier(5, timeout=20) for _ in range(4))
    inside, outside = [], []

    def read():
        for _ in range(50):
            entered.wait()
            inside.append(settings.TIME_ZONE)
            read_inside.wait()
            left.wait()
            outside.append(settings.TIME_ZONE)
            read_outside.wait()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        with override_settings(TIME_ZONE="Asia/Tokyo"):
            entered.wait()
            read_inside.wait()
        left.wait()
        read_outside.wait()
    for thread in threads:
        thread.join(timeout=20)
    assert inside == ["Asia/Tokyo"] * 200
    assert outside == ["UTC"] * 200


def test_a_value_that_was_read_while_another_was_put_in_force_is_not_kept():
    """A thread that has read the old value, and stores it only after the change, leaves nothing behind."""
    project, kept = Project(), {}
    old = project.state()
    project.keep(old, kept, "TIME_ZONE", "UTC")
    assert kept == {"TIME_ZONE": "UTC"}
    project.replace(old._replace(sections={}))
    assert kept == {}
    project.keep(old, kept, "TIME_ZONE", "UTC")
    assert kept == {}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"DEBGU": True}, "DEBGU=True (override_settings) names no setting; did you mean 'DEBUG'?"),
        ({"SHUTDOWN_TIMOUT": ONE}, "did you mean 'SHUTDOWN_TIMEOUT'?"),
        ({"XQZJ": "x"}, "name its section first: override_settings(MySection, NAME=...)"),
        ({"DEBUG": "yes"}, "DEBUG='yes' (override_settings) is not a bool; BaseSettings.DEBUG: bool"),
        ({"INSTALLED_APPS": "blog"}, "INSTALLED_APPS='blog' (override_settings) is not a tuple[str, ...]"),
        ({"SHUTDOWN_TIMEOUT": 5}, "is not a timedelta; LifespanSettings.SHUTDOWN_TIMEOUT: timedelta"),
        ({"SECRET_KEY": 12345}, "SECRET_KEY='***' (override_settings)"),
    ],
)
def test_a_bad_override_is_refused_on_entering(values, words):
    """With the nearest name, or the type; nothing has changed then, and no secret is shown."""
    with pytest.raises(ImproperlyConfigured) as caught, override_settings(**values):
        pytest.fail("entered")
    assert words in str(caught.value)
    assert "12345" not in str(caught.value)
    assert settings.DEBUG is False


def test_all_bad_names_are_told_together():
    """Each is a line."""
    with pytest.raises(ImproperlyConfigured) as caught, override_settings(DEBGU=True, DEBUG=5):
        pytest.fail("entered")
    assert len(str(caught.value).splitlines()) == 2


def test_a_section_that_nobody_names_is_given_first():
    """Then its names are known and checked."""
    with override_settings(ShopSettings, SHOP_CURRENCY="CHF"):
        assert section(ShopSettings).SHOP_CURRENCY == "CHF"
        with override_settings(SHOP_CURRENCY="USD"):
            assert section(ShopSettings).SHOP_CURRENCY == "USD"
    with pytest.raises(ImproperlyConfigured, match="is not a str"), override_settings(ShopSettings, SHOP_CURRENCY=5):
        pytest.fail("entered")


def test_what_a_test_hands_in_stays_its_own():
    """Changing a list that was read inside does not change the test's, nor the next block's."""
    given = ["a"]
    decorated = override_settings(ShopSettings, SHOP_LABELS=given)
    with decorated:
        section(ShopSettings).SHOP_LABELS.append("b")
    assert given == ["a"]
    with decorated:
        assert section(ShopSettings).SHOP_LABELS == ["a"]


def test_containers_of_the_project_are_copied_for_the_block():
    """A test that changes a dict inside leaves nothing behind."""
    with override_settings(DEBUG=True):
        settings.DATABASES["default"] = {}
    assert settings.DATABASES == {}


def test_many_blocks_come_and_go():
    """A stack of a hundred is undone completely."""
    with ExitStack() as stack:
        for number in range(100):
            stack.enter_context(override_settings(TIME_ZONE=f"zone {number}"))
        assert settings.TIME_ZONE == "zone 99"
    assert settings.TIME_ZONE == "UTC"
