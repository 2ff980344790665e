"""What is no file has another file's name."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from openviper.core._regular_files import check_readable, is_regular_file, kind_of
from openviper.core.errors import ImproperlyConfigured


def test_a_file_or_a_link_to_one_is_there_and_what_is_not_is_not(tmp_path):
    """Whoever may not look into a folder finds nothing in it."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert is_regular_file(str(tmp_path / "file"))
    assert is_regular_file(str(tmp_path / "link"))
    assert not is_regular_file(str(tmp_path / "gone"))
    assert not is_regular_file(str(tmp_path / "file" / "below"))


@pytest.mark.parametrize(
    ("target", "reason"), [("gone", "No such file or directory"), ("loop", "Too many levels of symbolic links")]
)
def test_a_link_to_nothing_is_refused_with_its_reason(tmp_path, target, reason):
    """The file is named."""
    (tmp_path / "loop").symlink_to(target)
    with pytest.raises(ImproperlyConfigured) as caught:
        is_regular_file(str(tmp_path / "loop"))
    assert str(caught.value) == (
        f"{tmp_path / 'loop'} is a link that cannot be followed ({reason}); expected a file, or nothing of that name"
    )


def test_each_kind_has_a_name(tmp_path):
    """As ``ls -l`` would tell them apart."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
        paths = (tmp_path / "pipe", tmp_path, "/dev/null", tmp_path / "socket")
        kinds = [kind_of(Path(path).stat().st_mode) for path in paths]
    assert kinds == ["named pipe", "folder", "device", "special file"]


def test_a_module_that_is_no_file_is_refused_and_one_that_is_not_there_is_not(tmp_path):
    """It could not be imported, and would be told as missing."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/there.py").touch()
    os.mkfifo(tmp_path / "shop/settings.py")
    for name in ("shop.there", "shop.gone", "gone.settings", "shop.there.settings"):
        check_readable(str(tmp_path), name)
    with pytest.raises(ImproperlyConfigured, match=r"shop/settings.py is a named pipe; expected a file"):
        check_readable(str(tmp_path), "shop.settings")
