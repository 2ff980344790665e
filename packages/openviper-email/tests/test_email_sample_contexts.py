"""What templates are looked at with."""

from __future__ import annotations

import ast
from pathlib import Path

import openviper.core.email as mail


def test_the_commands_need_no_page():
    """What both look templates at with belongs to neither."""
    for path in (Path(mail.__file__).parent / "_terminal").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [name for name in found if "_inbox" in name], path.name
