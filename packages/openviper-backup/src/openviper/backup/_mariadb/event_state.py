"""Whether a statement makes an event that is enabled: read from its head alone."""

from __future__ import annotations

import re

__all__ = ["event_state"]

# Names may have any text, a schedule has times alone; what is behind its state is the comment and the body. A name
# that is passed over may be taken for two where a backtick is doubled in it, lest there be two ways to read it.
_HEAD = re.compile(
    rb"(?s)(?:[^`]|`[^`]*`)*?\bEVENT `((?:[^`]|``)*)` ON SCHEDULE [^`]*? ON COMPLETION (?:NOT )?PRESERVE "
)
_STATE = re.compile(rb"ENABLE|DISABLE(?! ON )")


def event_state(statement: bytes) -> tuple[str, int, int] | None:
    """Return the name of an event, and where ``ENABLE`` or ``DISABLE`` begins and ends in the statement that makes it.

    ``None``: it makes none, as the server or its dump program writes it, or one that belongs to another server.
    """
    head = _HEAD.match(statement)
    state = None if head is None else _STATE.match(statement, head.end())
    if head is None or state is None:
        return None
    return head[1].replace(b"``", b"`").decode("utf-8", "surrogateescape"), state.start(), state.end()
