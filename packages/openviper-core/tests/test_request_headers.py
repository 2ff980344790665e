"""A request's headers by name, shared by the layers of a stack."""

from __future__ import annotations

import pytest

from openviper.core.request_headers import forget_request_headers, request_headers


@pytest.mark.parametrize(
    ("raw", "table"),
    [
        ([], {}),
        ([(b"host", b"a"), (b"accept", b"*/*")], {b"host": b"a", b"accept": b"*/*"}),
        ([(b"host", b"a"), (b"host", b"b")], {b"host": b"a, b"}),
        ([(b"host", b"a"), (b"accept", b"*/*"), (b"host", b"a")], {b"host": b"a, a", b"accept": b"*/*"}),
        ([(b"cookie", b"a=1"), (b"cookie", b"b=2; c=3")], {b"cookie": b"a=1; b=2; c=3"}),
        ([(b"origin", b""), (b"origin", b"null")], {b"origin": b", null"}),
        ([(b"x", b"1"), (b"x", b"2"), (b"x", b"3")], {b"x": b"1, 2, 3"}),
        ([(b"x", b"\xff\x00\r\n")], {b"x": b"\xff\x00\r\n"}),
    ],
)
def test_headers_are_found_by_name_and_repeated_ones_joined(raw, table):
    """A second Host or Origin cannot hide behind the first one, or the other way round."""
    assert request_headers({"headers": raw}) == table


def test_the_table_is_made_once():
    """Each layer is handed the one that the first has made."""
    scope = {"headers": [(b"host", b"a")]}
    assert request_headers(scope) is request_headers(scope)


def test_a_change_of_the_list_is_seen():
    """Another list, or one of another length, makes the table anew, in a copy of the scope too."""
    scope = {"headers": [(b"host", b"a")]}
    request_headers(scope)
    scope["headers"].append((b"host", b"b"))
    assert request_headers(scope) == {b"host": b"a, b"}
    scope["headers"] = [(b"host", b"c"), (b"accept", b"d")]
    assert request_headers(scope) == {b"host": b"c", b"accept": b"d"}
    assert request_headers({**scope, "headers": []}) == {}
    assert request_headers(scope) == {b"host": b"c", b"accept": b"d"}


def test_a_change_in_its_place_has_to_be_told():
    """Nothing shows that one header was exchanged for another."""
    scope = {"headers": [(b"host", b"a")]}
    before = request_headers(scope)
    scope["headers"][0] = (b"host", b"b")
    forget_request_headers(scope)
    assert request_headers(scope) == {b"host": b"b"}
    assert before == {b"host": b"a"}


def test_a_scope_that_nobody_asked_can_be_told():
    """Whoever changes the headers need not know whether they were looked at."""
    scope = {"headers": []}
    forget_request_headers(scope)
    assert request_headers(scope) == {}


def test_any_number_of_repetitions_is_joined():
    """In linear time: what takes a client a second to send may not take the server an hour."""
    repeated = [(b"a", b"b" * 20)] * 300_000
    assert request_headers({"headers": repeated})[b"a"].count(b", ") == 299_999
