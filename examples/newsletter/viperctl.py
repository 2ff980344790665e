"""The management commands of this project: python viperctl.py COMMAND."""

from __future__ import annotations

from pathlib import Path

from openviper.core.flexible_adapter import FlexibleAdapter

if __name__ == "__main__":
    raise SystemExit(FlexibleAdapter(directory=Path(__file__).resolve().parent).run())
