"""Following pages in an environment such as a reader has."""

from __future__ import annotations

from tools import pages


def test_a_page_sees_no_setting_of_the_runner_or_of_the_tools(tmp_path, monkeypatch):
    """A variable OPENVIPER_* that names no setting would be warned of in the output of every page."""
    monkeypatch.setenv("OPENVIPER_DEBUG", "true")
    environment = pages.environment(tmp_path, tmp_path / "venv" / "bin" / "python")
    assert [name for name in environment if name.startswith("OPENVIPER_")] == []
    assert environment["CHECKOUT_OF_PAGES"] == str(pages.ROOT)
