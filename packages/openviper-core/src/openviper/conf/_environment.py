"""The variables ``OPENVIPER_*``, from the process's environment and from ``.env``."""

from __future__ import annotations

import os
import sys
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from openviper.conf._dotenv import parse_dotenv
from openviper.core._regular_files import kind_of
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import SETTINGS_VARIABLE, project_folder, search_folder

__all__ = ["PREFIX", "RESERVED", "Variable", "read_environment"]

PREFIX = "OPENVIPER_"
# Of a .env file, in characters: 1 MiB.
LONGEST = 1 << 20
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
        ImproperlyConfigured: ``.env`` cannot be read, is no regular file, is longer than 1 MiB, or has a bad line.
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
        mode = os.stat(path).st_mode  # noqa: PTH116
        if S_ISDIR(mode):
            return {}
        if not S_ISREG(mode):
            # Opening a pipe waits for its writer, and a device has no end.
            raise ImproperlyConfigured(f"{path} is no regular file, but a {kind_of(mode)}; expected KEY=value lines")
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            text = file.read(LONGEST + 1)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}; expected KEY=value lines in UTF-8") from error
    if len(text) > LONGEST:
        raise ImproperlyConfigured(f"{path} is longer than 1 MiB; expected KEY=value lines, a few of them")
    parsed = parse_dotenv(text, path)
    return {
        key: Variable(value, f".env, line {line}") for key, (value, line) in parsed.items() if key.startswith(PREFIX)
    }
