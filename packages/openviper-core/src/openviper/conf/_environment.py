"""The variables ``OPENVIPER_*``, from the process's environment and from ``.env``."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from openviper.conf._dotenv import parse_dotenv
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import SETTINGS_VARIABLE, project_folder, search_folder

__all__ = ["PREFIX", "RESERVED", "Variable", "read_environment"]

PREFIX = "OPENVIPER_"
#: Variables that name no setting.
RESERVED = frozenset({SETTINGS_VARIABLE, "OPENVIPER_REQUIRE_SERVICES"})


class Variable(NamedTuple):
    """The text of a variable and where it stands: ``environment``, or ``.env, line 3``."""

    text: str
    where: str


def read_environment(directory: str | None = None) -> dict[str, Variable]:
    """Return every ``OPENVIPER_*`` variable; the real environment wins over ``.env``, which is never exported.

    Args:
        directory: Whose project's ``.env`` is meant, absolute; ``None``: that of ``search_folder()``.

    Raises:
        ImproperlyConfigured: ``.env`` cannot be read, or has a bad line.
    """
    found = _read_dotenv(directory or search_folder())
    found.update({key: Variable(text, "environment") for key, text in os.environ.items() if key.startswith(PREFIX)})
    return found


def _read_dotenv(directory: str) -> dict[str, Variable]:
    # A developer's own .env must not decide whether a test passes.
    if "pytest" in sys.modules or "PYTEST_VERSION" in os.environ:
        return {}
    path = os.path.join(project_folder(directory), ".env")  # noqa: PTH118
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            text = file.read()
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}; expected KEY=value lines in UTF-8") from error
    parsed = parse_dotenv(text, path)
    return {
        key: Variable(value, f".env, line {line}") for key, (value, line) in parsed.items() if key.startswith(PREFIX)
    }
