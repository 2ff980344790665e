"""Gathering the manifests of installed distributions."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import pytest

from openviper.cli._gather import gather
from openviper.cli._manifests import Manifest


@pytest.fixture
def manifest(files, monkeypatch):
    """Make a manifest whose module holds ``source``."""

    def make(source, distribution="hopping-kit"):
        module = f"cli_manifest_{next(COUNT)}"
        monkeypatch.syspath_prepend(str(files({f"{module}.py": source})))
        return Manifest(distribution, f"{module}:COMMANDS")

    return make


COUNT = count()
IMPORT = "from openviper.core.commands import LazyCommand\n"
GOOD = f'{IMPORT}COMMANDS = (LazyCommand("hop", "nowhere:hop", "Hop."),)'


def test_a_manifest_is_read_without_importing_what_it_names(manifest):
    """The command's module does not even exist here."""
    catalogue = gather([manifest(GOOD)])
    assert [offer.command.short_help for offer in catalogue.offers["hop"]] == ["Hop."]
    assert catalogue.broken == ()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("", "has no attribute 'COMMANDS'"),
        ("COMMANDS = (", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('no licence\\nat all')", "cannot be read: RuntimeError: no licence"),
        ("import sys; sys.exit(0)", "cannot be read: SystemExit: 0"),
        ("import sys; sys.exit()", "cannot be read: SystemExit"),
        ("raise GeneratorExit", "cannot be read: GeneratorExit"),
        ("class E(Exception):\n  def __str__(self): return 1/0\nraise E", "E: its text cannot be shown"),
        ("raise RuntimeError('\\x1b[31mred')", r"RuntimeError: \x1b[31mred"),
        ("COMMANDS = None", "TypeError"),
        ("COMMANDS = 7", "TypeError"),
        ("COMMANDS = ('hop',)", "expected a tuple of LazyCommand, found str"),
        ("COMMANDS = 'hop'", "expected a tuple of LazyCommand, found str"),
        ("COMMANDS = {'hop': 1}", "expected a tuple of LazyCommand, found str"),
        ("import itertools\nCOMMANDS = itertools.count()", "expected a tuple of LazyCommand, found int"),
        (
            f"{IMPORT}class C(LazyCommand):\n  name = property(lambda self: 1/0)\nCOMMANDS = [object.__new__(C)]",
            "ZeroDivisionError",
        ),
    ],
)
def test_a_broken_manifest_is_left_out_and_named(manifest, source, part):
    """One broken plugin does not take the others' commands with it."""
    broken = manifest(source, "broken-kit")
    catalogue = gather([broken, manifest(GOOD)])
    assert list(catalogue.offers) == ["hop"]
    (problem,) = catalogue.broken
    assert problem.sentence.startswith(f"the commands of broken-kit are left out: {broken.value} cannot be read: ")
    assert part in problem.reason
    assert problem.reason.isprintable()


@pytest.mark.parametrize("value", ["", "nowhere", "no where:COMMANDS", "nowhere:", ":COMMANDS", "nowhere:a-b"])
def test_an_entry_point_that_names_nothing_is_a_broken_manifest(value):
    """Whatever stands there."""
    assert "it is not module:attribute" in gather([Manifest("broken-kit", value)]).broken[0].reason


def test_ctrl_c_while_a_manifest_is_read_is_obeyed(manifest):
    """The only thing that is."""
    with pytest.raises(KeyboardInterrupt):
        gather([manifest("raise KeyboardInterrupt")])


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ('"", "m:a", ""', "'' is no name for a command"),
        ('"two words", "m:a", ""', "'two words' is no name for a command"),
        ('"--help", "m:a", ""', "'--help' is no name for a command"),
        ('"a\\x1b[31m", "m:a", ""', r"'a\x1b[31m' is no name for a command"),
        ('"a/b", "m:a", ""', "'a/b' is no name for a command"),
        ('None, "m:a", ""', "an entry has something else than text in it (None)"),
        ('"a", None, ""', "an entry has something else than text in it ('a')"),
        ('"a", "m:a", None', "an entry has something else than text in it ('a')"),
        ('"a", "m:a", "", "dot", "yes"', "'a' has expects_project='yes', not True or False; it is left out"),
        ('"a", "m:a", "", "everywhere"', "'a' has the target 'everywhere', not 'none', 'dot' or 'module'"),
        ('"hop", "m:a", ""', "'hop' stands there twice; the first is taken"),
    ],
)
def test_an_entry_that_is_no_command_is_left_out_alone(manifest, entry, part):
    """The others of its manifest are kept; one line says what is wrong."""
    catalogue = gather([manifest(f"{GOOD[:-1]}LazyCommand({entry}))")])
    assert [offer.command.import_path for offer in catalogue.offers["hop"]] == ["nowhere:hop"]
    assert list(catalogue.offers) == ["hop"]
    (problem,) = catalogue.broken
    assert part in problem.reason
    assert problem.sentence.startswith("the commands of hopping-kit: ")


def test_a_target_that_cannot_be_compared_is_left_out_alone(manifest):
    """What stands in a field may be anything."""
    source = f"{IMPORT}class T:\n  __hash__ = None\n  def __eq__(self, other): return 1 / 0\n"
    catalogue = gather(
        [manifest(f'{source}COMMANDS = (LazyCommand("a", "m:a", "", T()), LazyCommand("b", "m:b", ""))')]
    )
    assert list(catalogue.offers) == ["b"]
    assert "'a' has the target" in catalogue.broken[0].reason


def test_a_subclass_of_the_command_is_taken_for_its_fields(manifest):
    """Neither its constructor nor its texts' code is asked for anything afterwards."""
    source = (
        f"{IMPORT}class Text(str):\n  def isprintable(self): return 1 / 0\n"
        "class Mine(LazyCommand):\n"
        "  def __init__(self, name): super().__init__(Text(name), 'm:a', Text('Hop.'), 'dot', True)\n"
        "COMMANDS = [Mine('hop')]"
    )
    catalogue = gather([manifest(source)])
    assert [repr(offer.command) for offer in catalogue.offers["hop"]] == [
        "LazyCommand(name='hop', import_path='m:a', short_help='Hop.', target='dot', expects_project=True)"
    ]
    assert catalogue.broken == ()


def test_many_wrong_entries_are_one_line(manifest):
    """The first of them, and how many more."""
    (problem,) = gather([manifest(f'{IMPORT}COMMANDS = [LazyCommand("-x", "m:a", "")] * 9')]).broken
    assert problem.reason.count("'-x'") == 3
    assert problem.reason.endswith("; 6 more")


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("print('hello\\nyou')", r"printed 'hello\\nyou'"),
        ("import os; os.chdir('/')", "changed the current directory"),
        ("import sys; sys.path.clear()", "changed sys.path"),
        ("import sys; sys.path = ['/nowhere']", "changed sys.path"),
        ("import sys; sys.path.insert(0, '/nowhere')", "changed sys.path"),
        ("import os; os.environ['HOME'] = '/nowhere'", "changed os.environ"),
    ],
)
def test_what_a_manifest_does_is_undone_and_told(manifest, capsys, deed, told):
    """Its commands are kept: it is data, and ought to do nothing."""
    made = manifest(f"{deed}\n{GOOD}")
    before = Path.cwd(), sys.path, list(sys.path)
    catalogue = gather([made])
    assert (Path.cwd(), sys.path, list(sys.path)) == before
    assert capsys.readouterr().out == ""
    assert list(catalogue.offers) == ["hop"]
    assert [each.reason for each in catalogue.broken] == [f"reading {made.value} {told}, which was undone"]


def test_what_a_manifest_does_before_it_fails_is_undone_too(manifest):
    """Whatever else is wrong with it."""
    before = Path.cwd()
    gather([manifest("import os; os.chdir('/'); 1 / 0")])
    assert Path.cwd() == before


def test_two_offers_of_one_name_are_both_kept(manifest):
    """Which of them runs is not for the gathering to say."""
    assert len(gather([manifest(GOOD), manifest(GOOD, "second-kit")]).offers["hop"]) == 2


def test_a_thousand_commands_are_kept(manifest):
    """Their help is made harmless for a terminal."""
    source = 'COMMANDS = [LazyCommand(f"hop-{n}", "m:a", "\\x1b[2J\\nHop.") for n in range(1000)]'
    catalogue = gather([manifest(IMPORT + source)])
    assert len(catalogue.offers) == 1000
    assert catalogue.offers["hop-999"][0].command.short_help == r"\x1b[2J\nHop."


def test_the_installed_distributions_are_asked():
    """This distribution's own commands come the same way as everybody's."""
    catalogue = gather()
    assert {"check", "start-server"} <= catalogue.offers.keys()
    assert catalogue.offers["check"][0].distribution == "openviper-cli"
    assert {"openviper-cli", "openviper-core", "click"} <= catalogue.distributions
