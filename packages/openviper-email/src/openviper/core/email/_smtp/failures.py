"""Why there is no connection, and what that means for a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from openviper.core.email._building.characters import printable
from openviper.core.email.results import RecipientResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.email._smtp.replies import Reply

__all__ = ["NOT_TLS", "ConnectError"]

#: What OpenSSL says of an answer that is no TLS.
NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})


class ConnectError(Exception):
    """A server could not be used: not reached, without TLS, or it refused the login."""

    def __init__(
        self,
        outcome: Literal["transient", "permanent"],
        text: str,
        *,
        code: int | None = None,
        status: str | None = None,
        ran_out: bool = False,
    ) -> None:
        super().__init__(printable(text))
        #: ``permanent``: it would fail as well the next time.
        self.outcome: Literal["transient", "permanent"] = outcome
        self.code = code
        self.status = status
        #: The time of whoever asked was over; somebody else may have more.
        self.ran_out = ran_out

    @classmethod
    def refused(cls, what: str, reply: Reply, outcome: Literal["transient", "permanent"] | None = None) -> ConnectError:
        """Return the error for a refusal; ``None``: for good, or for now, as the server says."""
        return cls(
            outcome or ("transient" if reply.outcome == "transient" else "permanent"),
            f"{what}: {reply.text}",
            code=reply.code,
            status=reply.enhanced_status,
        )

    def at(self, place: str) -> ConnectError:
        """Return the same with the server, and the step, at which it came."""
        return self._with(f"{place}: {self}")

    def again(self) -> ConnectError:
        """Return the same for somebody else; one that is raised twice would keep all who had it."""
        return self._with(str(self))

    def _with(self, text: str) -> ConnectError:
        return ConnectError(self.outcome, text, code=self.code, status=self.status, ran_out=self.ran_out)

    def results(self, recipients: Iterable[str]) -> list[RecipientResult]:
        """Return it as the answer for each recipient."""
        text = str(self)
        return [
            RecipientResult(each, self.outcome, self.code, self.status, text, before_envelope=True)
            for each in recipients
        ]
