"""Tracebacks that begin in the code that a command runs."""

from __future__ import annotations

import click
import pytest

from openviper.cli._lazy import LazyGroup
from openviper.cli._own_tracebacks import own_frames, own_traceback


def raised_in(module, source):
    """Return what ``source`` raises, as the body of a command in ``module`` that click runs."""
    names = {"__name__": module}
    exec(compile(f"def act():\n    {source}\n", f"{module}.py", "exec"), names)
    context = click.Context(LazyGroup("main"))
    with pytest.raises((OSError, TypeError, ValueError, ZeroDivisionError)) as caught:
        context.invoke(click.Command("act", callback=names["act"]))
    # From click's first frame on.
    return caught.value.with_traceback(caught.value.__traceback__.tb_next)


@pytest.mark.parametrize(
    "source",
    [
        "import json; json.dumps(object())",
        "import click; click.style('x', fg='no colour')",
        "import jinja2; jinja2.Template('{{ 1/0 }}').render()",
        "import watchfiles; next(watchfiles.watch(None))",
    ],
)
@pytest.mark.parametrize("module", ["openviper.cli.commands.version", "openviper.cli._new_app", "shop.commands"])
def test_a_bug_shows_who_called_the_library(module, source):
    """A command of ours, or somebody else's."""
    error = raised_in(module, source)
    trace = own_frames(error)
    assert trace is not None
    assert trace.tb_frame.f_code.co_filename == f"{module}.py"
    assert own_traceback(error).splitlines()[1] == f'  File "{module}.py", line 2, in act'


def test_a_function_that_cannot_be_called_as_it_is_needs_no_frames():
    """The error names it."""
    with pytest.raises(TypeError) as caught:
        click.Context(LazyGroup("main")).invoke(click.Command("act", callback=lambda name: None))
    assert own_frames(caught.value.with_traceback(caught.value.__traceback__.tb_next)) is None
