"""TLS and AUTH: what is never sent in clear, and to whom a connection is refused."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode

import pytest
import trustme
from smtp_script import CLOSE, SILENCE, Wait

from openviper.conf import Secret, override_settings
from openviper.core.email import send_message

ADA = "ada@example.org"
PASSWORD = "correct horse"


@pytest.fixture
def refused(smtp_backend, mail):
    """Return ``refused(server, **options) -> (outcome, code, text)`` of a message that is not accepted.

    The text begins with the server and the step, which are not returned.
    """

    async def send(server, **options):
        result = await smtp_backend(server, timeout=5, **options).send(mail())
        (only,) = result.refused
        where, _, said = only.text.partition(": ")
        assert where.startswith(f"{options.get('host', '127.0.0.1')}:{server.port}, at "), only
        return only.outcome, only.code, said

    return send


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_message_goes_over_starttls(host, smtp_script, smtp_backend, mail, authority):
    """With STARTTLS asked for nothing but EHLO is said in clear, and the server is greeted anew."""
    server = smtp_script(tls=authority.context())
    backend = smtp_backend(server, host=host, starttls=True, cafile=authority.cafile)
    assert (await backend.send(mail())).ok
    assert [line.split()[0] for line in server.lines()] == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]


async def test_message_goes_over_implicit_tls(smtp_script, smtp_backend, mail, authority):
    """With EMAIL_USE_SSL there is TLS from the first byte."""
    server = smtp_script(tls=authority.context(), implicit_tls=True)
    backend = smtp_backend(server, implicit_tls=True, cafile=authority.cafile)
    results = [await backend.send(mail()) for _ in range(3)]
    assert all(result.ok for result in results)
    assert server.connections == 1


async def test_large_message_goes_over_tls(smtp_script, smtp_backend, mail, authority):
    """A message of megabytes arrives whole over STARTTLS."""
    server = smtp_script(tls=authority.context())
    backend = smtp_backend(server, starttls=True, cafile=authority.cafile)
    text = "\n".join(f"{number:08d}" for number in range(300_000))
    assert (await backend.send(mail(text=text))).ok
    assert server.accepted[0].data.count(b"\r\n") > 300_000
    assert b"00299999" in server.accepted[0].data


async def test_server_of_this_machine_needs_no_starttls(smtp_script, smtp_backend, mail, authority):
    """On loopback, without a word about it, STARTTLS is not used though it is offered."""
    server = smtp_script(tls=authority.context())
    assert (await smtp_backend(server).send(mail())).ok
    assert server.lines("STARTTLS") == []


@pytest.fixture
def own_address():
    """Return an address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            # Nothing is sent: it asks which address would be used.
            found.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return found.getsockname()[0]


@pytest.mark.parametrize("login", [{}, {"user": "ada", "password": Secret(PASSWORD)}], ids=["no login", "login"])
async def test_name_of_this_machine_that_leads_elsewhere(login, own_address, monkeypatch, smtp_script, refused):
    """Only loopback is spoken to in clear without being told to, whatever the name."""
    usual = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: usual(own_address if host == "mail.localhost" else host, *args, **kwargs),
    )
    server = smtp_script(extensions=("AUTH PLAIN",), host=own_address)
    outcome, _, text = await refused(server, host="mail.localhost", **login)
    assert outcome == "permanent"
    assert text.startswith(f"the name leads to {own_address}, another machine than this, and nothing is sent in clear")
    assert server.lines() == []


@pytest.mark.parametrize(
    "more",
    ["250 scripted.example", b"250-scripted.example\r\n250 AUTH PLAIN\r\n", b"25"],
    ids=["reply", "EHLO", "part"],
)
async def test_bytes_behind_the_greeting_end_the_connection(more, smtp_script, refused):
    """They would be taken for the answer to EHLO, or for a part of it."""
    server = smtp_script({"CONNECT": ("220 hello", more)})
    assert await refused(server) == ("transient", None, "the server sent more than its greeting")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("alert", [10, 40, 48, 70, 80], ids=lambda number: f"alert {number}")
@pytest.mark.parametrize("step", ["CONNECT", "STARTTLS"])
async def test_alert_is_a_refusal_for_now(step, alert, smtp_script, refused, authority):
    """One packet, of a server or of anybody on the way, is not to lose mail for good; the next one goes through."""
    packet = b"\x15\x03\x03\x00\x02\x02" + bytes([alert])
    does = (packet, CLOSE) if step == "CONNECT" else ("220 2.0.0 go ahead", Wait(0.05), packet, CLOSE)
    options = {"implicit_tls": True} if step == "CONNECT" else {"starttls": True}
    server = smtp_script({step: does}, tls=authority.context() if step == "STARTTLS" else None)
    outcome, _, text = await refused(server, cafile=authority.cafile, **options)
    assert (outcome, "TLS failed" in text) == ("transient", True)
    assert server.lines("MAIL") == []


@pytest.mark.parametrize(
    "once",
    [
        {"EHLO": ["250 scripted.example"]},
        {"STARTTLS": ["501 5.5.4 no"]},
        {"STARTTLS": [("220 2.0.0 go ahead", "250 2.0.0 injected")]},
        {"STARTTLS": [("220 2.0.0 go ahead", b"\x15\x03\x03\x00\x02\x02\x28", CLOSE)]},
    ],
    ids=["taken out", "refused", "injected", "alert"],
)
async def test_what_hinders_tls_once_does_not_hinder_the_second_attempt(once, smtp_script, mail, authority):
    """The message goes out encrypted a second later, as if nothing had been."""
    server = smtp_script(once, tls=authority.context())
    with override_settings(
        EMAIL_BACKEND="smtp",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.port,
        EMAIL_USE_TLS=True,
        EMAIL_SSL_CAFILE=authority.cafile,
    ):
        assert (await send_message(mail())).ok
    assert [line.split()[0] for line in server.lines()][-5:] == ["STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]
    assert len(server.accepted) == 1


async def test_starttls_that_is_not_offered_is_a_refusal(smtp_script, refused):
    """Nothing goes out in clear where STARTTLS is needed, nor is it lost: the offer may have been taken out."""
    server = smtp_script()
    outcome, code, text = await refused(server, starttls=True)
    assert (outcome, code) == ("transient", None)
    assert text.startswith("the server offers no STARTTLS, and nothing is sent in clear")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "501 5.5.4 no", "250 2.0.0 sure"])
async def test_starttls_that_is_offered_and_refused_is_a_refusal(answer, smtp_script, refused, authority):
    """A server, or somebody before it, that takes STARTTLS back gets nothing now."""
    server = smtp_script({"STARTTLS": answer}, tls=authority.context())
    outcome, code, text = await refused(server, starttls=True, cafile=authority.cafile)
    assert (outcome, code) == ("transient", int(answer[:3]))
    assert text.startswith("the server refused STARTTLS")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize(
    "injected",
    ["250 2.0.0 injected", "250-scripted.example\r\n250 AUTH PLAIN", b"250 half", b"\x16\x03\x01", "421 4.0.0 bye"],
    ids=["reply", "EHLO", "half", "bytes", "421"],
)
async def test_bytes_behind_the_answer_to_starttls_end_the_connection(injected, smtp_script, refused, authority):
    """What came in clear is never read as if it had come encrypted (RFC 3207, section 5), and loses no mail."""
    server = smtp_script({"STARTTLS": ("220 2.0.0 go ahead", injected)}, tls=authority.context())
    outcome, code, _ = await refused(
        server, starttls=True, cafile=authority.cafile, user="ada", password=Secret(PASSWORD)
    )
    assert (outcome, code) == ("transient", None)
    assert server.lines("AUTH") == server.lines("MAIL") == []
    assert len(server.lines("EHLO")) == 1


@pytest.mark.parametrize("step", [CLOSE, "220 go"])
async def test_starttls_that_comes_to_nothing_is_a_refusal(step, smtp_script, refused, authority):
    """A connection that ends within STARTTLS sends nothing in clear, then or later."""
    does = (step, CLOSE) if step is not CLOSE else CLOSE
    server = smtp_script({"STARTTLS": does}, tls=authority.context())
    await refused(server, starttls=True, cafile=authority.cafile)
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("implicit", [False, True])
async def test_certificate_of_another_name_is_refused(implicit, smtp_script, refused, authority):
    """A certificate that trusted people gave to somebody else does not do."""
    server = smtp_script(tls=authority.context("mail.example.org"), implicit_tls=implicit)
    options = {"implicit_tls": True} if implicit else {"starttls": True}
    outcome, _, text = await refused(server, cafile=authority.cafile, **options)
    assert outcome == "transient"
    assert "the certificate is refused: IP address mismatch" in text
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("implicit", [False, True])
async def test_certificate_of_nobody_one_trusts_is_refused(implicit, smtp_script, refused, authority):
    """Neither does one for the right name that anybody could have made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = smtp_script(tls=context, implicit_tls=implicit)
    options = {"implicit_tls": True} if implicit else {"starttls": True}
    outcome, _, text = await refused(server, cafile=authority.cafile, **options)
    assert outcome == "transient"
    assert "the certificate is refused: unable to get local issuer certificate" in text


async def test_own_certificate_is_shown(tmp_path, smtp_script, smtp_backend, mail, authority):
    """With EMAIL_SSL_CERTFILE a server that asks for a certificate gets one, and without it there is no connection."""
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    authority.ca.configure_trust(context)
    authority.ca.issue_cert("client.example.org").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "own.pem")
    )
    server = smtp_script(tls=context)
    with_it = smtp_backend(server, starttls=True, cafile=authority.cafile, certfile=tmp_path / "own.pem")
    assert (await with_it.send(mail())).ok
    without = smtp_backend(server, starttls=True, cafile=authority.cafile, timeout=5)
    assert not (await without.send(mail())).ok


@pytest.mark.parametrize(
    ("field", "content", "says"),
    [
        ("cafile", None, "EMAIL_SSL_CAFILE={path!r} cannot be read: No such file or directory"),
        ("cafile", "no certificate", "EMAIL_SSL_CAFILE={path!r} is no PEM file of certificates"),
        ("certfile", "no certificate", "EMAIL_SSL_CERTFILE={path!r} and its key cannot be used"),
    ],
)
async def test_file_that_is_none_is_named(field, content, says, tmp_path, smtp_script, refused):
    """A PEM file that cannot be used is a refusal that says which setting it is."""
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    outcome, _, text = await refused(smtp_script(), starttls=True, **{field: path})
    assert outcome == "permanent"
    assert text.startswith(says.format(path=str(path)))


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


@pytest.mark.parametrize(
    ("host", "says"),
    [("no-such-host.invalid", "at connecting: "), ("a..b.localhost", "at connecting: "), ("x" * 70, "at connecting: ")],
)
async def test_host_that_is_none(host, says, smtp_backend, mail, free_port):
    """A name without an address is a refusal for now, which names it."""

    class Nobody:
        port = free_port

    (only,) = (await smtp_backend(Nobody, host=host, timeout=5, starttls=False).send(mail())).refused
    assert only.outcome == "transient"
    assert f"{host}:{free_port}, {says}" in only.text


async def test_host_of_two_addresses(smtp_script, smtp_backend, mail):
    """Where the first one of localhost is refused, the other is taken."""
    server = smtp_script(host="127.0.0.1")
    assert (await smtp_backend(server, host="localhost").send(mail())).ok


async def test_what_was_offered_in_clear_is_forgotten(smtp_script, smtp_backend, mail, authority):
    """Extensions count as the server names them after STARTTLS."""
    server = smtp_script(
        {"EHLO": [("250-scripted.example", "250-STARTTLS", "250-PIPELINING", "250 SIZE 10")]},
        extensions=("8BITMIME",),
        tls=authority.context(),
    )
    assert (await smtp_backend(server, starttls=True, cafile=authority.cafile).send(mail())).ok
    assert ["MAIL FROM:<news@example.org>"] in server.groups


async def test_server_that_knows_no_ehlo_is_greeted_by_helo(smtp_script, smtp_backend, mail):
    """A server of before 1995 takes messages too."""
    server = smtp_script({"EHLO": "500 5.5.1 what?"})
    assert (await smtp_backend(server, local_hostname="client.example.org").send(mail())).ok
    assert [line for line in server.lines() if "client.example.org" in line] == [
        "EHLO client.example.org",
        "HELO client.example.org",
    ]


@pytest.mark.parametrize("options", [{}, {"starttls": True}, {"implicit_tls": True}])
async def test_nobody_listens(options, smtp_backend, mail, free_port):
    """A port on which nobody listens is a refusal for now, which names it."""

    class Nobody:
        port = free_port

    (only,) = (await smtp_backend(Nobody, **options).send(mail())).refused
    assert only.outcome == "transient"
    assert f"127.0.0.1:{free_port}, at connecting: " in only.text


async def test_tls_where_there_is_none(smtp_script, refused):
    """EMAIL_USE_SSL at a port that speaks in clear is a refusal, in time."""
    outcome, _, text = await refused(smtp_script(), implicit_tls=True)
    assert outcome == "transient"
    assert "TLS failed" in text


async def test_clear_where_there_is_tls(smtp_script, smtp_backend, mail, authority):
    """A port that waits for TLS says nothing; the message is refused when its time is over."""
    server = smtp_script(tls=authority.context(), implicit_tls=True)
    (only,) = (await smtp_backend(server, timeout=0.5).send(mail())).refused
    assert only.outcome == "transient"


@pytest.mark.parametrize("step", ["EHLO", "STARTTLS", "AUTH"])
async def test_silence_ends_with_the_time(step, smtp_script, smtp_backend, mail, authority):
    """A server that stops answering while a connection is set up costs no more than EMAIL_TIMEOUT."""
    server = smtp_script({step: SILENCE}, extensions=("AUTH PLAIN",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD)}
    (only,) = (await smtp_backend(server, timeout=0.3, **options).send(mail())).refused
    assert only.outcome == "transient"
    assert f"at {step}: the server did not answer in time" in only.text
