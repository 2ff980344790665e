"""Where the state of an event stands in the statement that makes it."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.event_state import event_state

DUMPED = b"/*!50106 CREATE*/ /*!50117 DEFINER=`a EVENT ``b`@`%`*/ /*!50106 EVENT "
SHOWN = b"CREATE DEFINER=`root`@`localhost` EVENT "
EVERY = b" ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' ON COMPLETION "


@pytest.mark.parametrize(
    ("before", "state", "behind", "name"),
    [
        (DUMPED + b"`e`" + EVERY + b"NOT PRESERVE ", b"ENABLE", b" DO SELECT 1 */ ;;\n", "e"),
        (SHOWN + b"`e`" + EVERY + b"PRESERVE ", b"DISABLE", b" COMMENT 'was PRESERVE ENABLE DO it' DO SELECT 1", "e"),
        (SHOWN + b"`PRESERVE DISABLE y`" + EVERY + b"PRESERVE ", b"ENABLE", b" DO SELECT 1", "PRESERVE DISABLE y"),
        (SHOWN + b"`a``b`" + EVERY + b"NOT PRESERVE ", b"DISABLE", b" DO SELECT ' EVENT `e` ON SCHEDULE'", "a`b"),
    ],
)  # fmt: skip
def test_the_servers_own_word_is_found(before, state, behind, name):
    """Not one in a name, a comment or a body."""
    found = event_state(before + state + behind)
    assert found == (name, len(before), len(before) + len(state))


@pytest.mark.parametrize(
    "statement",
    [
        SHOWN + b"`e`" + EVERY + b"NOT PRESERVE DISABLE ON SLAVE COMMENT ' ON COMPLETION PRESERVE ENABLE' DO SELECT 1",
        # Two ways to read each of these would be too many.
        b"/*!50106 CREATE " + b"`x`" * 60 + b"` ;;\n",
        SHOWN + b"``" * 5000 + b"` ON SCHEDULE",
        b"CREATE PROCEDURE p() SELECT ' EVENT `e` ON SCHEDULE'",
        b"",
    ],
)
def test_others_have_none(statement):
    """What belongs to another server, and what is no event."""
    assert event_state(statement) is None
