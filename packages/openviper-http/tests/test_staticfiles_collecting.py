"""Collecting static files, as a deployment does it."""

from __future__ import annotations

import json
import os
import stat
from urllib.parse import unquote

import pytest

from openviper.conf import override_settings
from openviper.http import HttpSettings
from openviper.staticfiles import StaticFilesError, static_url
from openviper.staticfiles._collecting import collect
from openviper.staticfiles._record import RECORD


def names(root):
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir())


@pytest.fixture
def collected(site):
    return site / "collected"


def test_the_files_of_all_folders_are_collected(site, collected, files, monkeypatch):
    """STATICFILES_DIRS, then the apps' static/; the first of a name, and both are named."""
    files({"site/gallery/__init__.py": "", "site/gallery/static/css/site.css": "x", "site/gallery/static/g.js": "g"})
    monkeypatch.syspath_prepend(str(site))
    with override_settings(INSTALLED_APPS=("gallery",)):
        result = collect()
    assert names(collected) == [RECORD, "css/site.css", "g.js", "img/logo.png"]
    assert (collected / "css/site.css").read_bytes() == (site / "assets/css/site.css").read_bytes()
    assert list(result.collected) == ["css/site.css", "g.js", "img/logo.png"]
    assert len(result.conflicts) == 1
    assert "assets/css/site.css is collected, and" in result.conflicts[0]
    assert "gallery/static/css/site.css is not" in result.conflicts[0]


def test_a_file_that_is_there_already_is_left_alone(site, collected):
    """Only what differs is written; a second run changes nothing at all."""
    collect()
    before = {path: path.stat().st_ino for path in collected.rglob("*")}
    result = collect()
    assert (result.collected, result.unchanged) == ({}, 2)
    assert {path: path.stat().st_ino for path in collected.rglob("*")} == before
    (site / "assets/img/logo.png").write_bytes(b"\x89NEW")
    result = collect()
    assert (list(result.collected), result.unchanged) == (["img/logo.png"], 1)
    assert (collected / "css/site.css").stat().st_ino == before[collected / "css/site.css"]


def test_a_dry_run_tells_the_same_and_changes_nothing(site, collected):
    """Not even the folder is made."""
    told = collect(dry_run=True)
    assert not collected.exists()
    assert told == collect()
    (site / "assets/img/logo.png").unlink()
    told = collect(clear=True, dry_run=True)
    assert told.removed == ["img/logo.png"]
    assert (collected / "img/logo.png").exists()


def test_clearing_removes_what_is_not_collected_any_more_and_nothing_else(site, collected):
    """What others have put there stays, also where it looks like a file of ours."""
    collect()
    (collected / "uploads").mkdir()
    (collected / "uploads/cat.png").touch()
    (collected / "img/upload.png").touch()
    (site / "assets/img/logo.png").unlink()
    (site / "assets/css/site.css").rename(site / "assets/site.css")
    assert collect(clear=True).removed == ["css/site.css", "img/logo.png"]
    assert names(collected) == [RECORD, "img/upload.png", "site.css", "uploads/cat.png"]
    assert not (collected / "css").exists()


def test_without_clearing_what_was_collected_stays_and_is_remembered(site, collected):
    """Pages that are open still ask for it; a later --clear removes it."""
    collect()
    (site / "assets/img/logo.png").unlink()
    collect()
    assert (collected / "img/logo.png").exists()
    assert collect(clear=True).removed == ["img/logo.png"]


def test_a_folder_of_unknown_files_is_not_cleared(site, collected):
    """And nothing is collected into it either: it may be the wrong one."""
    collected.mkdir()
    (collected / "upload.png").touch()
    with pytest.raises(StaticFilesError, match="holds no record"):
        collect(clear=True)
    assert names(collected) == ["upload.png"]
    collect()
    assert collect(clear=True).removed == []
    assert (collected / "upload.png").exists()


@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_others_have_put_there_is_not_replaced(site, collected, is_recorded, dry_run):
    """Not by the first run, nor by a later one where a recorded file has become another; it is named."""
    if is_recorded:
        collect()
    (collected / "img").mkdir(parents=True, exist_ok=True)
    (collected / "img/logo.png").write_bytes(b"upload")
    (site / "assets/css/site.css").write_text("new")
    before = {name: (collected / name).read_bytes() for name in names(collected)}
    with pytest.raises(StaticFilesError, match=r"would replace img/logo.png in STATIC_ROOT=.*--overwrite"):
        collect(dry_run=dry_run)
    assert {name: (collected / name).read_bytes() for name in names(collected)} == before


def test_what_others_have_put_there_with_the_same_content_is_not_adopted(site, collected, files):
    """It is left alone, a warning names it, and --clear does not remove it."""
    files({"site/collected/img/logo.png": b"\x89PNG"})
    result = collect()
    assert list(result.collected) == ["css/site.css"]
    assert any(each.startswith("img/logo.png stood in ") for each in result.warnings)
    assert list(json.loads((collected / RECORD).read_bytes())["files"]) == ["css/site.css"]
    (site / "assets/img/logo.png").unlink()
    assert collect(clear=True).removed == []
    assert (collected / "img/logo.png").exists()


def test_overwriting_takes_files_over(site, collected, files):
    """Those that another tool has collected, whatever their content; afterwards they are ours, and others are not."""
    files({"site/collected/img/logo.png": b"\x89PNG", "site/collected/css/site.css": "old", "site/collected/x": ""})
    told = collect(overwrite=True, dry_run=True)
    assert told == collect(overwrite=True)
    assert (list(told.collected), told.warnings) == (["css/site.css", "img/logo.png"], [])
    assert (collected / "css/site.css").read_bytes() == (site / "assets/css/site.css").read_bytes()
    (site / "assets/img/logo.png").unlink()
    assert collect(clear=True).removed == ["img/logo.png"]
    assert (collected / "x").exists()


def test_an_upload_over_a_recorded_name_is_not_cleared(site, collected):
    """A warning names it, once: from then on it is somebody else's."""
    collect()
    (collected / "img/logo.png").write_bytes(b"upload")
    (site / "assets/img/logo.png").unlink()
    told = collect(clear=True, dry_run=True)
    assert told == collect(clear=True)
    assert (told.removed, told.warnings) == (
        [],
        [f"{collected}/img/logo.png stays: it is not what collectstatic has put there"],
    )
    assert collect(clear=True).warnings == []
    assert (collected / "img/logo.png").read_bytes() == b"upload"


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_run_that_was_stopped_half_way_is_gone_on_with(site, collected, monkeypatch, is_moved):
    """Its files count as ours, those that it had replaced and those that it had not."""
    collect()
    for name in ("css/site.css", "img/logo.png", "new.js"):
        (site / "assets" / name).write_text("new")
    replace = os.replace

    def stop(source, target, **folders):
        if target == "logo.png":
            if is_moved:
                replace(source, target, **folders)
            raise KeyboardInterrupt
        return replace(source, target, **folders)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            collect()
    assert (collected / "css/site.css").read_text() == "new"
    assert collect().warnings == []
    assert {(collected / name).read_text() for name in ("css/site.css", "img/logo.png", "new.js")} == {"new"}
    with override_settings(STATICFILES_DIRS=()):
        assert collect(clear=True).removed == ["css/site.css", "img/logo.png", "new.js"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"STATICFILES_DIRS": ("assets", "asets")}, r"STATICFILES_DIRS\[1\]='asets'"),
        ({"INSTALLED_APPS": ("no_such_app",)}, "the installed app 'no_such_app' was not found"),
    ],
)
def test_nothing_is_cleared_while_a_source_is_missing(site, collected, given, sentence, dry_run):
    """A disk that is not mounted, or a misspelt name, would empty the folder."""
    collect()
    (site / "assets/img/logo.png").unlink()
    before = names(collected)
    with override_settings(**given), pytest.raises(StaticFilesError, match=f"removes nothing while .*{sentence}"):
        collect(clear=True, dry_run=dry_run)
    assert names(collected) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_folder_that_may_not_be_written_to_fails_before_the_first_file_is_moved(site, collected, dry_run):
    """What was there is still there, all of it."""
    collect()
    for name in ("css/site.css", "img/logo.png"):
        (site / "assets" / name).write_text("new")
    before = {name: (collected / name).read_bytes() for name in names(collected)}
    (collected / "img").chmod(0o555)
    try:
        with pytest.raises(StaticFilesError, match="collected/img may not be written to"):
            collect(dry_run=dry_run)
    finally:
        (collected / "img").chmod(0o755)
    assert {name: (collected / name).read_bytes() for name in names(collected)} == before


def test_a_no_changes_nothing(site, collected):
    """Whoever is asked knows what would be done."""
    collect()
    (site / "assets/img/logo.png").unlink()
    (site / "assets/css/site.css").write_text("new")
    before = {name: (collected / name).read_bytes() for name in names(collected)}
    asked = []
    with pytest.raises(StaticFilesError, match="the answer was no"):
        collect(clear=True, confirm=asked.append)
    assert {name: (collected / name).read_bytes() for name in names(collected)} == before
    assert (list(asked[0].collected), asked[0].removed) == (["css/site.css"], ["img/logo.png"])


def test_where_nothing_would_be_removed_nobody_is_asked(collected):
    """The first time, and when all is as it was."""
    asked = []
    for count in (2, 0):
        assert len(collect(clear=True, confirm=asked.append).collected) == count
    assert asked == []


@pytest.mark.parametrize("clear", [False, True])
def test_a_file_that_cannot_be_read_leaves_all_as_it_was(site, collected, clear, monkeypatch):
    """It is named; what was to be replaced or removed is still there."""
    collect()
    monkeypatch.syspath_prepend(site)
    (site / "failing/static").mkdir(parents=True)
    # Of an app, whose links may lead to where its code is.
    (site / "failing/__init__.py").symlink_to("/proc/self/status")
    (site / "assets/css/site.css").write_text("new")
    (site / "assets/img/logo.png").unlink()
    # A regular file that fails when it is read, whoever reads it.
    (site / "failing/static/zzz").symlink_to("/proc/self/mem")
    before = {name: (collected / name).read_bytes() for name in names(collected)}
    with override_settings(INSTALLED_APPS=("failing",)), pytest.raises(StaticFilesError, match="zzz cannot be read"):
        collect(clear=clear)
    assert {name: (collected / name).read_bytes() for name in names(collected)} == before


def test_what_others_may_read_is_decided_by_the_umask(site, collected):
    """A private source is a public file."""
    (site / "assets/css/site.css").chmod(0o600)
    umask = os.umask(0o022)
    try:
        collect()
    finally:
        os.umask(umask)
    assert stat.S_IMODE((collected / "css/site.css").stat().st_mode) == 0o644


def test_hashed_names_stand_beside_the_plain_ones(site, collected):
    """With the manifest that static_url reads; a new content gets a new name, and --clear takes the old one away."""
    with override_settings(HttpSettings, STATIC_HASHED=True):
        collect()
        paths = json.loads((collected / "staticfiles.json").read_bytes())["paths"]
        assert names(collected) == sorted([RECORD, "staticfiles.json", *paths, *paths.values()])
        assert static_url("css/site.css") == f"/static/{paths['css/site.css']}"
        image = (collected / paths["css/site.css"]).read_text().partition('url("../')[2].partition('"')[0]
        assert unquote(image) == paths["img/logo.png"]
        assert (collected / "css/site.css").read_text() == (site / "assets/css/site.css").read_text()
        (site / "assets/img/logo.png").write_bytes(b"new")
        assert sorted(collect(clear=True).removed) == sorted(paths.values())
        assert collect().collected == {}


def test_a_source_with_the_manifests_name_is_skipped(site, collected):
    """There is one manifest, and it is ours."""
    (site / "assets/staticfiles.json").write_text("theirs")
    with override_settings(HttpSettings, STATIC_HASHED=True):
        assert len(collect().warnings) == 1
    assert "paths" in (collected / "staticfiles.json").read_text()


def test_a_folder_that_is_not_there_is_named(site):
    """A misspelt one must not pass for an empty one."""
    with override_settings(STATICFILES_DIRS=("assets", "asets")):
        (warning,) = collect().warnings
    assert warning.startswith("STATICFILES_DIRS[1]='asets' is skipped: there is no folder ")


def test_no_static_files_at_all_is_no_error(site, collected):
    """A project may have none yet."""
    with override_settings(STATICFILES_DIRS=()):
        assert collect().collected == {}
    assert names(collected) == [RECORD]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("folder", ["assets", "assets/css", "collected", "collected/css"])
def test_a_folder_that_may_not_be_searched_is_named(site, folder):
    """One of the sources, or of what is collected into."""
    collect()
    (site / folder).chmod(0)
    try:
        with pytest.raises(StaticFilesError, match=f"{folder}.* cannot be "):
            collect()
    finally:
        (site / folder).chmod(0o755)


def test_a_folder_that_nothing_can_be_called_is_none(site):
    """As any other that is not there."""
    with override_settings(STATICFILES_DIRS=("a\0b", "assets")):
        assert len(collect().warnings) == 1
