"""What is said for a message, and what the answers mean for its recipients."""

from __future__ import annotations

import asyncio

import pytest
from smtp_script import Wait

from openviper.core.email._smtp.extensions import Extensions
from openviper.core.email._smtp.stuffing import check_lines, stuffed
from openviper.core.email.errors import InvalidMessage

ADA, BOB = "ada@example.org", "bob@example.org"
GREEK = "\N{GREEK SMALL LETTER ALPHA}da@example.org"
MANY = tuple(f"r{number}@example.org" for number in range(250))


@pytest.mark.parametrize(
    ("chunks", "sent"),
    [
        ([b"a\r\n"], b"a\r\n.\r\n"),
        ([b""], b".\r\n"),
        ([], b".\r\n"),
        ([b".\r\n"], b"..\r\n.\r\n"),
        ([b".a\r\n"], b"..a\r\n.\r\n"),
        ([b"a\r\n.\r\nb\r\n"], b"a\r\n..\r\nb\r\n.\r\n"),
        ([b"\r\n.\r\n.\r\n"], b"\r\n..\r\n..\r\n.\r\n"),
        ([b"a\r\n", b".b\r\n"], b"a\r\n..b\r\n.\r\n"),
        ([b"a\r", b"\n.b\r\n"], b"a\r\n..b\r\n.\r\n"),
        ([b"a\r", b"\n", b".b\r\n"], b"a\r\n..b\r\n.\r\n"),
        ([b"a", b"\r", b"\n", b".", b".\r\n"], b"a\r\n...\r\n.\r\n"),
        ([b"a", b".b\r\n"], b"a.b\r\n.\r\n"),
        ([b"a\r\n", b"", b".b\r\n"], b"a\r\n..b\r\n.\r\n"),
        ([b"a"], b"a\r\n.\r\n"),
        ([b"a.\r\n"], b"a.\r\n.\r\n"),
    ],
)
def test_dots_are_doubled(chunks, sent):
    """Where a line begins with a dot there are two, over the borders of pieces too; the last line is a lone dot."""
    assert b"".join(stuffed(chunks)) == sent


@pytest.mark.parametrize("chunks", [[b"a\r\n"], [b"a\r", b"\nb\r\n"], [], [b""], [b"\r", b"", b"\n"]])
def test_lines_that_end_in_crlf_pass(chunks):
    """Pieces may end anywhere."""
    check_lines(chunks)


@pytest.mark.parametrize(
    "chunks",
    [[b"a\n.\n"], [b"a\r.\r"], [b"a\n"], [b"\n.\r\n"], [b"a\r\r\n"], [b"a\n\r"], [b"a\r", b"b\n"], [b"a\r\n", b"\n"]],
)
def test_lone_cr_or_lf_is_refused(chunks):
    """No server is given what another could take for the end of the message (SMTP smuggling)."""
    with pytest.raises(InvalidMessage, match="a CR without LF, or a LF without CR"):
        check_lines(chunks)


@pytest.mark.parametrize(
    ("offered", "size"),
    [
        ({}, None),
        ({"size": ""}, 0),
        ({"SIZE": "0"}, 0),
        ({"Size": "10 x"}, 10),
        ({"SIZE": "x"}, 0),
        ({"SIZE": "9" * 30}, 0),
    ],
)
def test_size_that_is_offered(offered, size):
    """What is no number, or none that can be meant, sets no limit (RFC 1870)."""
    assert Extensions.of(offered).size == size


async def test_envelope_goes_out_at_once_and_the_next_with_the_end_of_the_message(smtp_script, smtp_backend, mail):
    """With PIPELINING a message costs one round trip, if there is one before it."""
    server = smtp_script({"MAIL": [(Wait(0.1), "250 ok")]})
    backend = smtp_backend(server, pool_size=1)
    await asyncio.gather(*(backend.send(mail()) for _ in range(3)))
    verbs = [[line.split()[0] for line in group] for group in server.groups]
    following = [".", "MAIL", "RCPT", "DATA"]
    assert verbs == [["EHLO"], following[1:], following, following, ["."]]
    assert server.connections == 1


async def test_without_pipelining_each_command_waits(smtp_script, smtp_backend, mail):
    """A server that does not offer it gets one command at a time (RFC 2920)."""
    server = smtp_script(extensions=("8BITMIME",))
    backend = smtp_backend(server, pool_size=1)
    await asyncio.gather(*(backend.send(mail(ADA, BOB)) for _ in range(3)))
    assert all(len(group) <= 1 for group in server.groups)
    assert len(server.accepted) == 3


async def test_message_arrives_as_it_was(smtp_script, smtp_backend, mail):
    """Lines with dots are what they were, and nothing follows the message."""
    server = smtp_script()
    await smtp_backend(server).send(mail(text=".\n..\n.a\nMAIL FROM:<x@example.org>\n\n."))
    body = server.accepted[0].data.partition(b"\r\n\r\n")[2]
    assert body == b".\r\n..\r\n.a\r\nMAIL FROM:<x@example.org>\r\n\r\n.\r\n"


@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
async def test_bounces_go_where_they_are_asked_to(extensions, smtp_script, smtp_backend, mail):
    """MAIL FROM is the envelope sender, or nobody."""
    server = smtp_script(extensions=extensions)
    backend = smtp_backend(server)
    await backend.send(mail(envelope_sender="bounces@example.org"))
    await backend.send(mail(envelope_sender=""))
    assert [line.split()[1] for line in server.lines("MAIL")] == ["FROM:<bounces@example.org>", "FROM:<>"]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
async def test_many_recipients_are_split(extensions, smtp_script, smtp_backend, mail):
    """A transaction has 100 recipients, which every server takes (RFC 5321, 4.5.3.1.8); each gets it once."""
    server = smtp_script(extensions=extensions)
    result = await smtp_backend(server).send(mail(bcc=MANY))
    assert result.ok
    assert [one.recipient for one in result.accepted] == [ADA, *MANY]
    assert [len(one.recipients) for one in server.accepted] == [100, 100, 51]
    assert [each for one in server.accepted for each in one.recipients] == [ADA, *MANY]
    assert len({one.data for one in server.accepted}) == 1


@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
@pytest.mark.parametrize("refusal", ["452 4.5.3 too many recipients", "452 too many", "552 5.5.3 too many"])
async def test_one_recipient_too_many_goes_into_the_next_transaction(
    refusal, extensions, smtp_script, smtp_backend, mail
):
    """A server that takes fewer has the rest sent afterwards, and is not asked for more again."""
    answers = ["250 ok"] * 3 + [refusal] * 4 + ["250 ok"] * 4
    server = smtp_script({"RCPT": answers}, extensions=extensions)
    result = await smtp_backend(server).send(mail(*MANY[:7]))
    assert result.ok
    assert [len(one.recipients) for one in server.accepted] == [3, 3, 1]


async def test_full_mailbox_is_not_one_recipient_too_many(smtp_script, smtp_backend, mail):
    """452 of somebody's own mailbox is his answer."""
    server = smtp_script({f"RCPT {BOB}": "452 4.2.2 mailbox full"})
    result = await smtp_backend(server).send(mail(ADA, BOB))
    assert [(one.recipient, one.outcome, one.code) for one in result.refused] == [(BOB, "transient", 452)]
    assert len(server.lines("MAIL")) == 1


@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
async def test_message_after_one_that_nobody_took(extensions, smtp_script, smtp_backend, mail):
    """The envelope of the refused message is taken back (RSET) before the next one's."""
    server = smtp_script({f"RCPT {BOB}": "550 5.1.1 no such user"}, extensions=extensions)
    backend = smtp_backend(server, pool_size=1)
    first, second = await asyncio.gather(backend.send(mail(BOB)), backend.send(mail(ADA)))
    assert first.refused[0].code == 550
    assert second.ok
    assert server.connections == 1
    assert len(server.lines("RSET")) == 1


async def test_lone_dot_where_nobody_was_taken_and_the_message_is_asked_for(smtp_script, smtp_backend, mail):
    """A server that wants the message for nobody gets an empty one (RFC 2920, 3.1), and the connection lives on."""
    server = smtp_script({"RCPT": ["550 5.1.1 no"], "DATA": ["354 go"]})
    backend = smtp_backend(server, pool_size=1)
    first = await backend.send(mail(BOB))
    assert (first.refused[0].code, first.refused[0].outcome) == (550, "permanent")
    assert server.received == []
    assert (await backend.send(mail(ADA))).ok
    assert server.connections == 1


async def test_size_is_announced_and_obeyed(smtp_script, smtp_backend, mail):
    """The size is that of the message without doubled dots; one that is larger than offered is not even announced."""
    server = smtp_script(extensions=("PIPELINING", "SIZE 2000"))
    backend = smtp_backend(server)
    assert (await backend.send(mail(text=".\n.\n"))).ok
    assert server.accepted[0].parameters == f"SIZE={len(server.accepted[0].data)}"
    (only,) = (await backend.send(mail(text="word " * 1000))).refused
    assert (only.outcome, only.code, only.enhanced_status) == ("permanent", None, "5.3.4")
    assert "the server takes 2,000" in only.text
    assert len(server.lines("MAIL")) == 1


async def test_recipient_beyond_ascii_needs_smtputf8(smtp_script, smtp_backend, mail):
    """Where it is not offered that recipient alone is refused, with 5.6.7, and is not in the header."""
    server = smtp_script(extensions=("PIPELINING", "8BITMIME"))
    result = await smtp_backend(server).send(mail(ADA, GREEK))
    assert [one.recipient for one in result.accepted] == [ADA]
    assert [(one.recipient, one.outcome, one.enhanced_status) for one in result.refused] == [
        (GREEK, "permanent", "5.6.7")
    ]
    assert server.accepted[0].data.isascii()
    assert server.accepted[0].parameters == ""


async def test_recipient_beyond_ascii_with_smtputf8(smtp_script, smtp_backend, mail):
    """Where it is offered it is used, and only for messages that need it."""
    server = smtp_script()
    backend = smtp_backend(server)
    assert (await backend.send(mail(ADA, GREEK))).ok
    assert (await backend.send(mail(ADA))).ok
    assert [one.parameters for one in server.accepted] == ["BODY=8BITMIME SMTPUTF8", ""]
    assert server.accepted[0].recipients == [ADA, GREEK]
    assert GREEK.encode() in server.accepted[0].data


@pytest.mark.parametrize("field", ["sender", "envelope_sender", "reply_to"])
async def test_sender_beyond_ascii_needs_smtputf8(field, smtp_script, smtp_backend, mail):
    """Without it nobody can have such a message."""
    server = smtp_script(extensions=("PIPELINING",))
    (only,) = (await smtp_backend(server).send(mail(**{field: GREEK}))).refused
    assert (only.outcome, only.enhanced_status) == ("permanent", "5.6.7")
    assert server.lines("MAIL") == []


async def test_domain_beyond_ascii_needs_nothing(smtp_script, smtp_backend, mail):
    """It goes as A-labels to any server."""
    server = smtp_script(extensions=())
    server.extensions = ("8BITMIME",)
    assert (await smtp_backend(server).send(mail("ada@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"))).ok
    assert server.accepted[0].recipients == ["ada@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("extensions", "outcome", "status"),
    [(("PIPELINING",), "permanent", "5.6.3"), (("PIPELINING", "8BITMIME"), "accepted", "2.0.0")],
)
async def test_bytes_beyond_ascii_need_8bitmime(extensions, outcome, status, smtp_script, smtp_backend, mail):
    """A header that a signer put there goes to servers that take eight bits, announced as such (RFC 6152)."""
    server = smtp_script(extensions=extensions)
    result = await smtp_backend(server).send(
        mail(), sign=lambda _: "X-Seal: caf\N{LATIN SMALL LETTER E WITH ACUTE}\r\n".encode()
    )
    (only,) = result.accepted + result.refused
    assert (only.outcome, only.enhanced_status) == (outcome, status)
    assert [one.parameters for one in server.accepted] == (["BODY=8BITMIME"] if result.ok else [])
