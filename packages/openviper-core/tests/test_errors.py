"""The error tree: what an except clause may rely on."""

from __future__ import annotations

import pytest

from openviper.core.errors import (
    BadSignature,
    ImproperlyConfigured,
    LifespanError,
    OpenViperError,
    SignatureExpired,
)


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (ImproperlyConfigured, (OpenViperError, ValueError)),
        (BadSignature, (OpenViperError, ValueError)),
        (SignatureExpired, (BadSignature, ValueError)),
        (LifespanError, (OpenViperError, RuntimeError)),
    ],
)
def test_a_refused_input_is_a_value_error_and_everything_has_one_base(error, bases):
    """``except ValueError`` and ``except OpenViperError`` both work as documented."""
    assert issubclass(error, bases[0])
    assert issubclass(error, bases[1])
