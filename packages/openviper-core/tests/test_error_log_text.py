"""The traceback of a failed request in the log."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import traceback
from functools import partial

import pytest

from openviper.core.error_pages import log_server_error


def scope():
    return {"type": "http", "method": "GET", "path": "/", "headers": []}


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


def noted(error, note):
    error.add_note(note)
    return error


def caused(error, cause):
    error.__cause__ = cause
    return error


FORGED = "no\x1b]0;pwn\x07\r\nERROR root logged in\n\nERROR again\u2028ERROR twice"


@pytest.mark.parametrize(
    "error",
    [
        ValueError(FORGED),
        noted(ValueError("no"), FORGED),
        noted(ValueError("no"), f"\n\nTraceback (most recent call last):\n{FORGED}"),
        caused(ValueError(FORGED), KeyError("x")),
        caused(ValueError("no"), ValueError(FORGED)),
        ExceptionGroup(FORGED, [ValueError(FORGED), noted(ValueError("no"), FORGED)]),
        SyntaxError(FORGED, (FORGED, 1, 1, FORGED)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_text_of_an_exception_writes_no_line_of_the_log(error, caplog):
    """What a client sent may be in it: control characters are escapes, and no line begins with its text."""
    log_server_error(scope(), raised(error))
    text = logging.Formatter("%(message)s").format(caplog.records[0])
    assert "ERROR root logged in" in text
    assert not any(line.startswith("ERROR") for line in text.splitlines())
    assert text.replace("\n", "").isprintable()
    assert caplog.records[0].exc_info[1] is error


@pytest.fixture
def written(request):
    """Return a function that gives ``openviper.request`` a handler with ``formatter``; it returns what was written."""

    def attach(formatter):
        stream, logger = io.StringIO(), logging.getLogger("openviper.request")
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        request.addfinalizer(lambda: logger.removeHandler(handler))
        return stream.getvalue

    return attach


class OneLine(logging.Formatter):
    """The one of the logging cookbook of Python: https://docs.python.org/3/howto/logging-cookbook.html."""

    def formatException(self, exc_info):  # noqa: N802
        return repr(super().formatException(exc_info))

    def format(self, record):
        result = super().format(record)
        return result.replace("\n", "") if record.exc_text else result


def test_a_formatter_of_the_projects_own_writes_the_traceback(written):
    """It is asked for it, and what it gives is not changed."""
    log = written(OneLine("%(levelname)s|%(message)s|"))
    log_server_error(scope(), raised(ValueError("no")))
    assert log().startswith("ERROR|GET / failed with ValueError|'Traceback (most recent call last):\\n  File")
    assert log().count("\n") == 1


def test_no_filter_is_put_on_the_logger():
    """Logging is the project's to configure."""
    assert logging.getLogger("openviper.request").filters == []


class OwnRecord(logging.LogRecord):
    def getMessage(self):  # noqa: N802
        return "mine"


def test_a_record_factory_of_the_projects_own_is_kept_to(written, request):
    """Its records come as it makes them."""
    request.addfinalizer(partial(logging.setLogRecordFactory, logging.getLogRecordFactory()))
    logging.setLogRecordFactory(OwnRecord)
    log = written(logging.Formatter("%(message)s"))
    log_server_error(scope(), raised(ValueError("no")))
    assert log().startswith("mine\nTraceback")


@pytest.mark.parametrize("copied", [copy.copy, lambda record: pickle.loads(pickle.dumps(record))])
def test_a_record_can_be_handed_on(caplog, copied):
    """As a QueueHandler does, also to another process."""
    log_server_error(scope(), ValueError(FORGED))
    (record,) = caplog.records
    again = copied(record)
    assert (again.getMessage(), again.request, again.exc_text) == (
        record.getMessage(),
        record.request,
        record.exc_text,
    )


def test_a_traceback_stays_as_python_writes_it(caplog):
    """With its line feeds, a cause and a note."""
    error = noted(raised(caused(ValueError("no"), raised(KeyError("x")))), "a note\nof two lines")
    log_server_error(scope(), error)
    _, _, text = logging.Formatter("%(message)s").format(caplog.records[0]).partition("\n")
    expected = "".join(traceback.format_exception(error)).rstrip("\n")
    assert text == expected.replace("\na note\nof", "\n    a note\n    of")
