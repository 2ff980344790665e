"""What servers do wrong: every message ends delivered once, refused, or reported ambiguous, and the counts agree."""

from __future__ import annotations

import asyncio

import pytest
from smtp_script import CLOSE, ENDLESS, ENDLESS_LINE, RESET, SILENCE, Slow, Wait
from stepping import until

from openviper.conf import Secret

ADA, BOB = "ada@example.org", "bob@example.org"
PIPELINING = pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
BYE = ("421 4.3.2 closing", CLOSE)

# The script, then outcome and code of the only recipient, and what the server took.
FAULTS = {
    "greeting 421": ({"CONNECT": BYE}, "transient", 421, 0),
    "greeting 451": ({"CONNECT": ("451 4.3.2 later", CLOSE)}, "transient", 451, 0),
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
    "EHLO closed": ({"EHLO": CLOSE}, "transient", None, 0),
    "EHLO reset": ({"EHLO": RESET}, "transient", None, 0),
    "EHLO garbage": ({"EHLO": (b"\x00\xff\r\n", SILENCE)}, "transient", None, 0),
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
    "RCPT reset": ({"RCPT": RESET}, "transient", None, 0),
    "RCPT garbage": ({"RCPT": "hello?"}, "transient", None, 0),
    "RCPT 354": ({"RCPT": "354 what"}, "transient", 354, 0),
    "RCPT endless": ({"RCPT": ENDLESS}, "transient", None, 0),
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
    "DATA reset": ({"DATA": RESET}, "transient", None, 0),
    "DATA garbage": ({"DATA": "hello?"}, "transient", None, 0),
    "DATA endless": ({"DATA": ENDLESS_LINE}, "transient", None, 0),
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
    "message endless line": ({".": ENDLESS_LINE}, "ambiguous", None, 0),
    "message slow": ({".": Slow("250 2.0.0 well")}, "accepted", 250, 1),
    "message, then 421": ({".": ("250 2.0.0 queued", *BYE)}, "accepted", 250, 1),
    "message, then a reply too many": ({".": ("250 2.0.0 queued", "250 2.0.0 again")}, "accepted", 250, 1),
    "idle 421": ({"IDLE": BYE}, "accepted", 250, 1),
    "idle closed": ({"IDLE": CLOSE}, "accepted", 250, 1),
    "QUIT silent": ({"QUIT": SILENCE}, "accepted", 250, 1),
    "QUIT 500": ({"QUIT": "500 5.5.1 what?"}, "accepted", 250, 1),
    "QUIT closed": ({"QUIT": CLOSE}, "accepted", 250, 1),
    "QUIT reset": ({"QUIT": RESET}, "accepted", 250, 1),
    "QUIT endless": ({"QUIT": ENDLESS}, "accepted", 250, 1),
    "SIZE 10": ({"EHLO": ("250-scripted.example", "250 SIZE 10")}, "permanent", None, 0),
    "SIZE of no number": ({"EHLO": ("250-scripted.example", "250 SIZE lots")}, "accepted", 250, 1),
}


def parts(does):
    return does if isinstance(does, tuple) else (does,)


def parts_of(script):
    return [part for does in script.values() for part in parts(does)]


@pytest.mark.parametrize("fault", [each for each in FAULTS if not {"CONNECT", "EHLO"} & FAULTS[each][0].keys()])
async def test_fault_means_the_same_within_tls(fault, smtp_script, smtp_backend, mail, authority):
    """The end of a connection is another one there, and nothing else."""
    script, outcome, code, taken = FAULTS[fault]
    server = smtp_script(script, tls=authority.context())
    seconds = 0.5 if SILENCE in parts_of(script) else 5
    result = await smtp_backend(server, timeout=seconds, starttls=True, cafile=authority.cafile).send(mail())
    (only,) = result.accepted + result.refused
    assert (only.recipient, only.outcome, only.code) == (ADA, outcome, code), only
    assert len(server.accepted) >= taken
    assert outcome not in ("permanent", "transient") or not server.accepted


# A refusal of the connection is remembered for a while, and a server that takes no message of this size takes none.
LASTING = {"greeting 554", "EHLO and HELO 550", "SIZE 10"}
SILENT = {fault for fault, (script, *_) in FAULTS.items() if SILENCE in parts_of(script)}


@PIPELINING
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - SILENT))
async def test_fault_is_reported_as_what_it_is(fault, extensions, smtp_script, smtp_backend, mail):
    """One message to a server with one fault has the outcome that this fault means, and the server agrees."""
    server = smtp_script(FAULTS[fault][0], extensions=extensions)
    check(fault, await smtp_backend(server, timeout=5).send(mail()), server)


@PIPELINING
async def test_silence_is_reported_as_what_it_is(extensions, smtp_script, smtp_backend, mail):
    """The same of the faults that end with the time of a message, at once, so that each may have enough of it."""
    servers = {fault: smtp_script(FAULTS[fault][0], extensions=extensions) for fault in sorted(SILENT)}
    sending = [smtp_backend(server, timeout=2).send(mail()) for server in servers.values()]
    for (fault, server), result in zip(servers.items(), await asyncio.gather(*sending), strict=True):
        check(fault, result, server)


def check(fault, result, server):
    script, outcome, code, taken = FAULTS[fault]
    (only,) = result.accepted + result.refused
    told = f"{fault}: {only}"
    assert (only.recipient, only.outcome, only.code) == (ADA, outcome, code), told
    said = [part for part in parts_of(script) if isinstance(part, str) and part[:3] == str(code)]
    if said and outcome != "accepted":
        status, _, text = said[-1][4:].partition(" ") if said[-1][5:6] == "." else ("", "", said[-1][4:])
        assert (only.enhanced_status or "", only.text.rpartition(": ")[2]) == (status, text), told
    assert only.text or code, told
    assert len(server.accepted) >= taken, told
    assert outcome != "accepted" or len(server.received) == 1, told
    assert outcome not in ("permanent", "transient") or not server.accepted, told
    assert only.text.isprintable(), told
    assert len(only.text) <= 1000, told


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
    server = smtp_script({"DATA": ("354 go", Wait(0.05), RESET)}, kept_unread=65_536)
    result = await smtp_backend(server).send(mail(text="words\n" * 2_000_000))
    assert [one.outcome for one in result.refused] == ["transient"]
    assert server.received == []


@pytest.mark.parametrize(
    ("early", "outcome"),
    [("552 5.3.4 too large", "permanent"), ("452 4.3.1 full", "transient"), ("250 ok", "ambiguous")],
)
async def test_answer_before_the_end_of_a_large_message(early, outcome, smtp_script, smtp_backend, mail):
    """What a server says before it has the dot counts, the rest is not sent, and the connection is given up."""
    server = smtp_script({"DATA": [("354 go", Wait(0.05), early, Wait(60))]}, kept_unread=65_536)
    backend = smtp_backend(server)
    result = await backend.send(mail(text="words\n" * 2_000_000))
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


@PIPELINING
@pytest.mark.parametrize(
    "does",
    [("354 go", CLOSE), ("354 go", RESET), ("354 go", Wait(0.05), CLOSE), ("354 go", Wait(0.05), RESET)],
    ids=["closed", "reset", "closed later", "reset later"],
)
async def test_death_after_354_is_never_a_success(does, extensions, smtp_script, smtp_backend, mail):
    """Nobody has got it; it is in doubt where the dot was on its way, and the next message has its own answer."""
    server = smtp_script({"DATA": [does]}, extensions=extensions)
    backend = smtp_backend(server, timeout=5)
    result = await backend.send(mail("first@example.org", BOB))
    outcomes = {each.outcome for each in result.refused}
    assert len(result.refused) == 2
    assert outcomes == {"ambiguous"} if len(does) == 3 else outcomes <= {"ambiguous", "transient"}
    assert (await backend.send(mail("second@example.org"))).ok
    assert [each.recipients for each in server.accepted] == [["second@example.org"]]


@PIPELINING
@pytest.mark.parametrize(
    "does",
    [BYE, "451 4.3.0 later", "550 5.5.1 no", CLOSE, RESET, "hello?", "354 what", ENDLESS, ("250 ok", "250 and again")],
    ids=["421", "451", "550", "closed", "reset", "garbage", "354", "endless", "two replies"],
)
async def test_a_server_that_does_not_take_a_message_back_gets_the_next_on_another_connection(
    does, extensions, smtp_script, smtp_backend, mail
):
    """After RSET that went wrong nobody knows what MAIL would add to."""
    server = smtp_script({"RCPT first@example.org": "550 5.1.1 no such user", "RSET": [does]}, extensions=extensions)
    backend = smtp_backend(server, pool_size=1, timeout=5)
    first = await backend.send(mail("first@example.org"))
    assert [each.code for each in first.permanent] == [550]
    second = await backend.send(mail("second@example.org"))
    assert second.ok or [each.outcome for each in second.refused] == ["transient"]
    assert (await backend.send(mail("third@example.org"))).ok
    taken = [each.recipients for each in server.accepted]
    assert taken == [["second@example.org"], ["third@example.org"]][not second.ok :]
    assert server.connections == 2


SETUP = {"STARTTLS": "STARTTLS", "EHLO within TLS": "EHLO", "AUTH": "AUTH"}
HELLO = ("250-scripted.example", "250-STARTTLS", "250 AUTH PLAIN")


@pytest.mark.parametrize("step", SETUP)
@pytest.mark.parametrize(
    "does",
    [
        BYE,
        "451 4.3.0 later",
        CLOSE,
        RESET,
        SILENCE,
        "hello?",
        b"\x00\xff\r\n",
        ENDLESS,
        ENDLESS_LINE,
        (b"250 half", CLOSE),
    ],
    ids=["421", "451", "closed", "reset", "silent", "garbage", "bytes", "endless", "endless line", "half"],
)
async def test_fault_while_a_connection_is_made_is_a_refusal_for_now(
    does, step, smtp_script, smtp_backend, mail, authority
):
    """Nothing is sent, nothing stays open, and the next message goes through."""
    turns = [HELLO, does] if step == "EHLO within TLS" else [does]
    server = smtp_script({SETUP[step]: turns}, extensions=("AUTH PLAIN",), tls=authority.context())
    backend = smtp_backend(
        server,
        timeout=0.5 if does is SILENCE else 5,
        starttls=True,
        cafile=authority.cafile,
        user="ada",
        password=Secret("correct horse"),
    )
    (only,) = (await backend.send(mail())).refused
    assert only.outcome == "transient", only
    assert only.text.startswith(f"127.0.0.1:{server.port}, at {SETUP[step]}: "), only
    # Not that of the reply before.
    assert only.code in (None, 421, 451), only
    await until(lambda: server.open == 0)
    assert server.received == []
    assert (await backend.send(mail())).ok


@PIPELINING
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_every_refusal_of_a_stage_keeps_its_class(step, extensions, smtp_script, smtp_backend, mail):
    """4xx is for now and 5xx for good, whatever the server says between the two extremes."""
    for code, outcome in [(400, "transient"), (499, "transient"), (500, "permanent"), (599, "permanent")]:
        script = {step: f"{code} 1.2.3 no", "HELO": f"{code} no"}
        server = smtp_script(script, extensions=extensions)
        (only,) = (await smtp_backend(server, timeout=5).send(mail())).refused
        assert (only.code, only.outcome) == (code, outcome), only
        assert server.accepted == []
