"""What a developer sees of a message."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

import pytest

from openviper.conf import override_settings
from openviper.core.email import AttachmentData, EmailMessageData, send_email, send_message
from openviper.core.email.backends import ConsoleBackend, EmailBackend

DATE = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)


async def printed(capsys, **fields):
    given = {
        "recipients": "ada@example.org",
        "subject": "s",
        "text": "t",
        "date": DATE,
        "message_id": "<1@example.org>",
    }
    assert (await send_message(EmailMessageData(**{**given, **fields}))).ok
    return capsys.readouterr().out


async def test_a_message_is_printed_to_be_read(capsys):
    """Who, what, and how much there is besides."""
    out = await printed(
        capsys,
        recipients=["Ada Lovelace <ada@example.org>", "grace@example.org"],
        sender="News <news@example.org>",
        bcc="hidden@example.org",
        subject="Grüße",
        text="Hello Ada,\r\n\r\n\twelcome.",
        html="<p>Hello Ada</p>",
        headers={"X-Issue": "7"},
        attachments=[AttachmentData("report.pdf", b"x" * 1234, "application/pdf")],
    )
    rule, *lines, end, empty = out.split("\n")
    assert lines == [
        "From:        News <news@example.org>",
        "To:          Ada Lovelace <ada@example.org>, grace@example.org",
        "Bcc:         hidden@example.org",
        "Subject:     Grüße",
        "Date:        Sat, 21 Nov 2026 14:30:00 +0000",
        "Message-ID:  <1@example.org>",
        "X-Issue:     7",
        "",
        "Hello Ada,",
        "",
        "\twelcome.",
        "",
        "[html: 16 bytes]",
        "[attachment: report.pdf, application/pdf, 1,234 bytes]",
    ]
    assert rule.startswith("── mail, not sent: EMAIL_BACKEND is 'console' ──")
    assert end.endswith(" bytes ──")
    assert len(rule) == len(end) == 78
    assert empty == ""


@pytest.mark.parametrize("text", [None, "", " \n"])
async def test_html_alone_is_shown_as_the_text_that_is_sent(capsys, text):
    """Or the screen would have none of it."""
    out = await printed(capsys, text=text, html="<h1>Hello</h1><p>Your code is <b>7</b>.</p>")
    assert "\n\nHello\n" in out
    assert "Your code is 7." in out
    assert "[html: 43 bytes]" in out


class German(datetime):
    """A date that speaks the language of the machine."""

    def strftime(self, wanted):
        """Return what strftime makes of it in a locale of de_DE."""
        return super().strftime(wanted.replace("%a", "Sa").replace("%b", "Nov."))


async def test_a_date_is_that_of_the_header(capsys):
    """Whatever the locale."""
    out = await printed(capsys, date=German(2026, 11, 21, 14, 30, tzinfo=UTC))
    assert "Date:        Sat, 21 Nov 2026 14:30:00 +0000\n" in out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31mred", "\\x9b31mred"),
        ("one\rtwo", "one\\rtwo"),
        ("back\x08space\x7f", "back\\x08space\\x7f"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\u2028b\u2066c", "a\\u2028b\\u2066c"),
        ("a\u061cb\u200ec", "a\\u061cb\\u200ec"),
        ("👩\u200d🚀 ü 漢字", "👩\u200d🚀 ü 漢字"),
    ],
)
async def test_what_a_terminal_would_obey_is_shown_as_an_escape(capsys, text, shown):
    """Text of strangers moves no cursor, and ordinary text stays."""
    out = await printed(capsys, text=text)
    assert f"\n{shown}\n" in out


async def test_a_long_text_and_a_long_list_are_cut(capsys):
    """A newsletter to thousands does not fill the terminal."""
    many = [f"user{number}@example.org" for number in range(1_000)]
    out = await printed(capsys, recipients=many, text="x" * 100_000)
    assert "user19@example.org, and 980 more" in out
    assert "[80,000 more characters]" in out
    assert len(out) < 25_000


async def test_what_is_cut_is_not_looked_through_first(capsys):
    """Millions of controls are escaped no further than they are shown."""
    out = await printed(capsys, text="\x1b" * 5_000_000)
    assert out.count("\\x1b") == 20_000
    assert "[4,980,000 more characters]" in out


@pytest.mark.parametrize(
    ("using", "title"),
    [
        ("default", "── mail, not sent: EMAIL_BACKEND is 'console' ──"),
        ("bulk", "── mail, not sent: BACKEND of mailer 'bulk' is 'console' ──"),
        ("dotted", "── mail, not sent: BACKEND of mailer 'dotted' is 'console' ──"),
    ],
)
async def test_the_title_says_which_mailer_prints(capsys, using, title):
    """Where there are several, they may differ."""
    dotted = {"BACKEND": "openviper.core.email.backends.ConsoleBackend"}
    with override_settings(EMAIL_MAILERS={"bulk": {"BACKEND": "console"}, "dotted": dotted}):
        await send_email("ada@example.org", "s", "t", using=using)
    assert capsys.readouterr().out.startswith(title)


class Terminal(io.TextIOWrapper):
    """A stream that counts what is written to it."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding)
        self.writes = 0

    def write(self, text):
        self.writes += 1
        return super().write(text)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
async def test_every_terminal_can_show_it_at_once(monkeypatch, encoding):
    """In one write, so that nothing stands between; what its encoding has not is an escape."""
    terminal = Terminal(encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    message = EmailMessageData(recipients="ada@example.org", subject="漢", text="ü")
    assert (await send_message(message)).ok
    assert terminal.writes == 1
    assert ("漢" if encoding == "utf-8" else "\\u6f22").encode() in terminal.buffer.getvalue()


async def test_a_stream_that_is_closed_is_a_refusal_for_now(monkeypatch):
    """A program without a terminal is told so, and not ended."""
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    result = await send_message(EmailMessageData(recipients="ada@example.org", subject="s", text="t"))
    assert "I/O operation on closed file" in result.transient[0].text


def test_it_is_a_backend_that_can_be_made_without_arguments():
    """As every backend can."""
    assert isinstance(ConsoleBackend(), EmailBackend)
