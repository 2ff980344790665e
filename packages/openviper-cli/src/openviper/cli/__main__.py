"""``python -m openviper.cli``: the ``openviper`` command where its script is not on PATH."""

from __future__ import annotations

from openviper.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
