"""What the log keeps of a failed request."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from openviper.core.context import current_request_id
from openviper.core.error_pages import log_server_error


def request(path="/", **more):
    return {"type": "http", "method": "GET", "path": path, "headers": [], **more}


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


def test_the_record_names_request_error_and_traceback(caplog):
    """One ERROR on openviper.request has all that one needs to find the request."""
    error = raised(ValueError("wrong"))
    log_server_error(request("/cart", state={"request_id": "req-12345"}, query_string=b"token=secret"), error)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("openviper.request", logging.ERROR)
    assert record.getMessage() == "GET /cart failed with ValueError (request id req-12345)"
    assert record.exc_info[1] is error
    assert record.request == {"id": "req-12345", "method": "GET", "path": "/cart"}
    assert "secret" not in caplog.text


def test_the_tasks_own_request_id_wins(caplog):
    """The id of the context variable is the one that other records of the request carry."""
    token = current_request_id.set("from-context")
    try:
        log_server_error(request(state={"request_id": "from-scope"}), ValueError())
    finally:
        current_request_id.reset(token)
    assert caplog.records[0].request["id"] == "from-context"


@pytest.mark.parametrize("state", [{}, {"state": {}}, {"state": None}])
def test_a_request_without_an_id_is_logged_too(state, caplog):
    """Request ids are optional; a line does not speak of one that is not there."""
    log_server_error(request(**state), ValueError())
    assert caplog.records[0].request["id"] is None
    assert caplog.records[0].getMessage() == "GET / failed with ValueError"


@dataclass(frozen=True)
class FrozenError(Exception):
    code: int


class EqualError(Exception):
    """Equal to every other, and unhashable."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize("error", [ValueError(), FrozenError(1), EqualError(), ExceptionGroup("g", [ValueError()])])
def test_an_error_is_logged_once_on_its_way_out(error, caplog):
    """The error handling, the guard and a middleware may all log: the first one does, copies of the scope or not."""
    scope = request()
    log_server_error({**scope, "path": "/mounted"}, error)
    log_server_error(scope, error)
    assert len(caplog.records) == 1


def test_two_errors_of_one_request_are_both_logged(caplog):
    """Equal is not the same: once is meant for an error object."""
    scope = request()
    log_server_error(scope, EqualError())
    log_server_error(scope, EqualError())
    assert len(caplog.records) == 2


def test_an_error_object_that_a_later_request_raises_again_is_logged_again(caplog):
    """A shared future fails every request that waits for it, with one object."""
    error = ConnectionError("pool is gone")
    log_server_error(request("/a"), error)
    log_server_error(request("/b"), error)
    assert [record.request["path"] for record in caplog.records] == ["/a", "/b"]


@pytest.mark.parametrize(
    ("reason", "given", "logged"),
    [
        ("a forged line", "/a\nERROR root logged in", "/a\\nERROR root logged in"),
        ("carriage return and terminal control", "/\r\x1b[2J", "/\\r\\x1b[2J"),
        ("line separators of Unicode", "/\u2028\x85", "/\\u2028\\x85"),
        ("right-to-left override", "/\u202egpj.exe", "/\\u202egpj.exe"),
        ("undecodable bytes", "/\udcff", "/\\udcff"),
        ("plain letters stay", "/Überschrift 🐍", "/Überschrift 🐍"),
    ],
)
def test_a_client_cannot_write_lines_of_the_log(reason, given, logged, caplog):
    """Control characters in path, method and request id are escaped."""
    log_server_error(request(given, method=f"GET{given}", state={"request_id": given}), ValueError())
    assert caplog.records[0].getMessage() == f"GET{logged} {logged} failed with ValueError (request id {logged})", (
        reason
    )


def test_a_huge_path_is_cut(caplog):
    """A 100 kB path does not fill the log."""
    log_server_error(request("/" + "x" * 100_000), ValueError())
    message = caplog.records[0].getMessage()
    assert len(message) < 2_200
    assert "(100001 characters)" in message


def test_a_websocket_is_logged_as_one(caplog):
    """A websocket has no method."""
    log_server_error({"type": "websocket", "path": "/ws", "headers": []}, ValueError())
    assert caplog.records[0].getMessage().startswith("WEBSOCKET /ws failed")
