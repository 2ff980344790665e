"""Certificates of servers and of clients."""

from __future__ import annotations

import ssl

import pytest
import trustme


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
