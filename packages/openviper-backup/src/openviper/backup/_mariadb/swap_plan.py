"""What a swap is going to do, written down before it begins: for ``--resume``, for ``--undo``, and for people.

Beside the backup stand ``<file>.swap.json``, which the commands read, and ``<file>.swap.sql``: the statements that make
triggers, routines, views and events of both sides again. The same JSON stands in the marker table on the server.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openviper.backup._durable import create_new, sync_folder
from openviper.backup._mariadb.catalog import Definition
from openviper.backup._mariadb.naming import Names
from openviper.backup._mariadb.quoting import identifier
from openviper.backup.errors import InvalidInput

__all__ = ["SwapPlan", "plan_file", "read_plan", "remove_plan", "write_plan"]

_DELIMITER = "$openviper$"
# Bytes: all definitions of two databases.
_MOST = 64 << 20
_TEXTS = "SET NAMES utf8mb4"
_MODE = "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', time_zone = DEFAULT"


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """Both sides of a swap.

    Attributes:
        file: The backup.
        names: The schemas; ``names.old`` is where the old tables go.
        collation: The target's default.
        made_target: There was no such schema before.
        keep_old: The old tables remain beside the new.
        old_tables, new_tables: Names.
        old, new: Everything else, in the order in which it can be made.
        defaults: Table, column and default that names a sequence by its schema, for the new tables.
        replaces: Whether the server knows ``CREATE OR REPLACE``.
        account: Whose ``DEFINER`` clauses alone may be put back, as SQL has it; empty: everybody's.
        is_done: Everything is in its place, and what is beside the target is waste.
    """

    file: str
    names: Names
    collation: str
    made_target: bool
    keep_old: bool
    old_tables: tuple[str, ...]
    new_tables: tuple[str, ...]
    old: tuple[Definition, ...]
    new: tuple[Definition, ...]
    defaults: tuple[tuple[str, str, str], ...]
    replaces: bool
    account: str = ""
    is_done: bool = False

    def to_json(self) -> str:
        """Return it as ASCII."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, where: str) -> SwapPlan:
        """Read what :meth:`to_json` has written.

        Raises:
            InvalidInput: It is something else.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            read: dict[str, Any] = {
                "names": Names(**found["names"]),
                "old_tables": tuple(found["old_tables"]),
                "new_tables": tuple(found["new_tables"]),
                "old": tuple(Definition(**each) for each in found["old"]),
                "new": tuple(Definition(**each) for each in found["new"]),
                "defaults": tuple((table, column, text) for table, column, text in found["defaults"]),
            }
            return cls(**{**found, **read})
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidInput(f"{where} is not what a swap has written: {error!r}") from error

    def making(self, definition: Definition, statement: str) -> list[str]:
        """Return what makes something in the target, be it there or not, for a session that stands in it.

        Args:
            statement: That of the definition, or what may be made in its stead.
        """
        made = _settings(definition)
        if self.replaces and definition.kind != "TRIGGER":
            made.append("CREATE OR REPLACE " + statement.removeprefix("CREATE ").removeprefix("OR REPLACE "))
        else:
            # The server gives a trigger back as it was written, which may be with IF NOT EXISTS.
            made = [f"DROP {definition.kind} IF EXISTS {identifier(definition.name)}", *made, statement]
        made += [_TEXTS, _MODE]
        if definition.database in (None, self.collation):
            return made
        # Parameters without a character set have the schema's.
        return [f"ALTER DATABASE COLLATE {definition.database}", *made, f"ALTER DATABASE COLLATE {self.collation}"]

    def script(self, definitions: tuple[Definition, ...]) -> bytes:
        """Return lines for a client, which make all of these again in the database that it stands in."""
        lines = [f"{line}{_DELIMITER}\n" for each in definitions for line in self.making(each, each.statement)]
        return _bytes("".join([f"DELIMITER {_DELIMITER}\n", f"{_TEXTS}{_DELIMITER}\n", *lines, "DELIMITER ;\n"]))

    def to_sql(self) -> bytes:
        """Return both sides for people, and for a client by hand."""
        names = self.names
        head = (
            f"-- A swap of {names.target!r}: its old tables go to {names.old!r}, the new ones come from "
            f"{names.scratch!r}.\n-- restore-db FILE --resume finishes it, --undo takes it back. By hand: bring the "
            "tables to one side, and give a client "
            "that\n-- side's part of this file; it makes again what is no table.\n"
        )
        use = _bytes(f"USE {identifier(names.target)};\n")
        new, old = self.script(self.new), self.script(self.old)
        return b"".join([_bytes(head), b"\n-- The new ones\n", use, new, b"\n-- The old ones\n", use, old])


def _settings(definition: Definition) -> list[str]:
    """Return the statements that make the session what it was when something was defined."""
    found = [f"SET character_set_client = {definition.client}, collation_connection = {definition.connection}"]
    found += [] if definition.sql_mode is None else [f"SET sql_mode = '{definition.sql_mode}'"]
    found += [] if definition.time_zone is None else [f"SET time_zone = '{definition.time_zone}'"]
    return found


def plan_file(file: Path) -> Path:
    """Return where the plan of a backup's swap is."""
    return file.with_name(f"{file.name}.swap.json")


def write_plan(plan: SwapPlan) -> None:
    """Write both files (0600) beside the backup; behind it they are on the disk.

    Raises:
        OSError: They cannot be written.
    """
    file = Path(plan.file)
    _write(_sql_file(file), plan.to_sql())
    _write(plan_file(file), plan.to_json().encode())
    sync_folder(file.parent)


def read_plan(file: Path) -> SwapPlan | None:
    """Read the plan beside a backup; ``None``: there is none.

    Raises:
        InvalidInput: It is none.
    """
    path = plan_file(file)
    try:
        # Another kind of file could keep whoever reads it waiting.
        if path.exists() and not path.is_file():
            raise InvalidInput(f"{str(path)!r} is not a regular file: take it away")
        with path.open("rb") as source:
            data = source.read(_MOST + 1)
        if len(data) > _MOST:
            raise InvalidInput(f"{str(path)!r} has more than {_MOST} bytes, and was written by another program")
        text = data.decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{str(path)!r} cannot be read: {error}") from error
    return SwapPlan.from_json(text, repr(str(path)))


def remove_plan(file: Path) -> None:
    """Take both files away, as far as that can be done."""
    for path in (plan_file(file), _sql_file(file)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _sql_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.swap.sql")


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(create_new(part), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
