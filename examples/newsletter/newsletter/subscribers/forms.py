"""The sign-up form, as its template shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SignUp"]


@dataclass(frozen=True, slots=True)
class SignUp:
    """What stands in the form, and what is said about it."""

    #: What the visitor typed, so that nobody has to type it again.
    address: str = ""
    #: What is wrong with it.
    error: str = ""
    #: What went wrong here.
    apology: str = ""
