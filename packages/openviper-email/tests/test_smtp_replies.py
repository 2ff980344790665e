"""Replies are read as they are, in whatever pieces they come; what is none is refused."""

from __future__ import annotations

import pytest

from openviper.core.email._smtp.replies import MalformedReplyError, Reply, ReplyParser

GOOD = [
    (b"250 ok\r\n", [(250, None, "ok")]),
    (b"250 2.1.5 ok\r\n", [(250, "2.1.5", "ok")]),
    (b"250\r\n", [(250, None, "")]),
    (b"250 \r\n", [(250, None, "")]),
    (b"250 ok\n", [(250, None, "ok")]),
    (b"354 go\r\n", [(354, None, "go")]),
    (b"550-5.1.1 no such\r\n550 5.1.1 user\r\n", [(550, "5.1.1", "no such user")]),
    (b"550-5.1.1 no such\r\n550\r\n", [(550, "5.1.1", "no such ")]),
    (b"550-5.1.1 no\r\n550-5.1.10 such\r\n550 5.1.1\r\n", [(550, "5.1.1", "no 5.1.10 such ")]),
    (b"250 2.1.0 a\r\n250 2.1.5 b\r\n354 c\r\n", [(250, "2.1.0", "a"), (250, "2.1.5", "b"), (354, None, "c")]),
    # A status of another class than the code's is text.
    (b"550 2.1.0 what\r\n", [(550, None, "2.1.0 what")]),
    (b"250 2.1.5x ok\r\n", [(250, None, "2.1.5x ok")]),
    (b"550 5.7.26 no\r\n", [(550, "5.7.26", "no")]),
    (b"550 5.7.2600 no\r\n", [(550, None, "5.7.2600 no")]),
    (b"550 caf\xc3\xa9\r\n", [(550, None, "café")]),
    (b"550 caf\xe9\r\n", [(550, None, "caf\N{REPLACEMENT CHARACTER}")]),
    (b"550 \x1b[31mred\x00\r\n", [(550, None, " [31mred ")]),
    (b"550 " + "\N{RIGHT-TO-LEFT OVERRIDE}".encode() + b"gnp\r\n", [(550, None, " gnp")]),
]
BAD = [
    b"hello\r\n",
    b"\r\n",
    b"25 ok\r\n",
    b"2500 ok\r\n",
    b"150 ok\r\n",
    b"650 ok\r\n",
    b"250+ok\r\n",
    b"2\xb20 ok\r\n",
    b" 250 ok\r\n",
    b"-50 ok\r\n",
    b"+25 ok\r\n",
    b"250-a\r\n550 b\r\n",
    b"250-a\r\n\r\n",
    b"250 " + b"x" * 5_000 + b"\r\n",
    b"x" * 5_000,
    b"250-more\r\n" * 10_000,
]


def read(replies):
    return [(reply.code, reply.enhanced_status, reply.text) for reply in replies]


@pytest.mark.parametrize(("sent", "means"), GOOD)
def test_replies_at_once(sent, means):
    """What comes in one piece is read as what it says."""
    parser = ReplyParser()
    assert read(parser.feed(sent)) == means
    assert not parser.is_within


@pytest.mark.parametrize(("sent", "means"), GOOD)
def test_replies_byte_by_byte(sent, means):
    """Pieces make no difference."""
    parser = ReplyParser()
    assert read([reply for at in range(len(sent)) for reply in parser.feed(sent[at : at + 1])]) == means


@pytest.mark.parametrize("sent", BAD)
def test_what_is_no_reply(sent):
    """Nothing is guessed, and nothing without an end is kept."""
    with pytest.raises(MalformedReplyError):
        ReplyParser().feed(sent)


@pytest.mark.parametrize("piece", [b"x" * 1_000, b"250-" + b"x" * 996, b"250-more\r\n" * 100])
def test_endless_pieces_are_cut_off(piece):
    """What goes on for ever ends after some KiB."""
    parser = ReplyParser()
    with pytest.raises(MalformedReplyError):
        list(map(parser.feed, [piece] * 200))


def test_replies_before_a_malformed_one_are_not_lost():
    """They answer what was asked before."""
    with pytest.raises(MalformedReplyError) as caught:
        ReplyParser().feed(b"250 2.0.0 queued\r\nwhat?\r\n")
    assert caught.value.args[1] == [Reply(250, (b"2.0.0 queued",))]


def test_many_replies_of_one_connection_are_no_long_one():
    """The limit is for a reply, not for a connection."""
    parser = ReplyParser()
    for _ in range(10_000):
        assert len(parser.feed(b"250-2.0.0 a\r\n250 2.0.0 b\r\n")) == 1


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (250, "accepted"),
        (251, "accepted"),
        (354, "transient"),
        (421, "transient"),
        (450, "transient"),
        (550, "permanent"),
    ],
)
def test_reply_as_the_answer_for_a_recipient(code, outcome):
    """The first digit says what it means."""
    result = Reply(code, (b"x" * 3_000,)).result("ada@example.org")
    assert (result.recipient, result.outcome, result.code) == ("ada@example.org", outcome, code)
    assert len(result.text) == 1_000
