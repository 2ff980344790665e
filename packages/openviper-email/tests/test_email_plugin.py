"""The fixture ``mailbox``, as a project's tests use it."""

from __future__ import annotations

import subprocess
import sys

from openviper.conf import override_settings
from openviper.core.email import send_email


async def test_the_mailbox_has_what_was_sent(mailbox):
    """As it was composed, oldest first; it can be emptied in between."""
    assert mailbox == []
    await send_email("ada@example.org", "First", "Hello")
    await send_email("grace@example.org", "Second", "Hello")
    assert [each.subject for each in mailbox] == ["First", "Second"]
    assert mailbox[-1].recipients == ("grace@example.org",)
    assert [each.subject for each in mailbox[:1]] == ["First"]
    assert repr(mailbox).startswith("Mailbox([EmailMessageData(recipients=('ada@example.org',), subject='First'")
    assert mailbox == list(mailbox) == mailbox == tuple(mailbox)
    assert mailbox != []
    assert mailbox != list(mailbox)[::-1]
    assert mailbox != "First"
    mailbox.clear()
    assert len(mailbox) == 0


async def test_no_message_is_dropped(mailbox):
    """The limit of a development server is not one of tests."""
    with override_settings(EMAIL_FAIL_SILENTLY=True):
        for number in range(600):
            await send_email("ada@example.org", str(number), "Hello")
    assert len(mailbox) == 600


TESTS = """
from openviper.conf import override_settings
from openviper.core.email import send_email

async def test_mail_of_other_mailers_is_kept_too(mailbox):
    await send_email("ada@example.org", "Bulk", "Hello", using="bulk")
    assert [each.subject for each in mailbox] == ["Bulk"]
"""

LEFT = """
import pytest
from openviper.conf import override_settings
from openviper.core.email import send_email
from openviper.core.email.backends.memory import outbox

@pytest.fixture
async def sent_before():
    with override_settings(EMAIL_BACKEND="memory"):
        await send_email("ada@example.org", "Before", "Hello")
    assert len(outbox) == 1

@pytest.fixture
def looked_at():
    yield
    assert len(outbox) == 0

async def test_it_begins_empty_and_leaves_nothing(looked_at, sent_before, mailbox):
    assert list(mailbox) == []
    await send_email("ada@example.org", "Within", "Hello")
    assert len(mailbox) == 1
"""


def run(pytester, tests):
    pytester.makepyfile(tests)
    options = ["asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function"]
    given = [argument for option in options for argument in ("-o", option)]
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *given).assert_outcomes(passed=1)


def test_no_mailer_of_the_project_sends(pytester, monkeypatch):
    """A test with the fixture cannot reach a server, whatever mailer is named."""
    mailers = '{"bulk": {"BACKEND": "smtp", "HOST": "mail.example.org", "USE_TLS": true}}'
    monkeypatch.setenv("OPENVIPER_EMAIL_MAILERS", mailers)
    run(pytester, TESTS)


def test_the_mailbox_begins_empty_and_leaves_nothing_behind(pytester):
    """Whatever was sent before the test, and in it."""
    run(pytester, LEFT)


def test_pytest_starts_without_what_mail_needs():
    """Those who do not use the fixture do not wait for it."""
    code = (
        "import sys, openviper.core.email.pytest_plugin\n"
        "names = [name for name in sys.modules if name.startswith('openviper.')]\n"
        "print(sorted(set(names) - {'openviper.core', 'openviper.core.email', 'openviper.core.email.pytest_plugin'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
