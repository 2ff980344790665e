"""What the log keeps of refusals."""

from __future__ import annotations

import logging

from openviper.middleware._refusals import log_refusal

LOGGER = logging.getLogger("openviper.middleware.pond")


class Dear:
    """What must not be written out for nobody."""

    def __str__(self):
        raise AssertionError("somebody wrote it out")


def test_nothing_is_done_for_a_log_that_is_off(caplog):
    """Neither the scope nor an argument is looked at."""
    caplog.set_level(logging.INFO, LOGGER.name)
    log_refusal(LOGGER, None, "%s", Dear())
    assert caplog.records == []


def test_a_line_names_request_reason_and_caller(caplog):
    """Method and path without the query; a reason of its own may have percent signs in what it was given."""
    caplog.set_level(logging.DEBUG, LOGGER.name)
    scope = {"type": "http", "method": "POST", "path": "/50%s", "query_string": b"token=1", "headers": []}
    log_refusal(LOGGER, scope, "%.8r", b"100%d\r\n")
    [record] = caplog.records
    assert record.getMessage() == "refused POST /50%s: b'100%d\\"
    assert (record.levelname, record.funcName) == ("DEBUG", "test_a_line_names_request_reason_and_caller")
    assert record.name == "openviper.middleware.pond"
