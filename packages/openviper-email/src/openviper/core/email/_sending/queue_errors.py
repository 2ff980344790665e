"""What an error of a job queue says of the job that it was given."""

from __future__ import annotations

import socket

from openviper.conf import ImproperlyConfigured
from openviper.core.email.errors import InvalidMessage

__all__ = ["surely_not_queued"]


def surely_not_queued(error: BaseException) -> bool:
    """Tell whether the queue cannot have a job that it was given when it raised this.

    So it is where the job did not reach it: it is no job, there is no queue, or it had no connection, which is a
    ``ConnectionRefusedError``, a name without an address, or ``ConnectionError`` itself; as the error, or as what that
    was raised from. After any other, a connection that was lost above all, it may have the job.
    """
    if isinstance(error, (ImproperlyConfigured, InvalidMessage)):
        return True
    chain = _chain(error)
    # What came first stands last: a queue that tried a second time itself may have lost its answer the first time.
    return _has_no_connection(chain[-1]) and all(
        _has_no_connection(each) for each in chain if isinstance(each, OSError)
    )


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _has_no_connection(error: BaseException) -> bool:
    return type(error) is ConnectionError or isinstance(error, (ConnectionRefusedError, socket.gaierror))
