"""The commands of ``openviper viperctl`` that openviper-email brings; data only."""

from __future__ import annotations

from openviper.core.commands import LazyCommand

__all__ = ["COMMANDS"]

COMMANDS = (
    LazyCommand(
        "preview-email",
        "openviper.core.email.commands:preview_email",
        "Render a mail template as it would be sent.",
        "dot",
    ),
    LazyCommand(
        "send-test-email",
        "openviper.core.email.commands:send_test_email",
        "Send a mail, and tell what the server said, step by step.",
        "dot",
    ),
)
