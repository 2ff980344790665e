"""Errors that cannot be reported as others are: they hold nothing up."""

from __future__ import annotations

import pytest

from openviper.core.lifespan import Lifespan


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


def failing(project, name, shutdown):
    """Write an app with this shutdown."""
    return project.app(name, shutdown)


class NoNotesError(Exception):
    """Takes no notes: they are no list."""

    __notes__ = ()


class UnwillingError(Exception):
    """Does nothing that is asked of it."""

    def add_note(self, note):
        raise OSError(note)

    def __str__(self):
        raise OSError("str")

    __repr__ = __str__


class Unnameable:
    """A handler that cannot even be named."""

    def __repr__(self):
        raise OSError("repr")

    def __call__(self):
        """Do nothing."""


@pytest.mark.parametrize("error", [NoNotesError, UnwillingError])
@pytest.mark.parametrize("where", ["app", "handler"])
async def test_an_error_that_cannot_be_reported_stops_no_other_hook(project, caplog, error, where):
    """The rest still run, the log says which hook it was, and the next lifespan starts its apps anew."""
    project.recorder("first")
    failing(project, "plugin", "fail = None\ndef shutdown():\n    if fail: raise fail()")

    def handler():
        raise error

    __import__("plugin").fail = error if where == "app" else None
    one = engine("first", "plugin", on_shutdown=[handler] if where == "handler" else [])
    await one.start()
    with pytest.raises(ExceptionGroup) as failures:
        await one.stop()
    assert [type(each) for each in failures.value.exceptions] == [error]
    assert (
        f"{error.__name__} takes no notes; it was raised in {'shutdown()' if where == 'app' else 'on_sh'}"
        in caplog.text
    )
    __import__("plugin").fail = None
    async with engine("first", "plugin"):
        pass
    assert project.lines == ["first ready", "first down"] * 2


@pytest.mark.parametrize("error", [NoNotesError, UnwillingError])
async def test_a_block_whose_error_takes_no_notes_raises_it(project, error):
    """A failing shutdown replaces it as little as any other."""
    failing(project, "plugin", "fail = None\ndef shutdown(): raise fail")
    __import__("plugin").fail = UnwillingError()
    with pytest.raises(error):
        async with engine("plugin"):
            raise error


async def test_a_handler_that_cannot_be_named_keeps_no_app_from_its_shutdown(project):
    """What fails before a handler runs is raised, and the apps are left all the same."""
    project.recorder("a")
    for _ in range(2):
        one = engine("a", on_shutdown=[Unnameable()])
        await one.start()
        with pytest.raises(OSError, match="repr"):
            await one.stop()
    assert project.lines == ["a ready", "a down"] * 2
