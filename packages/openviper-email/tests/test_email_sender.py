"""Sending, as those who call it see it: with backends of their own, and into the process's memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    AddressError,
    EmailMessageData,
    HeaderError,
    InvalidMessage,
    compose_email,
    send_email,
)
from openviper.core.email.sender import normalize_addresses

TO = "ada@example.org"


async def test_what_was_sent_is_what_was_given(memory):
    """Every argument arrives in the message or its envelope."""
    assert await send_email(
        ["Ada Lovelace <ada@example.org>", "grace@example.org"],
        "Grüße",
        "Text",
        "<p>Html</p>",
        sender="News <news@example.org>",
        cc="cc@example.org",
        bcc=["hidden@example.org", "ada@example.org"],
        reply_to="desk@example.org",
        headers={"X-Issue": "7"},
        envelope_sender="bounces@example.org",
        auto_submitted="auto-generated",
        list_unsubscribe="https://example.org/u/1",
        message_id="<one@example.org>",
        attachments=[("a.txt", b"abc")],
    )
    [kept] = memory
    assert kept.envelope_sender == "bounces@example.org"
    assert kept.envelope_recipients == (
        "ada@example.org",
        "grace@example.org",
        "cc@example.org",
        "hidden@example.org",
    )
    assert b"hidden@example.org" not in kept.raw
    data = kept.data
    assert (data.subject, data.text, data.html) == ("Grüße", "Text", "<p>Html</p>")
    assert (data.sender, data.reply_to) == ("News <news@example.org>", ("desk@example.org",))
    assert dict(data.headers) == {
        "X-Issue": "7",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<https://example.org/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert data.message_id == "<one@example.org>"
    assert [(each.filename, each.content) for each in data.attachments] == [("a.txt", b"abc")]


async def test_a_mail_address_to_unsubscribe_at_is_no_click(memory):
    """A mailto: URL alone is announced without the header that promises one click."""
    await send_email(TO, "s", "t", list_unsubscribe="mailto:leave@example.org")
    assert dict(memory[0].data.headers) == {"List-Unsubscribe": "<mailto:leave@example.org>"}


@pytest.mark.parametrize(
    ("name", "value", "argument"),
    [
        ("List-Unsubscribe", "<https://example.org/u>", {"list_unsubscribe": "https://example.org/u"}),
        ("Auto-Submitted", "auto-replied", {"auto_submitted": "auto-generated"}),
    ],
)
async def test_what_an_argument_makes_may_be_a_header_but_not_both(memory, name, value, argument):
    """Other programs hand on whole headers."""
    await send_email(TO, "s", "t", headers={name: value})
    assert memory[0].data.headers == ((name, value),)
    with pytest.raises(HeaderError, match=f"headers has '{name}' twice"):
        await send_email(TO, "s", "t", headers={name: value}, **argument)


async def test_text_is_made_where_there_is_only_html(memory):
    """Nobody gets a mail without a text that can be read."""
    await send_email(TO, "s", html="<h1>Hello</h1><p>Ada</p>")
    assert "Hello" in memory[0].data.text
    assert "<" not in memory[0].data.text


async def test_a_template_is_rendered_and_what_is_given_beats_it(memory, tmp_path):
    """An explicit text or html stands instead of the template's."""
    (tmp_path / "welcome.md").write_text("Hello **{{ name }}**")
    with override_settings(EMAIL_BACKEND="memory", TEMPLATES_DIR=tmp_path):
        await send_email(TO, "s", template="welcome.md", context={"name": "Ada"})
        await send_email(TO, "s", "Own text", template="welcome.md", context={"name": "Ada"})
    first, second = (each.data for each in memory)
    assert "<strong>Ada</strong>" in first.html
    assert "Ada" in first.text
    assert second.text == "Own text"
    assert second.html == first.html


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"recipients": []}, AddressError, "recipients, cc and bcc are empty"),
        ({"recipients": "a@example.org, b@example.org"}, AddressError, "comma"),
        ({"recipients": "a@example.org\r\nBcc: b@example.org"}, AddressError, "recipients"),
        ({"recipients": {"a@example.org": 1}}, AddressError, "is of type dict; expected one address or a list of them"),
        ({"recipients": b"a@example.org"}, AddressError, "is of type bytes; expected one address or a list of them"),
        ({"recipients": None}, AddressError, "recipients=None is of type NoneType; expected one address or a list of"),
        ({"recipients": 7}, AddressError, "recipients=7 is of type int"),
        ({"recipients": [None]}, AddressError, "recipients[0]"),
        ({"bcc": "nobody"}, AddressError, "bcc"),
        ({"cc": ["ok@example.org", "ok@example.org,"]}, AddressError, "cc[1]"),
        ({"reply_to": "a@b@c"}, AddressError, "reply_to"),
        ({"sender": "me\n@example.org"}, AddressError, "sender"),
        ({"envelope_sender": "Bounces <b@example.org>\r\n"}, AddressError, "envelope_sender"),
        ({"subject": "a\r\nBcc: b@example.org"}, HeaderError, "subject"),
        ({"subject": None}, HeaderError, "subject"),
        ({"headers": {"Bcc": "x@example.org"}}, HeaderError, "bcc="),
        ({"headers": {"X-A": "a\nb"}}, HeaderError, "X-A"),
        ({"auto_submitted": True}, InvalidMessage, "auto_submitted is of type bool"),
        ({"list_unsubscribe": "http://example.org/u"}, HeaderError, "list_unsubscribe"),
        ({"list_unsubscribe": []}, HeaderError, "list_unsubscribe"),
        ({"message_id": "one@example.org"}, HeaderError, "message_id"),
        ({"text": None}, InvalidMessage, "it has none"),
        ({"text": b"bytes"}, InvalidMessage, "text is of type bytes"),
        ({"html": 7}, InvalidMessage, "html is of type int"),
        ({"context": {"a": 1}}, InvalidMessage, "context was given without template"),
        ({"template": "../etc/passwd.md"}, InvalidMessage, "passwd"),
        ({"template": "nothing.md", "context": []}, InvalidMessage, "context is of type list"),
        ({"attachments": ["/etc/passwd"]}, InvalidMessage, "passwd"),
        ({"fail_silently": "no"}, InvalidMessage, "fail_silently='no'; expected True, False or None"),
        ({"fail_silently": 1}, InvalidMessage, "fail_silently=1"),
        ({"background": "x" * 1_000_000}, InvalidMessage, "(1000000 characters); expected True"),
        ({"background": "no"}, InvalidMessage, "background='no'"),
        ({"background": True, "sign": len}, InvalidMessage, "EMAIL_SIGN"),
        ({"sign": 5}, InvalidMessage, "sign is of type int"),
        ({"auto_submitted": ["auto-generated"]}, InvalidMessage, "auto_submitted is of type list"),
        ({"list_unsubscribe": 5}, InvalidMessage, "list_unsubscribe is of type int"),
        ({"list_unsubscribe": [5]}, InvalidMessage, "list_unsubscribe[0] is of type int"),
        ({"using": ["bulk"]}, InvalidMessage, "using is of type list"),
        ({"using": "bulk"}, ImproperlyConfigured, "using='bulk' names no mailer"),
    ],
)
async def test_wrong_arguments_raise_even_where_failures_are_silent(memory, arguments, error, says):
    """Silence hides what servers do, not what callers did; the error says which argument."""
    with pytest.raises(error) as caught:
        await send_email(**{"recipients": TO, "subject": "s", "text": "t", "fail_silently": True, **arguments})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not memory


async def test_addresses_are_checked_before_a_template_is_rendered(tmp_path):
    """What is cheap to refuse is refused first."""
    with override_settings(TEMPLATES_DIR=tmp_path), pytest.raises(AddressError):
        await compose_email("nobody", "s", template="missing.md")


async def test_rendering_ends_when_an_attachment_is_refused(memory, tmp_path):
    """Both are done at a time; the error is the refused one's, and no task is left behind."""
    (tmp_path / "welcome.txt").write_text("Hello")
    with override_settings(TEMPLATES_DIR=tmp_path), pytest.raises(InvalidMessage, match="passwd"):
        await send_email(TO, "s", template="welcome.txt", attachments=["/etc/passwd"])
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ada@example.org", ["ada@example.org"]),
        (("ada@example.org", "Grace <grace@Example.ORG>"), ["ada@example.org", "Grace <grace@example.org>"]),
        ([], []),
        (None, []),
        ({"ada@example.org"}, ["ada@example.org"]),
    ],
)
def test_addresses_are_normalized(value, expected):
    """One as a string, or several of any iterable."""
    assert normalize_addresses(value) == expected


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a@b.org": "Ada"}, "cc={'a@b.org': 'Ada'} is of type dict; expected one address or a list of them"),
        (b"a@b.org", "cc=b'a@b.org' is of type bytes; expected one address or a list of them"),
        (["a@b.org"] * 10_001, "cc has more than 10000 addresses; send several messages"),
    ],
    ids=["dict", "bytes", "many"],
)
def test_what_are_no_addresses_is_refused_as_a_message_refuses_it(value, says):
    """By the same sentence."""
    with pytest.raises(AddressError) as caught:
        normalize_addresses(value, "cc")
    assert str(caught.value) == says
    with pytest.raises(AddressError) as caught:
        EmailMessageData(recipients="a@b.org", cc=value, subject="s", text="t")
    assert str(caught.value) == says


@pytest.mark.parametrize("bad", ["a@example.org\n", "a\x00@example.org", "a@example.org\u2028", "a\x85@example.org"])
def test_control_characters_are_refused_and_not_shown_as_they_are(bad):
    """The error has them as escapes."""
    with pytest.raises(AddressError) as caught:
        normalize_addresses(["ok@example.org", bad])
    assert "recipients[1]" in str(caught.value)
    assert str(caught.value).isprintable()


async def test_five_thousand_recipients_get_one_message_each_once(memory):
    """The same address in to, cc and bcc stands in the envelope once."""
    many = [f"user{number}@example.org" for number in range(5_000)]
    await send_email(many, "s", "t", cc=many, bcc=many)
    assert memory[0].envelope_recipients == tuple(many)


def test_importing_the_package_loads_no_library():
    """Templates, SMTP, HTTP and commands are loaded by what needs them."""
    heavy = "{'jinja2', 'markdown', 'markdown_it', 'aiosmtplib', 'httpcore2', 'click', 'idna', 'ssl', 'pytest'}"
    code = f"import sys; import openviper.core.email; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_script_of_ten_lines_sends(tmp_path):
    """With no settings module, mail is printed, and the program ends without a warning."""
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio\n"
        "from openviper.core.email import send_email\n"
        "asyncio.run(send_email('ada@example.org', 'Welcome', 'Hello'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Subject:     Welcome" in done.stdout
