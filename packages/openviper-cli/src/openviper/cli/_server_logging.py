"""What a server logs, and where: uvicorn's logging with OpenViper's own lines, or a file's."""

from __future__ import annotations

import copy
import logging
import sys
from typing import TYPE_CHECKING, Any

import uvicorn.config

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["default_log_config"]


def default_log_config(*, level: str | None, use_colors: bool | None) -> dict[str, Any]:
    """Return uvicorn's logging, which shows OpenViper's own lines too unless the application configures logging.

    Args:
        level: One of ``uvicorn.config.LOG_LEVELS``, for OpenViper's lines; ``None``: ``info``.
        use_colors: ``None``: each where its own stream is a terminal.
    """
    config: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    # uvicorn asks stdout for both.
    for name, stream in (("default", sys.stderr), ("access", sys.stdout)):
        config["formatters"][name]["use_colors"] = _is_terminal(stream) if use_colors is None else use_colors
    config["filters"] = {"unless_root_handles": {"()": _UnlessRootHandles}}
    config["handlers"]["openviper"] = {**config["handlers"]["default"], "filters": ["unless_root_handles"]}
    config["loggers"]["openviper"] = {"handlers": ["openviper"], "level": uvicorn.config.LOG_LEVELS[level or "info"]}
    return config


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


class _UnlessRootHandles(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not logging.root.handlers
