"""The sidecar: written, read, and refused."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openviper.backup.errors import InvalidArchive
from openviper.backup.sidecar import Sidecar, installed_version, read_sidecar, sidecar_path

MOMENT = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)
DOCUMENTED = {
    "database_name": "shop",
    "db_engine": "postgres",
    "timestamp": "2026-01-31T23:59:58+00:00",
    "filename": "shop_20260131-235958.tar.gz",
    "openviper_version": "0.1.1",
    "checksum": "ab" * 32,
}
FULL = Sidecar(
    database_name="shop",
    db_engine="postgres",
    timestamp=MOMENT,
    filename="shop_20260131-235958.tar.gz",
    openviper_version="0.2.0",
    checksum="ab" * 32,
    dump_bytes=12,
    row_counts={'public."ä b"': 3, "public.empty": 0},
    compression="gzip",
    encryption="age",
    source="db.example:5432/shop",
)


def put(folder: Path, data: bytes) -> Path:
    """Write a sidecar; return the path of the backup it belongs to."""
    file = folder / "shop.tar.gz"
    sidecar_path(file).write_bytes(data)
    return file


def test_it_is_read_as_it_was_written(tmp_path):
    """All fields of a sidecar that was written are read again."""
    assert read_sidecar(put(tmp_path, FULL.to_json())) == FULL


def test_the_documented_fields(tmp_path):
    """The fields have their documented names; the time is ISO 8601 in UTC."""
    fields = json.loads(FULL.to_json())
    assert {name: fields[name] for name in DOCUMENTED} == DOCUMENTED | {"openviper_version": "0.2.0"}


def test_names_that_are_no_unicode_are_written():
    """A name with bytes that are no UTF-8 (surrogates) makes no backup fail."""
    assert b"sh\\udcffop" in Sidecar("sh\udcffop", "x", MOMENT, "f", "v", "ab" * 32).to_json()


@pytest.mark.parametrize("time", ["2026-01-31T23:59:58+00:00", "2026-01-31T23:59:58Z", "2026-01-31T23:59:58"])
def test_one_of_an_older_version(tmp_path, time):
    """The six documented fields are enough; without a zone, the time is UTC; unknown fields do not matter."""
    data = json.dumps(DOCUMENTED | {"timestamp": time, "checksum": "AB" * 32, "new": [1]}).encode()
    sidecar = read_sidecar(put(tmp_path, data))
    assert sidecar is not None
    assert (sidecar.timestamp, sidecar.checksum) == (MOMENT, "ab" * 32)
    newer = (sidecar.dump_bytes, sidecar.row_counts, sidecar.compression, sidecar.encryption, sidecar.source)
    assert newer == (None,) * 5


def test_none(tmp_path):
    """Where no sidecar stands, none is read."""
    assert read_sidecar(tmp_path / "shop.tar.gz") is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "database_name is missing"),
        (json.dumps(DOCUMENTED | {"db_engine": 5}).encode(), "db_engine is missing or not text"),
        (json.dumps(DOCUMENTED | {"timestamp": "yesterday"}).encode(), "'yesterday' is not a date"),
        (json.dumps(DOCUMENTED | {"checksum": "ab"}).encode(), "checksum is not a SHA-256"),
        (json.dumps(DOCUMENTED | {"dump_bytes": -1}).encode(), "dump_bytes is not a number"),
        (json.dumps(DOCUMENTED | {"dump_bytes": True}).encode(), "dump_bytes is not a number"),
        (json.dumps(DOCUMENTED | {"row_counts": [1]}).encode(), "row_counts is not a JSON object"),
        (json.dumps(DOCUMENTED | {"row_counts": {"a": 1.5}}).encode(), "a count of rows is not a number"),
        (json.dumps(DOCUMENTED | {"encryption": {}}).encode(), "encryption is missing or not text"),
        (b" " * (16 << 20) + b"{}", "larger than 16 MiB"),
    ],
)
def test_refused(tmp_path, data, reason):
    """What is no sidecar is refused, with what is wrong, and never taken for an absent one."""
    with pytest.raises(InvalidArchive, match=rf"^The sidecar '.*\.meta\.json' cannot be read: .*{reason}"):
        read_sidecar(put(tmp_path, data))


def test_a_pipe_in_its_place_is_refused(tmp_path):
    """A FIFO under the sidecar's name is refused, and nothing waits for its other end."""
    os.mkfifo(tmp_path / "shop.tar.gz.meta.json")
    with pytest.raises(InvalidArchive, match="not a regular file"):
        read_sidecar(tmp_path / "shop.tar.gz")


def test_a_folder_in_its_place_is_refused(tmp_path):
    """A folder under the sidecar's name is refused, and not taken for none."""
    (tmp_path / "shop.tar.gz.meta.json").mkdir()
    with pytest.raises(InvalidArchive, match="cannot be read"):
        read_sidecar(tmp_path / "shop.tar.gz")


def test_the_version():
    """The version is that of an installed distribution."""
    assert installed_version()[0].isdigit()
