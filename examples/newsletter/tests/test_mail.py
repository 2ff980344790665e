"""The welcome mail, and what all mails have in common."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from newsletter.issues.mail_previews import PREVIEWS as LETTER
from newsletter.sections import NewsletterSettings
from newsletter.subscribers import welcoming
from newsletter.subscribers.mail_previews import PREVIEWS as WELCOME
from newsletter.subscribers.storage import count_subscribers
from newsletter.subscribers.welcoming import all_welcomed
from openviper.conf import override_settings
from openviper.core.email import close_mailers
from openviper.core.email.previews import load_previews
from openviper.core.email.templates import render_template_content

# Against a test that never ends; nothing takes as long.
DEADLINE = 20


async def sign_up(client, address, **options):
    response = await client.post("/subscribe", data={"address": address}, **options)
    await all_welcomed(DEADLINE)
    return response


@asynccontextmanager
async def silent_server():
    """A mail server that takes connections, and never says a word; its port."""

    ended = []

    async def hold(reader, writer):
        ended.append(asyncio.Event())
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended[-1].set()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await close_mailers(0)
        async with asyncio.timeout(DEADLINE):
            for each in ended:
                await each.wait()


@pytest.fixture
def away(unused_tcp_port):
    """Mail would go to a server that is not there."""
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=unused_tcp_port):
        yield


async def test_a_new_subscriber_is_welcomed(site, mailbox):
    """With what the list is, and both ways to leave it."""
    await sign_up(site, "Ada.Lovelace@Example.org")
    (message,) = mailbox
    assert message.recipients == ("Ada.Lovelace@example.org",)
    assert message.subject == "You are on the list of The Long Loop"
    assert message.sender == "The Long Loop <letters@newsletter.example>"
    headers = dict(message.headers)
    link = headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://newsletter.example/unsubscribe/")
    assert f"<{link}>" in message.text
    assert f'href="{link}"' in message.html
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Out-of-office programs do not answer it.
    assert headers["Auto-Submitted"] == "auto-generated"


async def test_the_link_of_the_welcome_mail_works(site, mailbox):
    """As it stands in the header, by one click."""
    await sign_up(site, "ada@example.org")
    path = urlsplit(dict(mailbox[0].headers)["List-Unsubscribe"].strip("<>")).path
    answer = await site.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": ""})
    assert answer.status_code == 200
    assert await count_subscribers() == 0


async def test_only_new_subscribers_are_welcomed(site, mailbox, caplog):
    """Who signs up again gets the same page and no mail; who left and came back is new."""
    for address in ("ada@example.org", "ADA@Example.org", "ada@example.org"):
        assert (await sign_up(site, address)).status_code == 303
    assert len(mailbox) == 1
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
    await site.post(urlsplit(dict(mailbox[0].headers)["List-Unsubscribe"].strip("<>")).path)
    await sign_up(site, "ada@example.org")
    assert len(mailbox) == 2


@pytest.mark.parametrize(
    "typed",
    [
        "eve@example.org\r\nBcc: all@example.org",
        "eve@example.org\nBcc: all@example.org",
        "eve@example.org\x0bBcc: all@example.org",
        "eve@example.org\x85Bcc: all@example.org",
        "eve@example.org\u2028Bcc: all@example.org",
        "eve@example.org%0d%0aBcc:all@example.org",
        "eve@example.org, all@example.org",
        "eve@example.org;all@example.org",
        "Eve <eve@example.org>",
        "<eve@example.org>",
        "=?utf-8?q?eve=0D=0ABcc:?=@example.org>",
        '"eve\\"@evil.example"@example.org',
        "eve@example.org(comment)",
        "@relay.example:eve@example.org",
        "eve@\uff45xample.org\uff0e",
        "\uff45ve@example.org",
        "eve@[127.0.0.1]",
    ],
)
async def test_more_than_an_address_in_the_field_sends_nothing(site, mailbox, typed):
    """Neither a header, nor a second recipient, nor a mailbox written to be read in two ways."""
    assert (await sign_up(site, typed)).status_code == 422
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("typed", "recipient"),
    [
        ("ada@m\u00fcnchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"),
        ("o'brien+news@example.org", "o'brien+news@example.org"),
        ("{{7*7}}@example.org", "{{7*7}}@example.org"),
        ("a*b*_c_`d`@example.org", "a*b*_c_`d`@example.org"),
    ],
)
async def test_an_unusual_address_is_one_all_the_same(site, mailbox, typed, recipient):
    """The mail goes to it, and says it as it was typed: it is no Markdown, and no template."""
    assert (await sign_up(site, typed)).status_code == 303
    (message,) = mailbox
    assert message.envelope_recipients == (recipient,)
    assert f"Somebody typed {typed} into" in message.text
    assert f"Somebody typed {typed.replace(chr(39), '&#x27;')} into" in message.html


async def test_the_title_is_text_everywhere(project, mailbox):
    """In the html escaped, in the text and the subject as it is."""
    from newsletter.app import app
    from openviper.testing import test_client

    with override_settings(NewsletterSettings, NEWSLETTER_TITLE="Ada & <Co>"):
        async with test_client(app, headers={"Sec-Fetch-Site": "same-origin"}) as client:
            await sign_up(client, "ada@example.org")
    (message,) = mailbox
    assert message.subject == "You are on the list of Ada & <Co>"
    assert "Ada &amp; &lt;Co&gt;" in message.html
    assert "<Co>" not in message.html


async def test_without_https_mail_programs_get_no_link(site, mailbox):
    """They would not take it (RFC 8058); readers have it in the mail."""
    with override_settings(NewsletterSettings, NEWSLETTER_URL="http://localhost:8000"):
        await sign_up(site, "ada@example.org")
    assert not [name for name, _ in mailbox[0].headers if name.startswith("List-")]
    assert "<http://localhost:8000/unsubscribe/" in mailbox[0].text


async def test_a_mail_server_that_is_away_fails_no_sign_up(site, away, caplog):
    """The subscriber is kept, and the log says what happened."""
    assert (await sign_up(site, "ada@example.org")).status_code == 303
    assert await count_subscribers() == 1
    assert "a new subscriber was not welcomed" in caplog.text
    assert [record for record in caplog.records if record.name == "openviper.email" and record.levelname == "ERROR"]


async def test_a_mail_server_that_hangs_keeps_nobody_waiting(site, caplog):
    """The answer is there while the mail is still under way; a site that stops does not wait for ever either."""
    async with silent_server() as port:
        with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            response = await site.post("/subscribe", data={"address": "ada@example.org"})
            assert response.status_code == 303
            assert len(welcoming._under_way) == 1
            await all_welcomed(0.1)
    assert "1 welcome mails were not sent: the site is stopping" in caplog.text
    assert not welcoming._under_way


async def test_a_mail_that_does_not_end_is_named(site, caplog, monkeypatch):
    """Stopping does not wait for ever for what was cancelled, either."""
    monkeypatch.setattr(welcoming, "SECONDS_TO_END", 0.1)
    over = asyncio.Event()

    async def stubborn():
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()

    task = asyncio.create_task(stubborn(), name="welcome of subscriber 7")
    monkeypatch.setattr(welcoming, "_under_way", {task})
    try:
        async with asyncio.timeout(DEADLINE):
            await all_welcomed(0.1)
    finally:
        over.set()
        await task
    assert "the welcome of subscriber 7 does not end" in caplog.text


async def test_no_more_mails_wait_than_there_is_room_for(site, caplog, monkeypatch):
    """Whoever signs up then is a subscriber all the same."""
    monkeypatch.setattr(welcoming, "MOST_WAITING", 1)
    async with silent_server() as port:
        with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
            for name in ("ada", "bob"):
                await site.post("/subscribe", data={"address": f"{name}@example.org"})
            await all_welcomed(0.1)
    assert await count_subscribers() == 2
    assert "a welcome mail is not sent: 1 are waiting already" in caplog.text


async def test_a_template_with_a_mistake_fails_no_sign_up(site, mailbox, tmp_path, caplog):
    """It is in the log with all that whoever made it needs."""
    (tmp_path / "subscribers" / "mail").mkdir(parents=True)
    (tmp_path / "subscribers" / "mail" / "welcome.md").write_text("Dear {{ adress }}")
    with override_settings(TEMPLATES_DIR=tmp_path):
        response = await site.post("/subscribe", data={"address": "ada@example.org"})
        await all_welcomed(DEADLINE)
    assert response.status_code == 303
    assert len(mailbox) == 0
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "a welcome mail could not be made"
    assert "adress" in str(record.exc_info[1])


async def test_stopping_lets_the_mails_under_way_be_sent(project, mailbox):
    """Here two hundred readers signed up just before."""
    from newsletter.app import app
    from openviper.testing import test_client

    async with test_client(app, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        for number in range(200):
            await client.post(
                "/subscribe",
                data={"address": f"reader{number}@example.org"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            )
    assert len({message.recipients for message in mailbox}) == 200


async def test_stopping_does_not_wait_for_ever(project, caplog, monkeypatch):
    """For a mail server that never answers; what was not sent is in the log."""
    from newsletter.app import app
    from newsletter.subscribers import apps
    from openviper.testing import test_client

    monkeypatch.setattr(apps, "PATIENCE", 0.1)
    async with silent_server() as port:
        silent = {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "EMAIL_DRAIN_TIMEOUT": 0.1}
        with override_settings(**silent):
            async with test_client(app, headers={"Sec-Fetch-Site": "same-origin"}) as client:
                await client.post("/subscribe", data={"address": "ada@example.org"})
    assert "1 welcome mails were not sent: the site is stopping" in caplog.text


async def test_the_inbox_has_a_preview_of_every_mail(site, project):
    """Each with a context that its template is content with, and nothing left of the template's own signs."""
    found = load_previews(project.INSTALLED_APPS)
    assert [(each.app, len(each.previews), each.error) for each in found] == [
        ("newsletter.subscribers", 1, ""),
        ("newsletter.issues", 1, ""),
    ]
    for preview in (*WELCOME, *LETTER):
        context = preview.context()
        text, html = render_template_content(
            preview.template, await context if inspect.isawaitable(context) else context
        )
        assert not re.search(r"[{}]|%\}", text)
        assert "https://newsletter.example/unsubscribe/" in text
        assert html.startswith("<!doctype html>")
        assert "\n\n\n" not in text


async def test_the_mails_load_nothing_from_elsewhere(site, mailbox):
    """No picture that tells when a mail was opened, and no script."""
    await sign_up(site, "ada@example.org")
    html = mailbox[0].html
    assert not re.search(r"<(img|script|link|iframe)|src=|url\(|@import", html)
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {"https://newsletter.example"}


async def test_debug_mode_shows_the_inbox(site, mailbox):
    """With the mail that was sent, from the same process or another one."""
    await sign_up(site, "ada@example.org")
    assert "You are on the list of The Long Loop" in (await site.get("/__mail__/")).text
