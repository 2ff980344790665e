"""What a program says on stderr, for people to read: its last lines, without row data and secrets.

Clients of databases repeat what they could not load: the key that was there twice, the text that is no number, the
statement that cannot be parsed, and all the lines of it. So a quoted text is shown only after a word that says that it
is a name, and the lines that belong to one that is not shown are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["Complaints", "readable"]

_LINES, _WIDTH, _KEPT = 8, 300, 16 << 10
# Within other words such a secret is not meant: to hide it there would tell it.
_SHORT = re.compile(r"\w{1,5}")
# PostgreSQL's fields with row data or statements; https://www.postgresql.org/docs/current/protocol-error-fields.html
_DROPPED = re.compile(r"(?:DETAIL|CONTEXT|QUERY|STATEMENT|LINE \d+|INSERT|UPDATE|COPY)\b|\s*\^$")
# Behind a text that is not shown, a line that does not begin like this is a part of it.
_BEGINS = re.compile(
    r"(?:psql|pg_\w+|mysql\w*|mariadb[\w-]*|sqlcmd|expdp|impdp):|(?:ERROR|FATAL|PANIC|WARNING|NOTICE|HINT)\b"
    r"|(?:ORA|UDE|UDI|SP2)-\d|Msg \d"
)
_NAMED = re.compile(
    r"""(?: \b(?: relation | table | column | database | role | user | schema | function | procedure | type | extension
        | index | constraint | sequence | tablespace | language | encoding | host | host[ ]name | server[ ]on | at
        | socket | view | trigger | event | parameter | variable | option | server | publication | subscription | key
        | collation | locale | file | library | plugin | snapshot | in | for | version | rmdir ) [ ]
        | \berr(?:no|code):[ ]\d+[ ] | @ | `\.?) $""",
    re.VERBOSE | re.IGNORECASE,
)
# What may follow such a text on its line.
_AFTER = re.compile(
    r""".*["'](\ (?: for\ (?:key|column|type|encoding|enum) | is\ out\ of\ range | at\ (?:line|row|character)
        | violates | does\ not\ exist | already\ exists | of\ relation | when\ trying )\b
        [^"']* (?: ["'] [^"']* ["'] [^"']* )? )$""",
    re.VERBOSE,
)
# What mariadb-dump and mysqldump asked the server, which refuses it by name.
_REFUSED = re.compile(r"(.*: Couldn't execute )'.*?': (.+ \(\d+\))")
# What these got from the server, whole within quotes.
_GOT = re.compile(r'(?:\S*/)?(?:mariadb-dump|mysqldump): Got error: \d+: "')
_QUOTE = re.compile(r"""(?<!\w)["'](?!\s|$)|(?<=\s)["']""")


class Complaints:
    """The end of a stream of stderr, however long that is.

    Args:
        secrets: Texts that are shown as ``***``.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._kept = bytearray()
        self._cut = False

    def add(self, data: bytes) -> None:
        """Take what was read."""
        self._kept += data
        if len(self._kept) > 2 * _KEPT:
            del self._kept[:-_KEPT]
            self._cut = True

    def __str__(self) -> str:
        """Return the last lines in one, joined by ``; ``; empty where nothing may be shown."""
        # What a cut has left of a line could be the end of a secret.
        kept = self._kept.partition(b"\n")[2] if self._cut else self._kept
        text = kept.decode("utf-8", "replace")
        for secret in self._secrets:
            pattern = re.escape(secret)
            text = re.sub(rf"(?<!\w){pattern}(?!\w)" if _SHORT.fullmatch(secret) else pattern, "***", text)
        return "; ".join([*readable(text)][-_LINES:])


def readable(text: str) -> Iterator[str]:
    """Give the lines of a program's stderr that people may see, as they may see them."""
    hidden = False
    for line in text.splitlines():
        if not line.strip():
            continue
        if _DROPPED.match(line) or (hidden and not _BEGINS.match(line)):
            hidden = True
            continue
        shown, hidden = _without_values(line)
        shown = "".join(each if each.isprintable() else "?" for each in shown.expandtabs(1)).strip()
        yield shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}..."


def _without_values(line: str) -> tuple[str, bool]:
    """Return the line with names alone, and whether something was left out, which may go on in the next."""
    if refused := _REFUSED.fullmatch(line):
        reason, hidden = _without_values(refused[2])
        return f"{refused[1]}...: {reason}", hidden
    got = _GOT.match(line)
    position = got.end() if got else 0
    while found := _QUOTE.search(line, position):
        end = line.find(found[0], found.end())
        if end < 0 or not _NAMED.search(line[: found.start()]):
            after = _AFTER.match(line, found.end())
            return f"{line[: found.start()]}...{after[1] if after else ''}", True
        position = end + 1
    return line, False
