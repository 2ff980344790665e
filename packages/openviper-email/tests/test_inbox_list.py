"""The list of kept mail: how much there is, where it is kept, and deleting it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from inbox_client import ask, keep

from openviper.conf import override_settings
from openviper.core.email import send_email
from openviper.core.email.backends.memory import outbox

SIMPLE = "From: Ada <ada@example.org>\nTo: to@example.org\nSubject: Welcome\n\nHello!\n"


@pytest.fixture(autouse=True)
def _memory():
    """Mail is kept in memory, and nothing of another test is there."""
    outbox.clear()
    with override_settings(EMAIL_BACKEND="memory"):
        yield
    outbox.clear()


@pytest.fixture
def many(tmp_path):
    """620 files, the oldest to r0, one second apart."""
    first = datetime(2026, 11, 21, tzinfo=UTC)
    for number in range(620):
        name = f"{first + timedelta(seconds=number):%Y%m%dT%H%M%S.%fZ}-00000000.eml"
        (tmp_path / name).write_bytes(f"To: r{number}@example.org\r\nSubject: s\r\n\r\nx\r\n".encode())
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path):
        yield tmp_path


async def test_all_messages_are_counted_and_can_be_reached(many):
    """However many there are; the last page has the oldest."""
    assert "<small>620 messages</small>" in (await ask("/")).text
    first, last = (await ask("/api/messages")).json(), (await ask("/api/messages?page=13")).json()
    assert (first["total"], first["pages"], first["searched"]) == (620, 13, 620)
    assert last["messages"][-1]["to"] == "r0@example.org"
    assert len(last["messages"]) == 20


async def test_a_search_says_how_far_back_it_went(many):
    """It looks at the newest 500, and denies nothing of the others."""
    page = (await ask("/?q=example")).text
    assert "<small>500 found of the newest 500</small>" in page
    older = (await ask("/?q=r7@")).text
    assert "None of the newest 500 messages has" in older
    assert "The 120 older ones were not searched." in older
    found = (await ask("/api/messages?q=r619@")).json()
    assert (found["total"], found["searched"]) == (1, 500)


async def test_a_search_of_all_says_nothing_of_it():
    """Where there are not more than it looks at."""
    keep(SIMPLE)
    assert "<small>1 found</small>" in (await ask("/?q=ada")).text
    nothing = (await ask("/?q=nobody")).text
    assert "No message has" in nothing
    assert "searched" not in nothing


async def test_clearing_asks_first_and_says_how_many(many):
    """Nothing is deleted by looking; what is said is what is deleted."""
    page = (await ask("/clear")).text
    assert "<h1>Delete 620 messages?</h1>" in page
    assert "Delete 620 messages</button>" in page
    assert len(list(many.iterdir())) == 620
    (action,) = re.findall('action="([^"]+)"', page)
    await send_email("late@example.org", "Late", "x")
    answer = await ask(action, "POST")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    (left,) = (await ask("/api/messages")).json()["messages"]
    assert left["to"] == "late@example.org"


async def test_without_mail_nothing_is_asked():
    """The question leads back to the list, which has no button for it."""
    assert (await ask("/clear")).headers["location"] == "/"
    assert "/clear" not in (await ask("/")).text


async def test_one_message_is_called_one():
    """In the question and on its button."""
    keep(SIMPLE)
    assert "Delete 1 message</button>" in (await ask("/clear")).text


@pytest.mark.parametrize("until", ["yesterday", "2026-11-21T00:00:00", "3"])
async def test_what_is_no_time_deletes_nothing(until):
    """It is told what to do."""
    keep(SIMPLE)
    answer = await ask(f"/clear?until={until}", "POST")
    assert answer.status == 404
    assert "nothing was deleted" in answer.text
    assert len(outbox) == 1


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/messages/m1/delete", "POST", 303), ("/api/messages/m1", "DELETE", 204)]
)
async def test_one_message_is_deleted(path, method, status):
    """The others stay; a second time it is not there."""
    for id in ("m1", "m2"):
        keep(SIMPLE, id=id)
    assert (await ask(path, method)).status == status
    assert [each.id for each in outbox] == ["m2"]
    assert (await ask(path, method)).status == 404


@pytest.mark.parametrize(("path", "method"), [("/messages/m1/delete", "POST"), ("/api/messages/m1", "DELETE")])
async def test_a_page_of_another_origin_deletes_no_message(path, method):
    """As it clears nothing."""
    keep(SIMPLE)
    assert (await ask(path, method, sec_fetch_site="cross-site")).status == 403
    assert len(outbox) == 1


async def test_mail_of_other_mailers_is_shown(tmp_path):
    """Of all that keep it in one list, newest first, each message once; and it is deleted where it is."""
    mailers = {
        "provider": {"BACKEND": "file", "FILE_PATH": tmp_path / "a"},
        "same": {"BACKEND": "file", "FILE_PATH": str(tmp_path / "a")},
        "other": {"BACKEND": "file", "FILE_PATH": tmp_path / "b"},
        "kept": {"BACKEND": "memory"},
        "gone": {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": 9},
    }
    with override_settings(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("provider",), EMAIL_MAILERS=mailers):
        empty = (await ask("/")).text
        assert (
            "What the mailers &#39;provider&#39;, &#39;same&#39;, &#39;other&#39;, &#39;kept&#39; would send" in empty
        )
        await send_email("first@example.org", "s", "x")
        for name in ("same", "other", "kept"):
            await send_email(f"{name}@example.org", "s", "x", using=name)
        rows = (await ask("/api/messages")).json()["messages"]
        assert [each["to"].partition("@")[0] for each in rows] == ["kept", "other", "same", "first"]
        for each in rows:
            assert (await ask(each["url"])).status == 200
        assert (await ask(rows[1]["url"], "DELETE")).status == 204
        assert list((tmp_path / "b").iterdir()) == []
        assert "Delete 3 messages" in (await ask("/clear")).text
        await ask("/clear", "POST")
        assert (await ask("/api/messages")).json()["total"] == 0
    assert len(outbox) == 0


async def test_a_mailer_that_cannot_be_used_hides_no_mail_of_others():
    """The page says what is wrong with it."""
    keep(SIMPLE)
    with override_settings(EMAIL_MAILERS={"bulk": {"BACKEND": "file"}, "odd": {"HOTS": "x"}}):
        page = await ask("/")
        assert "Welcome" in page.text
        assert (
            "Some of the captured mail cannot be read: EMAIL_MAILERS[&#39;bulk&#39;][&#39;FILE_PATH&#39;]" in page.text
        )
        assert "HOTS" in page.text
        assert (await ask("/messages/m1")).status == 200
        assert (await ask("/messages/nope")).status == 404


async def test_a_row_has_the_letter_of_whom_it_goes_to():
    """In one's own application the sender is always the same."""
    keep("From: The News <n@example.org>\nTo: ada@example.org\nSubject: s\n\nx")
    assert re.search(r'aria-hidden="true">A</span>', (await ask("/")).text)


async def test_the_list_and_the_message_count_the_same_files():
    """What the html shows is listed apart."""
    part = "--b\nContent-Disposition: attachment; filename={}\n\nx\n"
    inline = "--b\nContent-Type: image/png; name=logo.png\nContent-ID: <logo>\n\nx\n"
    files = part.format("a.txt") + inline + part.format("c.txt")
    keep(f"Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\nx\n{files}--b--\n")
    assert "2 files<" in (await ask("/")).text
    page = (await ask("/messages/m1/attachments")).text
    assert "Files <small>2</small>" in page
    files, shown = page.split("For the html to show</h2>")
    assert "a.txt" in files
    assert "c.txt" in files
    assert "logo.png" not in files
    assert "logo.png" in shown


async def test_a_file_that_vanished_is_no_row(many):
    """Somebody else may tidy up: its name was there, and what it leads to is not."""
    (many / "20990101T000000.000000Z-00000000.eml").symlink_to(many / "gone")
    assert len((await ask("/api/messages")).json()["messages"]) == 49
    assert (await ask("/api/messages?q=r619@")).json()["total"] == 1


@pytest.mark.parametrize(
    ("backend", "says"),
    [("MemoryBackend", "Whatever this process sends is kept here"), ("FileBackend", "is kept here, as files")],
)
async def test_a_backend_that_is_named_by_its_path_is_the_same(tmp_path, backend, says):
    """As the settings may name it."""
    path = f"openviper.core.email.backends.{backend}"
    with override_settings(EMAIL_BACKEND=path, EMAIL_FILE_PATH=tmp_path):
        assert says in (await ask("/")).text
        await send_email("ada@example.org", "Here it is", "x")
        assert "Here it is" in (await ask("/")).text
