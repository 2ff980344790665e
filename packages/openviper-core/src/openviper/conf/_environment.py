"""The variables ``OPENVIPER_*``, from the process's environment and from ``.env``."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from openviper.conf._dotenv import parse_dotenv
from openviper.core.errors import ImproperlyConfigured

__all__ = ["PREFIX", "RESERVED", "SETTINGS_MODULE", "Variable", "nearest_pyproject", "read_environment"]

PREFIX = "OPENVIPER_"
SETTINGS_MODULE = "OPENVIPER_SETTINGS_MODULE"
#: Variables that name no setting.
RESERVED = frozenset({SETTINGS_MODULE, "OPENVIPER_REQUIRE_SERVICES"})


class Variable(NamedTuple):
    """The text of a variable and where it stands: ``environment``, or ``.env, line 3``."""

    text: str
    where: str


def read_environment() -> dict[str, Variable]:
    """Return every ``OPENVIPER_*`` variable; the real environment wins over ``.env``, which is never exported.

    Raises:
        ImproperlyConfigured: ``.env`` cannot be read, or has a bad line.
    """
    found = _read_dotenv()
    found.update({key: Variable(text, "environment") for key, text in os.environ.items() if key.startswith(PREFIX)})
    return found


def nearest_pyproject() -> str | None:
    """Return the path of the nearest ``pyproject.toml``, from the current directory upward."""
    folder = os.getcwd()  # noqa: PTH109 - pathlib costs more than all of this module
    while True:
        candidate = os.path.join(folder, "pyproject.toml")  # noqa: PTH118
        if os.path.isfile(candidate):  # noqa: PTH113
            return candidate
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder:
            return None
        folder = parent


def _read_dotenv() -> dict[str, Variable]:
    # A developer's own .env must not decide whether a test passes.
    if "pytest" in sys.modules or "PYTEST_VERSION" in os.environ:
        return {}
    pyproject = nearest_pyproject()
    path = os.path.join(os.path.dirname(pyproject) if pyproject else os.getcwd(), ".env")  # noqa: PTH109, PTH118, PTH120
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
