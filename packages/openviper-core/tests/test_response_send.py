"""The one ``send`` of a stack: which headers it adds, and what it knows."""

from __future__ import annotations

import pytest

from openviper.core.response_send import FixedHeaders, ResponseSend, response_send

STARTS = ["http.response.start", "websocket.http.response.start", "websocket.accept"]


def sending():
    """Return a ``ResponseSend``, and the list of what comes out of it."""
    sent = []

    async def send(message):
        sent.append(message)

    return ResponseSend(send), sent


async def headers_of(prepare, *own, kind="http.response.start"):
    """Return the headers of a response that has ``own``, after ``prepare(send)``."""
    send, sent = sending()
    prepare(send)
    await send({"type": kind, "status": 200, "headers": list(own)})
    return sent[0]["headers"]


def test_layers_share_the_outermost_one():
    """A send that is one is not wrapped again."""
    send, _ = sending()
    assert response_send(send) is send
    assert response_send(len).send is len
    assert response_send(len) is not response_send(len)


async def test_messages_pass_as_they_are_where_nothing_is_added():
    """Not even a copy is made."""
    send, sent = sending()
    messages = [{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}]
    for message in messages:
        await send(message)
    assert [id(message) for message in sent] == [id(message) for message in messages]


async def test_it_knows_whether_a_response_has_begun():
    """From the first message on, before it is awaited: no other response can be sent."""
    send, _ = sending()
    assert not send.started
    waiting = send({"type": "http.response.start", "status": 200})
    assert send.started
    await waiting


@pytest.mark.parametrize("kind", STARTS)
async def test_every_kind_of_start_gets_the_headers(kind):
    """A response, the denial of a websocket, and its acceptance."""
    fixed = FixedHeaders([(b"x-a", b"1")])
    assert await headers_of(lambda send: send.fix(fixed), kind=kind) == [(b"x-a", b"1")]


@pytest.mark.parametrize("kind", ["http.response.body", "websocket.send", "websocket.close"])
async def test_other_messages_get_none(kind):
    """They have none."""
    send, sent = sending()
    send.append(b"x-a", b"1")
    await send({"type": kind})
    assert sent == [{"type": kind}]


@pytest.mark.parametrize("kind", ["http.response.debug", "http.response.early_hint", "http.response.push"])
async def test_what_may_come_before_a_response_does_not_begin_it(kind):
    """It takes nothing away from the start, and another response can still be sent."""
    send, sent = sending()
    send.append(b"x-a", b"1")
    await send({"type": kind})
    assert not send.started
    await send({"type": "http.response.start", "status": 200})
    assert sent == [{"type": kind}, {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]}]


@pytest.mark.parametrize("given", [[(b"x-a", b"1")], ((b"x-a", b"1"),), iter([(b"x-a", b"1")])])
async def test_the_message_of_the_application_is_not_changed(given):
    """It may send the same one again, with headers in any iterable."""
    send, sent = sending()
    send.replace(b"x-b", b"2")
    message = {"type": "http.response.start", "status": 204, "headers": given, "trailers": True}
    await send(message)
    assert message["headers"] is given
    assert sent == [{**message, "headers": [(b"x-a", b"1"), (b"x-b", b"2")]}]


@pytest.mark.parametrize(
    ("own", "headers"),
    [
        ([], [(b"server", b"us"), (b"x-a", b"1"), (b"x-b", b"2"), (b"vary", b"Origin")]),
        ([(b"x-c", b"3")], [(b"x-c", b"3"), (b"server", b"us"), (b"x-a", b"1"), (b"x-b", b"2"), (b"vary", b"Origin")]),
        ([(b"x-a", b"own")], [(b"x-a", b"own"), (b"server", b"us"), (b"x-b", b"2"), (b"vary", b"Origin")]),
        ([(b"x-a", b"")], [(b"x-a", b""), (b"server", b"us"), (b"x-b", b"2"), (b"vary", b"Origin")]),
        (
            [(b"x-a", b"1"), (b"x-a", b"2"), (b"x-b", b"own")],
            [(b"x-a", b"1"), (b"x-a", b"2"), (b"x-b", b"own"), (b"server", b"us"), (b"vary", b"Origin")],
        ),
        (
            [(b"vary", b"Accept")],
            [(b"vary", b"Accept"), (b"server", b"us"), (b"x-a", b"1"), (b"x-b", b"2"), (b"vary", b"Origin")],
        ),
        (
            [(b"server", b"own"), (b"server", b"two"), (b"x-c", b"3")],
            [(b"x-c", b"3"), (b"server", b"us"), (b"x-a", b"1"), (b"x-b", b"2"), (b"vary", b"Origin")],
        ),
    ],
)
async def test_fixed_headers_are_defaults_additions_or_replacements(own, headers):
    """A default gives way to the application's own, an addition stands beside it, a replacement takes its place."""
    fixed = FixedHeaders(
        [(b"x-a", b"1"), (b"x-b", b"2"), (b"server", b"never")], [(b"vary", b"Origin")], [(b"server", b"us")]
    )
    assert await headers_of(lambda send: send.fix(fixed), *own) == headers


async def test_fixed_headers_of_several_layers_are_joined():
    """As by layers that each wrap send: an inner default is there before an outer one, an outer replacement is last."""
    outer = FixedHeaders([(b"x-a", b"outer")], [(b"vary", b"Origin")], [(b"x-r", b"outer")])
    inner = FixedHeaders(
        [(b"x-a", b"inner"), (b"x-b", b"2"), (b"x-r", b"inner")],
        [(b"vary", b"Origin"), (b"vary", b"Cookie")],
        [(b"x-r", b"inner"), (b"x-s", b"inner")],
    )

    def prepare(send):
        send.fix(outer)
        send.fix(inner)

    assert await headers_of(prepare) == [
        (b"x-r", b"outer"),
        (b"x-s", b"inner"),
        (b"x-a", b"inner"),
        (b"x-b", b"2"),
        (b"vary", b"Origin"),
        (b"vary", b"Cookie"),
    ]


REMOVING = FixedHeaders(removing=[b"x-r"])
DEFAULT = FixedHeaders([(b"x-r", b"ours")])


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([REMOVING], []),
        ([REMOVING, DEFAULT], []),
        ([DEFAULT, REMOVING], [(b"x-r", b"ours")]),
        ([REMOVING, FixedHeaders(replacing=[(b"x-r", b"inner")])], []),
        ([FixedHeaders(replacing=[(b"x-r", b"outer")]), REMOVING], [(b"x-r", b"outer")]),
        ([DEFAULT, REMOVING, FixedHeaders([(b"x-r", b"inner")])], [(b"x-r", b"ours")]),
    ],
)
@pytest.mark.parametrize("own", [[], [(b"x-r", b"own"), (b"x-r", b"two")]])
async def test_headers_may_be_removed(layers, expected, own):
    """Those of the application and of inner layers; an outer layer adds its own all the same."""

    def prepare(send):
        for layer in layers:
            send.fix(layer)

    assert await headers_of(prepare, *own) == expected


async def test_the_same_fixed_headers_are_added_once():
    """A layer may be listed twice, or call ``fix`` for the request and again for the response."""
    fixed = FixedHeaders([(b"x-a", b"1")], [(b"vary", b"Origin")])

    def prepare(send):
        send.fix(fixed)
        send.fix(fixed)

    assert await headers_of(prepare) == [(b"x-a", b"1"), (b"vary", b"Origin")]


def test_a_sum_is_made_once():
    """The layers of a stack add up the same objects for every request."""
    one, two = FixedHeaders([(b"a", b"1")]), FixedHeaders([(b"b", b"2")])
    assert one.plus(two) is one.plus(two)
    assert one.plus(two) is not two.plus(one)
    assert one.plus(two).defaults == ((b"a", b"1"), (b"b", b"2"))
    assert one.defaults == ((b"a", b"1"),)


async def test_a_replaced_header_takes_the_place_of_all_of_its_name():
    """The application's, and an earlier value; a default of the same name is not needed then."""

    def prepare(send):
        send.fix(FixedHeaders([(b"x-a", b"fixed"), (b"x-b", b"fixed")]))
        send.default(b"x-a", b"default")
        send.replace(b"x-a", b"first")
        send.replace(b"x-a", b"last")
        send.replace(b"x-c", b"3")

    own = [(b"x-a", b"own"), (b"x-a", b"own too"), (b"x-z", b"own")]
    assert await headers_of(prepare, *own) == [
        (b"x-z", b"own"),
        (b"x-a", b"last"),
        (b"x-c", b"3"),
        (b"x-b", b"fixed"),
    ]


@pytest.mark.parametrize(
    ("own", "value"), [([], b"default"), ([(b"x-a", b"own")], b"own"), ([(b"x-b", b"own")], b"default")]
)
async def test_a_default_stands_between_the_application_and_what_is_fixed(own, value):
    """It gives way to the application's own header, and what is fixed gives way to it."""

    def prepare(send):
        send.default(b"x-a", b"earlier")
        send.default(b"x-a", b"default")
        send.fix(FixedHeaders([(b"x-a", b"fixed")]))

    headers = await headers_of(prepare, *own)
    assert [field for field in headers if field[0] == b"x-a"] == [(b"x-a", value)]


async def test_an_appended_header_stands_beside_all_others():
    """As every Set-Cookie does."""

    def prepare(send):
        send.append(b"set-cookie", b"a=1")
        send.append(b"set-cookie", b"a=1")
        send.replace(b"set-cookie", b"b=2")

    assert await headers_of(prepare, (b"set-cookie", b"own=1")) == [
        (b"set-cookie", b"b=2"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"a=1"),
    ]


async def test_what_is_added_after_the_start_is_too_late():
    """The messages that follow pass as they are."""
    send, sent = sending()
    await send({"type": "websocket.accept"})
    send.append(b"x-a", b"1")
    await send({"type": "websocket.send", "text": "hello"})
    assert sent == [{"type": "websocket.accept"}, {"type": "websocket.send", "text": "hello"}]


async def test_what_the_server_raises_passes():
    """A client that left is told to the application."""

    async def gone(message):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await ResponseSend(gone)({"type": "http.response.start", "status": 200})


async def test_a_name_in_another_case_is_the_same_name():
    """An application that does not keep to lower case has its header neither twice nor in vain."""
    fixed = FixedHeaders([(b"x-frame-options", b"DENY")], replacing=[(b"x-origin", b"ours")])
    own = [(b"X-Frame-Options", b"SAMEORIGIN"), [b"X-Origin", b"theirs"]]
    headers = await headers_of(lambda send: send.fix(fixed), *own)
    assert sorted(headers) == [(b"x-frame-options", b"SAMEORIGIN"), (b"x-origin", b"ours")]


async def test_whoever_sends_past_it_takes_the_headers_along():
    """Once: what comes later has its own."""
    send, sent = sending()
    assert send.begin([(b"x-own", b"1")]) == [(b"x-own", b"1")]
    assert send.started
    send, sent = sending()
    send.fix(FixedHeaders([(b"x-own", b"2"), (b"x-a", b"1")]))
    assert send.begin([(b"x-own", b"1")]) == [(b"x-own", b"1"), (b"x-a", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    assert sent[0]["headers"] == []


async def test_several_headers_are_added_at_once():
    """Beside those of their names, in order, whatever was appended before."""

    def prepare(send):
        send.extend([(b"x-a", b"2"), (b"x-b", b"3")])
        send.append(b"x-a", b"4")

    assert await headers_of(prepare, (b"x-a", b"1")) == [
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x-b", b"3"),
        (b"x-a", b"4"),
    ]
