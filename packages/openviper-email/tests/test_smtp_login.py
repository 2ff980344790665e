"""Logins by password and by token, and what is never shown of them."""

from __future__ import annotations

import pytest
from smtp_logins import PASSWORD, encoded
from smtp_script import CLOSE

from openviper.conf import Secret


@pytest.mark.parametrize(
    ("offered", "auth", "said"),
    [
        ("AUTH PLAIN LOGIN", "auto", [f"AUTH PLAIN {encoded(f'{chr(0)}ada{chr(0)}{PASSWORD}')}"]),
        ("AUTH LOGIN CRAM-MD5", "auto", [f"AUTH LOGIN {encoded('ada')}", encoded(PASSWORD)]),
        ("AUTH PLAIN LOGIN", "login", [f"AUTH LOGIN {encoded('ada')}", encoded(PASSWORD)]),
        ("AUTH=PLAIN", "auto", [f"AUTH PLAIN {encoded(f'{chr(0)}ada{chr(0)}{PASSWORD}')}"]),
        ("auth plain", "plain", [f"AUTH PLAIN {encoded(f'{chr(0)}ada{chr(0)}{PASSWORD}')}"]),
    ],
)
async def test_login_by_password(offered, auth, said, smtp_script, smtp_backend, mail, authority):
    """PLAIN is taken before LOGIN, and what was asked for before both; each connection logs in once."""
    server = smtp_script(extensions=("PIPELINING", offered), tls=authority.context())
    backend = smtp_backend(
        server, starttls=True, cafile=authority.cafile, user="ada", password=Secret(PASSWORD), auth=auth
    )
    assert (await backend.send(mail())).ok
    assert (await backend.send(mail())).ok
    lines = server.lines()
    start = next(index for index, line in enumerate(lines) if line.startswith("AUTH"))
    assert lines[start : start + len(said)] == said
    assert len(server.lines("AUTH")) == 1


@pytest.mark.parametrize("is_async", [False, True])
async def test_login_by_token(is_async, smtp_script, smtp_backend, mail, authority):
    """XOAUTH2 asks for a token at each connection, by a function that is sync or async."""

    async def token_later():
        return "ya29.token"

    server = smtp_script(extensions=("PIPELINING", "AUTH XOAUTH2 PLAIN"), tls=authority.context())
    token = token_later if is_async else (lambda: "ya29.token")
    backend = smtp_backend(server, starttls=True, cafile=authority.cafile, user="ada", token=token)
    assert (await backend.send(mail())).ok
    assert server.lines("AUTH") == [
        f"AUTH XOAUTH2 {encoded(f'user=ada{chr(1)}auth=Bearer ya29.token{chr(1)}{chr(1)}')}"
    ]


def broken():
    raise RuntimeError("the token endpoint said: client_secret=s3cret")


@pytest.mark.parametrize(
    ("token", "outcome", "says"),
    [
        (broken, "transient", "EMAIL_TOKEN's function raised RuntimeError"),
        (lambda: None, "permanent", "EMAIL_TOKEN's function returned NoneType; expected a token"),
        (lambda: "a\r\nMAIL FROM:<x>", "permanent", "EMAIL_TOKEN's function returned str; expected a token"),
    ],
)
async def test_token_that_is_none_is_a_refusal(token, outcome, says, smtp_script, refused, authority):
    """What the function raises or returns instead of a token is not shown."""
    server = smtp_script(extensions=("AUTH XOAUTH2",), tls=authority.context())
    found = await refused(server, starttls=True, cafile=authority.cafile, user="ada", token=token)
    assert found == (outcome, None, says)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("535 5.7.8 no", "permanent"), ("454 4.7.0 later", "transient"), (("421 4.7.0 too often", CLOSE), "transient")],
)
@pytest.mark.parametrize("auth", ["plain", "login"])
async def test_refused_login(answer, outcome, auth, smtp_script, refused, authority):
    """A refused login refuses the message, for good or for now as the server says."""
    server = smtp_script({"AUTH": answer}, extensions=("AUTH PLAIN LOGIN",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD), "auth": auth}
    found = await refused(server, **options)
    assert found[0] == outcome
    assert found[1] == int((answer if isinstance(answer, str) else answer[0])[:3])
    assert server.lines("MAIL") == []


async def test_refused_token_has_the_final_answer(smtp_script, refused, authority):
    """After the challenge of XOAUTH2 with what was wrong, the server's verdict is asked for."""
    script = {"AUTH": ["334 eyJzdGF0dXMiOiI0MDAifQ==", "535 5.7.8 bad token"]}
    server = smtp_script(script, extensions=("AUTH XOAUTH2",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "token": lambda: "ya29.token"}
    assert await refused(server, **options) == ("permanent", 535, "the server refused the login of 'ada': bad token")


@pytest.mark.parametrize("shape", [PASSWORD, encoded(PASSWORD), encoded(f"\0ada\0{PASSWORD}")])
async def test_password_is_not_shown_though_the_server_says_it(shape, smtp_script, refused, authority):
    """A server that repeats what it was sent does not bring the password into results and logs."""
    server = smtp_script({"AUTH": f"535 5.7.8 {shape} is wrong"}, extensions=("AUTH PLAIN",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD)}
    _, _, text = await refused(server, **options)
    assert text == "the server refused the login of 'ada': *** is wrong"


@pytest.mark.parametrize(
    ("said", "outcome", "code", "status", "text"),
    [
        ("554 5.3.2 no service here", "permanent", 554, "5.3.2", "no service here"),
        ("421 4.7.0 too many", "transient", 421, "4.7.0", "too many"),
        (("554-5.3.2 no", "554 5.3.2 service"), "permanent", 554, "5.3.2", "no service"),
        ("554 caf\xe9", "permanent", 554, None, "caf\xe9"),
    ],
)
async def test_refused_connection_has_the_servers_words(
    said, outcome, code, status, text, smtp_script, smtp_backend, mail
):
    """The greeting is a reply like others."""
    server = smtp_script({"CONNECT": (*(said if isinstance(said, tuple) else (said,)), CLOSE)})
    (only,) = (await smtp_backend(server).send(mail())).refused
    assert (only.outcome, only.code, only.enhanced_status) == (outcome, code, status)
    assert only.text == f"127.0.0.1:{server.port}, at connecting: {text}"
    assert only.before_envelope


REPEATED = f"{PASSWORD} {encoded(PASSWORD)} " + encoded(f"\0ada\0{PASSWORD}")


@pytest.mark.parametrize("step", ["AUTH", "MAIL", "RCPT", "DATA", ".", "IDLE"])
@pytest.mark.parametrize(
    "said",
    [
        f"550 5.7.1 {REPEATED} {'x' * 970}{PASSWORD}",
        (f"550-5.7.1 I know {PASSWORD[:5]}", f"550 5.7.1 {PASSWORD[5:]}"),
        (f"550-{PASSWORD[:7]}", f"550 {PASSWORD[7:]}"),
        f"{REPEATED}",
        f"421 4.3.2 {REPEATED}",
        f"250 {REPEATED}",
        f"354 {REPEATED}",
    ],
    ids=["refusal", "in two lines", "within a word", "no reply", "421", "250", "354"],
)
async def test_password_is_hidden_whenever_the_server_says_it(
    step, said, smtp_script, smtp_backend, mail, authority, caplog
):
    """To whatever command, and in whatever reply, of which it makes none that could be read."""
    does = said if isinstance(said, tuple) else (said,)
    server = smtp_script({step: (*does, CLOSE)}, extensions=("AUTH PLAIN", "PIPELINING"), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD)}
    backend = smtp_backend(server, timeout=5, **options)
    text = "".join([str(await backend.send(mail())), str(await backend.send(mail()))]) + caplog.text
    for secret in (PASSWORD, *PASSWORD.split(), *REPEATED.split()):
        assert secret not in text


async def test_password_that_cannot_be_printed_is_hidden(smtp_script, refused, authority):
    """It is looked for before what is said is made printable."""
    server = smtp_script({"AUTH": "535 5.7.8 no: a\x01b secret"}, extensions=("AUTH PLAIN",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret("a\x01b secret")}
    _, _, text = await refused(server, **options)
    assert text == "the server refused the login of 'ada': no: ***"


async def test_server_without_the_wanted_login_is_a_refusal(smtp_script, refused, authority):
    """Where the two have no method in common, the error names both sides."""
    server = smtp_script(extensions=("AUTH CRAM-MD5 GSSAPI",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD)}
    outcome, _, text = await refused(server, **options)
    assert outcome == "permanent"
    assert text == "the server offers no AUTH PLAIN nor LOGIN; it offers CRAM-MD5, GSSAPI: see EMAIL_AUTH"
    assert server.lines("AUTH") == []


async def test_login_in_clear_is_for_this_machine_alone(smtp_script, smtp_backend, mail):
    """On loopback a password may go without TLS."""
    server = smtp_script(extensions=("AUTH PLAIN",))
    assert (await smtp_backend(server, user="ada", password=Secret(PASSWORD)).send(mail())).ok
    assert len(server.lines("AUTH")) == 1


async def test_logins_that_are_offered_twice_count_both(smtp_script, smtp_backend, mail):
    """ "AUTH=LOGIN" of old servers does not hide "AUTH PLAIN" beside it."""
    server = smtp_script(extensions=("AUTH PLAIN", "AUTH=LOGIN"))
    assert (await smtp_backend(server, user="ada", password=Secret(PASSWORD)).send(mail())).ok
    assert server.lines("AUTH PLAIN") != []
