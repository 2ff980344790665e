"""What the inbox reads of kept mail, and for whom it takes the recipients."""

from __future__ import annotations

import tracemalloc

import pytest
from inbox_client import ask, keep

from openviper.conf import override_settings
from openviper.core.email.message import EmailMessageData
from openviper.core.email.sender import send_message

pytestmark = pytest.mark.usefixtures("memory")


async def test_the_list_holds_one_message_at_a_time(tmp_path):
    """A folder of large mail is listed in the memory of the largest."""
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path):
        for number in range(12):
            text = f"{number}\n" + "x\n" * 1_000_000
            await send_message(EmailMessageData(recipients="a@example.org", subject=f"s{number}", text=text))
        tracemalloc.start()
        page = (await ask("/?q=s")).text
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert page.count('class="subject') == 12
    assert peak < 12_000_000


async def test_a_list_that_is_watched_reads_each_message_once(tmp_path):
    """Kept mail does not change: what was read of it is remembered; a new one is read."""
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path):
        await send_message(EmailMessageData(recipients="a@example.org", subject="s", text="t", html="<p>h"))
        before = (await ask("/api/messages")).json()
        (kept,) = tmp_path.glob("*.eml")
        content = kept.read_bytes()
        kept.write_bytes(content.replace(b"text/html", b"text/odds"))
        assert (await ask("/api/messages")).json() == before
        assert before["messages"][0]["has_html"]
        await send_message(EmailMessageData(recipients="a@example.org", subject="s", text="t"))
        assert [each["has_html"] for each in (await ask("/api/messages")).json()["messages"]] == [False, True]


@pytest.mark.parametrize(
    ("header", "hidden"),
    [
        ("To: xada@example.org.uk", True),
        ("To: ada@example.org.uk", True),
        ("To: Ada <ADA@example.org>", False),
        ("Cc: bob@example.org, ada@example.org", False),
        ("To: x@example.org\nTo: ada@example.org", False),
        ("To: undisclosed-recipients:;", True),
        ("To: Friends: bob@example.org, ada@example.org;", False),
        ('To: "ada@example.org" <eve@example.org>', True),
        ('To: "Countess, \\"A\\"" <ada@example.org>', False),
        ("To: eve@example.org (ada@example.org)", True),
        ("X-To: ada@example.org", True),
        ("To: " + ", ".join(f"n{n}@example.org" for n in range(300)) + ",\n ada@example.org", False),
        ('To: "' + '\\"' * 100_000, True),
        ("To: " + "(" * 100_000, True),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_blind_copy_is_who_no_header_names(header, hidden):
    """An address that is part of another, or stands in a name, is not named; of a long header all are."""
    keep(f"From: a@example.org\n{header}\n\nx\n", to=("ada@example.org",))
    page = (await ask("/messages/m1")).text
    assert ("<dt>Bcc</dt>" in page) == hidden
