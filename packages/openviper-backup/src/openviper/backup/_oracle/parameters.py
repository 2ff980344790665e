"""The parameter file of Data Pump, in which everything stands that must not be in the list of processes.

See https://docs.oracle.com/en/database/oracle/oracle-database/23/sutil/oracle-data-pump-export-utility.html
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.backup.url import DatabaseURL

__all__ = ["Account", "account_of", "job_name", "parameter_file"]

_EXPECTED = "expected oracle://user:password@host:1521/?service_name=NAME, with &directory=DIRECTORY for its directory"
_PORT = 1521
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_$#]*")
_SERVICE = re.compile(r"[\w.$#-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """Who connects to what.

    Attributes:
        userid: As ``USERID`` has it, with the password.
        schema: The schema that is backed up: the user's own.
        directory: The directory object of the folder that the server shares.
    """

    userid: str = field(repr=False)
    schema: str
    directory: str


def account_of(url: DatabaseURL) -> Account:
    """Read a URL as SQLAlchemy's dialect does: the path is a SID, ``service_name`` a service, a host alone a TNS name.

    Raises:
        InvalidInput: It names no user, password or host, or has in them what Data Pump cannot be given.
    """
    if url.user is None or url.password is None or url.host is None:
        raise InvalidInput(f"'{url}' names no user, password or host; {_EXPECTED}")
    for what, value in (("user", url.user), ("password", url.password)):
        # Oracle allows no double quote in either, and there is no way to write one.
        if not value or not value.isprintable() or '"' in value:
            raise InvalidInput(f"The {what} of '{url}' is empty, has a double quote or an unprintable character in it")
    return Account(
        userid=f'{_name(url.user)}/"{url.password}"@{_connect(url)}',
        schema=url.user.upper() if _PLAIN.fullmatch(url.user) else f'"{url.user}"',
        directory=_directory(url),
    )


def parameter_file(account: Account, parameters: Mapping[str, str]) -> bytes:
    """Return its text: a parameter a line."""
    lines = {"USERID": account.userid, **parameters}
    return "".join(f"{name}={value}\n" for name, value in lines.items()).encode()


def job_name() -> str:
    """Return a name by which a job can be found again, to be ended."""
    return f"OPENVIPER_{secrets.token_hex(6).upper()}"


def _connect(url: DatabaseURL) -> str:
    host, service, sid = url.host or "", url.option("service_name"), url.database
    for name in filter(None, (service, sid)):
        if not _SERVICE.fullmatch(name):
            raise InvalidInput(f"'{url}' has an impossible service or SID in it; {_EXPECTED}")
    if not service and not sid and url.port is None:
        return host
    if service:
        bracketed = f"[{host}]" if ":" in host else host
        return f"//{bracketed}:{url.port or _PORT}/{service}"
    address = f"(ADDRESS=(PROTOCOL=TCP)(HOST={host})(PORT={url.port or _PORT}))"
    return f'"(DESCRIPTION={address}(CONNECT_DATA=(SID={sid})))"'


def _directory(url: DatabaseURL) -> str:
    directory = url.option("directory") or "DATA_PUMP_DIR"
    if not _PLAIN.fullmatch(directory):
        raise InvalidInput(
            f"directory={directory!r} in the URL is not the name of a directory object; expected: DATA_PUMP_DIR"
        )
    return directory


def _name(user: str) -> str:
    return user if _PLAIN.fullmatch(user) else f'"{user}"'
