"""Where in an app an error came from."""

from __future__ import annotations

import ast
import linecache
import logging
import os
from collections.abc import Iterator
from traceback import walk_tb
from types import ModuleType

from openviper.core.imports import locate

__all__ = ["add_note_once", "binding_line", "failing_line", "home_of", "notes_of"]

logger = logging.getLogger("openviper.lifespan")


def home_of(app: str) -> str:
    """Return the folder of a package, with a trailing separator, or the file of a plain module; ``""`` for neither."""
    location = locate(app)
    if location is None:
        return ""
    return f"{location.path[0]}{os.sep}" if location.path else location.file or ""


def failing_line(error: BaseException, home: str, default: str = "") -> str:
    """Return ``file:line`` of the innermost frame inside ``home``, of the error or else of what caused it.

    Where no frame is inside: ``default``, else the innermost frame in a file, else ``""``.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    chain = list(_with_causes(error))
    inside = (line for each in chain for line in _lines(each)[::-1] if home and line.startswith(home))
    return next(inside, "") or default or next(iter(_lines(chain[-1])[::-1]), "")


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__


def _lines(error: BaseException) -> list[str]:
    files = ((frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__))
    return [f"{file}:{line}" for file, line in files if not file.startswith("<")]


def binding_line(module: ModuleType, name: str) -> str:
    """Return ``file:line`` of the last top-level statement that binds ``name``; else the file, else ``""``."""
    file = getattr(module, "__file__", None)
    if file is None:
        return ""
    try:
        body = ast.parse("".join(linecache.getlines(file))).body
    except (SyntaxError, ValueError):
        body = []  # A module without Python source.
    lines = [statement.lineno for statement in body if name in _bound(statement)]
    return f"{file}:{lines[-1]}" if lines else str(file)


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    # Anything else, also in a branch: whatever is stored.
    nodes = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)}


def add_note_once(error: BaseException, note: str) -> None:
    """Add a note that ``error`` has not: an error object that is raised again keeps its notes."""
    if note not in notes_of(error):
        try:
            error.add_note(note)
        except Exception:
            # Whoever reads the log learns it, and what the error interrupted goes on.
            logger.warning("%s takes no notes; it was raised %s", type(error).__name__, note, exc_info=True)


def notes_of(error: BaseException) -> list[str]:
    """Return the notes of ``error``, none where it cannot tell them."""
    try:
        return list(getattr(error, "__notes__", ()))
    except Exception:
        return []
