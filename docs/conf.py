"""How Sphinx builds the documentation: Markdown by MyST, theme furo, no network."""

from __future__ import annotations

import tomllib
from pathlib import Path

with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
    about = tomllib.load(file)["project"]

project = "OpenViper"
author = about["authors"][0]["name"]
copyright = author  # noqa: A001 - Sphinx's name for it
version = release = about["version"]

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"OpenViper {version}"
html_copy_source = False
