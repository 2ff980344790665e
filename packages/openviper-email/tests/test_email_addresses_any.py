"""Any mailbox, and any text that may be none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.core.email.addresses import Mailbox, parse_mailbox, parse_mailboxes
from openviper.core.email.errors import AddressError

ATEXT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#$&'*+-/=?^_`{|}~"
#: Without what an encoded word begins with, which is refused.
LOCALS = (
    st.lists(st.text(ATEXT, min_size=1, max_size=12), min_size=1, max_size=4)
    .map(".".join)
    .filter(lambda local: "=?" not in local)
)
LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
SEEN = st.characters(
    exclude_categories=("C", "M", "Z"), exclude_characters="@\ufe6b\uff20\u2800\u115f\u1160\u3164\uffa0"
)
NAMES = st.text(SEEN | st.sampled_from(" \u3000\u0301"), max_size=40).filter(
    lambda name: not name or bool(name.strip(" \u3000\u0301"))
)


@given(NAMES, LOCALS, DOMAINS)
def test_what_a_mailbox_writes_is_read_back(name, local, domain):
    """The text of a mailbox is that mailbox again."""
    mailbox = Mailbox(name, local, domain)
    assert parse_mailbox(str(mailbox)) == mailbox


def read_or_refused(text):
    """Return the mailbox, or the error."""
    try:
        return parse_mailbox(text)
    except AddressError as error:
        return error


@given(st.text(max_size=60) | st.from_regex(r"[ab@<>\"\\,;:()\[\]. ü]{1,12}", fullmatch=True))
def test_any_text_is_a_mailbox_or_refused(text):
    """No text makes another error; what is read has one '@' outside of the name, and stays what it is."""
    mailbox = read_or_refused(text)
    if isinstance(mailbox, AddressError):
        assert str(mailbox).isprintable()
        return
    assert mailbox.address.count("@") == 1
    assert mailbox.domain.isascii()
    assert parse_mailbox(str(mailbox)) == mailbox
    assert parse_mailbox(mailbox.address).address == mailbox.address


@given(st.lists(st.tuples(NAMES, LOCALS, DOMAINS), max_size=5))
def test_several_are_read_as_one_by_one(parts):
    """Many mailboxes at once are the same as each by itself."""
    mailboxes = [Mailbox(name, local, domain) for name, local, domain in parts]
    written, bare = parse_mailboxes([str(each) for each in mailboxes], "cc")
    assert written == tuple(map(str, mailboxes))
    assert bare == tuple(each.address for each in mailboxes)


@pytest.mark.parametrize(
    "text",
    [
        "a@" + "a-" * 100_000,
        "a." * 100_000 + "@b",
        '"' + "\\" * 100_000,
        "a " * 100_000 + "<a@b>",
        "<" * 100_000 + "a@b" + ">" * 100_000,
        "a@" + "ü" * 100_000,
        "ü" * 100_000 + "@b",
        "\u200d" * 5_000_000 + " <a@b>",
        "\ufdfa" * 1_000_000 + "@b",
        "\ufdfa" * 1_000_000 + " <a@b>",
        "a@" + "\ufdfa" * 1_000_000,
    ],
    ids=lambda text: f"{text[:4]}x{len(text)}",
)
def test_long_input_takes_no_time_to_speak_of(text):
    """Nothing in the grammar goes back and forth over a long text; the limit of the test run would end it."""
    result = read_or_refused(text)
    assert isinstance(result, Mailbox) or len(str(result)) < 500
