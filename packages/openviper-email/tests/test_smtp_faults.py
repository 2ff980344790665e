"""What servers do wrong: every message ends delivered once, refused, or reported ambiguous, and the counts agree."""

from __future__ import annotations

import asyncio

import pytest
from smtp_script import CLOSE, ENDLESS, ENDLESS_LINE, RESET, SILENCE, Slow, Wait

ADA, BOB = "ada@example.org", "bob@example.org"
PIPELINING = pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
BYE = ("421 4.3.2 closing", CLOSE)

# The script, then outcome and code of the only recipient, and what the server took.
FAULTS = {
    "greeting 421": ({"CONNECT": BYE}, "transient", 421, 0),
    "greeting 554": ({"CONNECT": ("554 5.3.2 no mail here", CLOSE)}, "permanent", 554, 0),
    "greeting closed": ({"CONNECT": CLOSE}, "transient", None, 0),
    "greeting reset": ({"CONNECT": RESET}, "transient", None, 0),
    "greeting silent": ({"CONNECT": SILENCE}, "transient", None, 0),
    "greeting endless": ({"CONNECT": ENDLESS_LINE}, "transient", None, 0),
    "greeting of another protocol": ({"CONNECT": (b"SSH-2.0-OpenSSH_9\r\n", SILENCE)}, "transient", None, 0),
    "greeting with more behind it": ({"CONNECT": ("220 hello", *BYE)}, "transient", None, 0),
    "EHLO 421": ({"EHLO": BYE}, "transient", 421, 0),
    "EHLO 451": ({"EHLO": "451 4.3.0 later"}, "transient", 451, 0),
    "EHLO and HELO 550": ({"EHLO": "550 5.7.1 not you", "HELO": "550 5.7.1 not you"}, "permanent", 550, 0),
    "EHLO endless": ({"EHLO": ENDLESS}, "transient", None, 0),
    "EHLO endless line": ({"EHLO": ENDLESS_LINE}, "transient", None, 0),
    "EHLO silent": ({"EHLO": SILENCE}, "transient", None, 0),
    "EHLO and more": ({"EHLO": ("250 scripted.example", "250 2.0.0 more")}, "transient", None, 0),
    "MAIL 421": ({"MAIL": BYE}, "transient", 421, 0),
    "MAIL 451": ({"MAIL": "451 4.3.0 later"}, "transient", 451, 0),
    "MAIL 550": ({"MAIL": "550 5.7.1 not from you"}, "permanent", 550, 0),
    "MAIL closed": ({"MAIL": CLOSE}, "transient", None, 0),
    "MAIL reset": ({"MAIL": RESET}, "transient", None, 0),
    "MAIL silent": ({"MAIL": SILENCE}, "transient", None, 0),
    "MAIL garbage": ({"MAIL": "hello?"}, "transient", None, 0),
    "MAIL 354": ({"MAIL": "354 what"}, "transient", 354, 0),
    "MAIL endless": ({"MAIL": ENDLESS}, "transient", None, 0),
    "RCPT 421": ({"RCPT": BYE}, "transient", 421, 0),
    "RCPT 450": ({"RCPT": "450 4.2.0 greylisted"}, "transient", 450, 0),
    "RCPT 452, the only one": ({"RCPT": "452 4.5.3 too many"}, "transient", 452, 0),
    "RCPT 550": ({"RCPT": "550 5.1.1 no such user"}, "permanent", 550, 0),
    "RCPT closed": ({"RCPT": CLOSE}, "transient", None, 0),
    "RCPT silent": ({"RCPT": SILENCE}, "transient", None, 0),
    "RCPT 550 and DATA 354": ({"RCPT": "550 5.1.1 no such user", "DATA": "354 go"}, "permanent", 550, 0),
    "MAIL 550 and all the rest accepted": (
        {"MAIL": "550 5.7.1 not from you", "RCPT": "250 ok", "DATA": "354 go"},
        "permanent",
        550,
        0,
    ),
    "DATA 421": ({"DATA": BYE}, "transient", 421, 0),
    "DATA 451": ({"DATA": "451 4.3.0 later"}, "transient", 451, 0),
    "DATA 554": ({"DATA": "554 5.6.0 no"}, "permanent", 554, 0),
    "DATA 250": ({"DATA": "250 2.0.0 fine"}, "transient", None, 0),
    "DATA silent": ({"DATA": SILENCE}, "transient", None, 0),
    "DATA closed": ({"DATA": CLOSE}, "transient", None, 0),
    "message 421": ({".": BYE}, "transient", 421, 0),
    "message 451": ({".": "451 4.3.0 later"}, "transient", 451, 0),
    "message 554": ({".": "554 5.7.1 spam"}, "permanent", 554, 0),
    "message closed": ({".": CLOSE}, "ambiguous", None, 0),
    "message reset": ({".": RESET}, "ambiguous", None, 0),
    "message silent": ({".": SILENCE}, "ambiguous", None, 0),
    "message garbage": ({".": (b"\x00\xff\r\n", SILENCE)}, "ambiguous", None, 0),
    "message 354": ({".": "354 more"}, "ambiguous", 354, 0),
    "message half a reply": ({".": (b"250 2.0", CLOSE)}, "ambiguous", None, 0),
    "message endless": ({".": ENDLESS}, "ambiguous", None, 0),
    "message slow": ({".": Slow("250 2.0.0 well")}, "accepted", 250, 1),
    "message, then 421": ({".": ("250 2.0.0 queued", *BYE)}, "accepted", 250, 1),
    "message, then a reply too many": ({".": ("250 2.0.0 queued", "250 2.0.0 again")}, "accepted", 250, 1),
    "idle 421": ({"IDLE": BYE}, "accepted", 250, 1),
    "idle closed": ({"IDLE": CLOSE}, "accepted", 250, 1),
    "QUIT silent": ({"QUIT": SILENCE}, "accepted", 250, 1),
    "SIZE 10": ({"EHLO": ("250-scripted.example", "250 SIZE 10")}, "permanent", None, 0),
    "SIZE of no number": ({"EHLO": ("250-scripted.example", "250 SIZE lots")}, "accepted", 250, 1),
}


@PIPELINING
@pytest.mark.parametrize("fault", FAULTS)
async def test_fault_is_reported_as_what_it_is(fault, extensions, smtp_script, smtp_backend, mail):
    """One message to a server with one fault has the outcome that this fault means, and the server agrees."""
    script, outcome, code, taken = FAULTS[fault]
    server = smtp_script(script, extensions=extensions)
    seconds = 0.3 if SILENCE in parts_of(script) else 5
    data = mail()
    result = await smtp_backend(server, timeout=seconds).send(data)
    (only,) = result.accepted + result.refused
    assert (only.recipient, only.outcome, only.code) == (ADA, outcome, code), only
    said = [part for part in parts_of(script) if isinstance(part, str) and part[:3] == str(code)]
    if said and outcome != "accepted":
        status, _, text = said[-1][4:].partition(" ") if said[-1][5:6] == "." else ("", "", said[-1][4:])
        assert (only.enhanced_status or "", only.text.rpartition(": ")[2]) == (status, text), only
    assert only.text or code, only
    assert len(server.accepted) >= taken
    assert outcome != "accepted" or len(server.received) == 1
    assert outcome not in ("permanent", "transient") or not server.accepted
    assert only.text.isprintable()
    assert len(only.text) <= 1000


def parts(does):
    return does if isinstance(does, tuple) else (does,)


def parts_of(script):
    return [part for does in script.values() for part in parts(does)]


# A refusal of the connection is remembered for a while, and a server that takes no message of this size takes none.
LASTING = {"greeting 554", "EHLO and HELO 550", "SIZE 10"}
SILENT = {fault for fault, (script, *_) in FAULTS.items() if SILENCE in parts_of(script)}


@PIPELINING
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - SILENT - LASTING))
async def test_next_message_gets_its_own_answer_after_any_fault(fault, extensions, smtp_script, smtp_backend, mail):
    """After a fault that leaves the server alive, the next message is accepted, and answered for itself."""
    script = FAULTS[fault][0]
    server = smtp_script({step: [does] for step, does in script.items()}, extensions=extensions)
    backend = smtp_backend(server, timeout=5)
    await backend.send(mail("first@example.org"))
    result = await backend.send(mail("second@example.org"))
    assert result.ok, result
    taken = [one.recipients for one in server.accepted if one.recipients != ["first@example.org"]]
    assert taken == [["second@example.org"]]


@PIPELINING
async def test_one_of_two_recipients_is_refused(extensions, smtp_script, smtp_backend, mail):
    """The other one gets the message, and each has its own answer."""
    server = smtp_script({f"RCPT {BOB}": "550 5.1.1 no such user"}, extensions=extensions)
    result = await smtp_backend(server).send(mail(ADA, BOB))
    assert [(one.recipient, one.code, one.enhanced_status, one.text) for one in result.accepted] == [
        (ADA, 250, "2.0.0", "queued")
    ]
    assert [(one.recipient, one.outcome, one.code, one.enhanced_status, one.text) for one in result.refused] == [
        (BOB, "permanent", 550, "5.1.1", "no such user")
    ]
    assert [one.recipients for one in server.accepted] == [[ADA]]


@PIPELINING
@pytest.mark.parametrize("bad", [0, 1])
async def test_replies_that_belong_to_other_commands_are_not_believed(bad, extensions, smtp_script, smtp_backend, mail):
    """A server that answers a message twice shifts all replies after it; nobody gets the refusal of another."""
    recipients = ["one@example.org", "two@example.org", "three@example.org"]
    extra = ("250 2.0.0 queued", Wait(0.05), "250 2.0.0 and again")
    script = {".": [extra], "IDLE": [Wait(0.05)], f"RCPT {recipients[bad]}": "550 5.1.1 no such user"}
    server = smtp_script(script, extensions=extensions)
    backend = smtp_backend(server, pool_size=1, timeout=5)
    first, second = await asyncio.gather(backend.send(mail("first@example.org")), backend.send(mail(*recipients)))
    assert first.ok
    wrongly = [each.recipient for each in second.permanent if each.recipient != recipients[bad]]
    assert not wrongly, second
    assert not second.ambiguous


@PIPELINING
@pytest.mark.parametrize(("step", "does"), [("DATA", CLOSE), ("DATA", BYE), (".", BYE), (".", CLOSE)])
async def test_refusals_before_a_death_stand(step, does, extensions, smtp_script, smtp_backend, mail):
    """A recipient who was refused for good is not told that the connection died."""
    server = smtp_script({f"RCPT {BOB}": "550 5.1.1 no such user", step: does}, extensions=extensions)
    result = await smtp_backend(server).send(mail(ADA, BOB))
    outcomes = {one.recipient: one.outcome for one in result.refused}
    assert outcomes == {ADA: "ambiguous" if (step, does) == (".", CLOSE) else "transient", BOB: "permanent"}


async def test_death_in_the_midst_of_a_large_message_is_no_doubt(smtp_script, smtp_backend, mail):
    """A server that goes away while megabytes are on their way surely has not got the dot."""
    server = smtp_script({"DATA": ("354 go", Wait(0.05), RESET)})
    result = await smtp_backend(server).send(mail(text="word " * 3_000_000))
    assert [one.outcome for one in result.refused] == ["transient"]
    assert server.received == []


@pytest.mark.parametrize(
    ("early", "outcome"),
    [("552 5.3.4 too large", "permanent"), ("452 4.3.1 full", "transient"), ("250 ok", "ambiguous")],
)
async def test_answer_before_the_end_of_a_large_message(early, outcome, smtp_script, smtp_backend, mail):
    """What a server says before it has the dot counts, the rest is not sent, and the connection is given up."""
    server = smtp_script({"DATA": [("354 go", Wait(0.05), early, SILENCE)]})
    backend = smtp_backend(server)
    result = await backend.send(mail(text="word " * 3_000_000))
    assert [one.outcome for one in result.refused] == [outcome]
    assert (await backend.send(mail())).ok
    assert server.connections == 2


@PIPELINING
async def test_batch_over_a_server_that_fails_all_the_time(extensions, smtp_script, smtp_backend, mail):
    """Of 60 messages to a server that closes, refuses and says 421 in turn each has one true answer."""
    turns = [None, CLOSE, "250 2.0.0 ok", BYE, "250 ok", "451 4.0.0 later", "250 ok", RESET, "554 5.0.0 no"]
    script = {".": [does or "250 2.0.0 ok" for _ in range(20) for does in turns], "MAIL": ["250 ok", BYE] * 200}
    server = smtp_script(script, extensions=extensions)
    backend = smtp_backend(server, pool_size=3, max_messages=7)
    results = await asyncio.gather(*(backend.send(mail(f"r{index}@example.org")) for index in range(60)))
    assert len(results) == 60
    taken = [one.recipients[0] for one in server.accepted]
    accepted = {one.recipient for result in results for one in result.accepted}
    ambiguous = {one.recipient for result in results for one in result.ambiguous}
    assert len(taken) == len(set(taken))
    assert accepted <= set(taken) <= accepted | ambiguous
    assert accepted
    assert ambiguous
    assert all(len(result.accepted) + len(result.refused) == 1 for result in results)
