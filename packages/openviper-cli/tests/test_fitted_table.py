"""Rows with a folder, as wide as a terminal is."""

from __future__ import annotations

import pytest

from openviper.cli._fitted_table import fitted_table
from openviper.core.terminal_text import columns_of

ROWS = [("APP", "BRINGS", "FOLDER"), ("shop.main", "models, routes", "/srv/sites/one/of/many/shop/main")]


@pytest.mark.parametrize(
    ("columns", "folder"),
    [
        (80, "/srv/sites/one/of/many/shop/main"),
        (59, "/srv/sites/one/of/many/shop/main"),
        (58, "…/sites/one/of/many/shop/main"),
        (43, "…/many/shop/main"),
        (39, "…/shop/main"),
    ],
)
def test_a_long_folder_loses_its_beginning(columns, folder):
    """From a whole name on: its end says which one it is."""
    lines = fitted_table(ROWS, columns)
    assert lines == ["APP        BRINGS          FOLDER", f"shop.main  models, routes  {folder}"]
    assert max(map(columns_of, lines)) <= columns


@pytest.mark.parametrize("columns", [38, 20])
def test_where_no_table_fits_each_row_is_a_block(columns):
    """Its words are not broken."""
    head, row = fitted_table(ROWS, columns)
    assert head == "APP\n  BRINGS\n  FOLDER"
    name, *others = row.splitlines()
    assert name == "shop.main"
    assert " ".join(each.strip() for each in others[:-1]) == "models, routes"
    assert others[-1].endswith("shop/main")
    assert max(map(columns_of, row.splitlines())) <= columns


@pytest.mark.parametrize("columns", [-1, 0, 1, 15])
def test_no_terminal_is_too_narrow(columns):
    """A block takes a few columns then."""
    assert max(columns_of(line) for row in fitted_table(ROWS, columns) for line in row.splitlines()) <= 20


@pytest.mark.parametrize("folder", ["日" * 40, "x" * 80, "-"])
def test_a_folder_without_a_slash_is_cut_all_the_same(folder):
    """By columns, not by characters."""
    (line,) = fitted_table([("shop", folder)], 30)
    assert columns_of(line) <= 30
