"""``openviper version``."""

from __future__ import annotations

from importlib.metadata import version


def test_every_installed_distribution_is_listed(openviper):
    """The framework's version first, as ``--version`` gives it."""
    result = openviper("version")
    assert result.returncode == 0
    assert result.stdout.splitlines()[0] == openviper("--version").stdout.strip()
    assert f"  openviper-core {version('openviper-core')}\n" in result.stdout
    assert f"  openviper-cli {version('openviper-cli')}\n" in result.stdout
