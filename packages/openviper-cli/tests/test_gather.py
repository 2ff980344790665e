"""Gathering the manifests of installed distributions."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from itertools import count

import pytest

from openviper.cli._gather import gather


@pytest.fixture
def entry(files, monkeypatch):
    """Make an entry point whose module holds ``source``."""

    def make(source):
        module = f"cli_manifest_{next(COUNT)}"
        monkeypatch.syspath_prepend(str(files({f"{module}.py": source})))
        return EntryPoint(module, f"{module}:COMMANDS", "openviper.commands")

    return make


COUNT = count()
GOOD = 'from openviper.core.commands import LazyCommand\nCOMMANDS = (LazyCommand("hop", "nowhere:hop", "Hop."),)'


def test_a_manifest_is_read_without_importing_what_it_names(entry):
    """The command's module does not even exist here."""
    catalogue = gather([entry(GOOD)])
    assert [offer.command.short_help for offer in catalogue.offers["hop"]] == ["Hop."]
    assert catalogue.broken == ()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("", "has no attribute 'COMMANDS'"),
        ("COMMANDS = (", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("COMMANDS = None", "TypeError"),
        ("COMMANDS = ('hop',)", "expected a tuple of LazyCommand, found str"),
        ("COMMANDS = 'hop'", "expected a tuple of LazyCommand, found str"),
    ],
)
def test_a_broken_manifest_is_left_out_and_named(entry, source, part):
    """One broken plugin does not take the others' commands with it."""
    broken = entry(source)
    catalogue = gather([broken, entry(GOOD)])
    assert list(catalogue.offers) == ["hop"]
    assert len(catalogue.broken) == 1
    assert part in catalogue.broken[0]
    assert broken.value in catalogue.broken[0]


def test_two_offers_of_one_name_are_both_kept(entry):
    """Which of them runs is not for the gathering to say."""
    assert len(gather([entry(GOOD), entry(GOOD)]).offers["hop"]) == 2


def test_the_installed_distributions_are_asked(monkeypatch):
    """This distribution's own commands come the same way as everybody's."""
    offers = gather().offers
    assert {"check", "start-server"} <= offers.keys()
    assert offers["check"][0].distribution == "openviper-cli"
