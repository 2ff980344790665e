"""What a new connection is asked first: whether it is encrypted as the URL wants it, and how it spells the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.quoting import literal
from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup._mariadb.connection import Connection
    from openviper.backup._mariadb.session import Session

__all__ = ["entered"]


def entered(session: Session, connection: Connection) -> str:
    """Return the name of a connection's database as the server has it.

    A server with ``lower_case_table_names=1`` keeps all names in lower case, and takes them in any
    (https://mariadb.com/docs/server/ref/mdb/system-variables/lower_case_table_names).

    Raises:
        InvalidInput: The URL asks for TLS, which the client takes for a wish, and the connection has none.
        ToolFailed: The server cannot be asked.
    """
    wanted = any(name == "ssl" or name.startswith("ssl-") for name in connection.options)
    if wanted and not session.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1]:
        raise InvalidInput(
            f"The database URL '{connection.shown}' asks for TLS (ssl...), and the server offers none: set it up there "
            "or take that out of the URL"
        )
    text = literal(connection.database)
    return session.value(f"SELECT IF(@@lower_case_table_names = 1, LOWER({text}), {text})")
