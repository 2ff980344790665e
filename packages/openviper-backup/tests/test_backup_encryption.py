"""Encryption with age, and what the age tool says of it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pyrage
import pytest
from archive_making import need, read_all
from dump_script import ScriptedEngine, order

from openviper.backup._writing.making import make_backup
from openviper.backup.encryption import (
    IDENTITY_VARIABLE,
    decrypt,
    encrypt,
    is_encrypted,
    load_identities,
    parse_recipients,
)
from openviper.backup.errors import Interrupted, InvalidArchive, InvalidInput
from openviper.backup.job import Job

CONTENT = b"INSERT INTO secrets VALUES (42);\n" * 10_000


@pytest.fixture
def identity(tmp_path):
    """An identity, and the file that it is in, as age-keygen writes it."""
    made = pyrage.x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.write_text(f"# created: 2026-01-31T23:59:58Z\n# public key: {made.to_public()}\n\n{made}\n")
    return made, path


def encrypted(content: bytes, identity) -> bytes:
    target = io.BytesIO()
    with Job() as job:
        encrypt(io.BytesIO(content), target, parse_recipients([str(identity.to_public())]), job)
    return target.getvalue()


def decrypted(data: bytes, path) -> bytes:
    target = io.BytesIO()
    with Job() as job:
        decrypt(io.BytesIO(data), target, load_identities(path), job)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_there_and_back(identity, size):
    """What was encrypted is decrypted to the same, whatever its length, and shows none of it before."""
    data = encrypted(CONTENT[:size], identity[0])
    assert is_encrypted(data[:64])
    assert b"INSERT" not in data
    assert decrypted(data, identity[1]) == CONTENT[:size]


def test_progress_is_told(identity):
    """How far encryption and decryption are is told about every MiB, up to all of what is read."""
    content, encrypted, told = bytes(5 << 19), io.BytesIO(), []
    recipients = parse_recipients([str(identity[0].to_public())])
    with Job(on_progress=told.append) as job:
        encrypt(io.BytesIO(content), encrypted, recipients, job, len(content))
        size = encrypted.tell()
        encrypted.seek(0)
        decrypt(encrypted, io.BytesIO(), load_identities(identity[1]), job, size)
    for step, total in (("encrypt", len(content)), ("decrypt", size)):
        done = [each.done for each in told if (each.step, each.total) == (step, total)]
        assert done[-1] == total
        assert 3 <= len(done) <= 6
        assert done == sorted(done)


@pytest.mark.parametrize("compress", [False, True])
def test_a_backup_that_the_age_tool_opens(tmp_path, identity, compress):
    """An encrypted backup stands alone with its sidecar, and ``age --decrypt`` gives the archive."""
    need("age")
    folder = tmp_path / "backups"
    steps = []
    recipients = parse_recipients([str(identity[0].to_public())])
    engine = ScriptedEngine()
    with Job(on_progress=lambda progress: steps.append(progress.step)) as job:
        made = make_backup(order(folder, engine, compress=compress, recipients=recipients), job)
    extension = ".tar.gz.age" if compress else ".sql.age"
    assert [made.file.name, made.sidecar_file.name] == sorted(path.name for path in folder.iterdir())
    assert made.file.name == f"shop_20260131-235958{extension}"
    assert (made.sidecar.encryption, made.sidecar.compression) == ("age", "gzip" if compress else None)
    assert list(dict.fromkeys(steps)) == ["dump", "sync", "read back", "encrypt", "publish", "sidecar"]
    opened = subprocess.run(["age", "--decrypt", "-i", identity[1], made.file], capture_output=True, check=True).stdout
    assert (read_all(opened) if compress else opened) == engine.content
    assert decrypted(made.file.read_bytes(), identity[1]) == opened


@pytest.mark.parametrize("step", ["dump", "read back", "encrypt", "publish"])
def test_cancelled_at_each_step(tmp_path, identity, step):
    """Cancelled at whatever step, nothing remains, and nothing unencrypted ever had a name."""
    folder = tmp_path / "backups"
    recipients = parse_recipients([str(identity[0].to_public())])
    seen = set()

    def cancel(progress):
        seen.update(path.name for path in folder.iterdir())
        if progress.step == step:
            job.cancel()

    with Job(on_progress=cancel) as job, pytest.raises(Interrupted):
        make_backup(order(folder, recipients=recipients), job)
    assert list(folder.iterdir()) == []
    assert all(".age" in name for name in seen)


def test_each_of_several_recipients_can_open_it(tmp_path, identity):
    """Each of several recipients can open a backup, an SSH key too."""
    need("ssh-keygen")
    key = tmp_path / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text()
    target = io.BytesIO()
    with Job() as job:
        encrypt(io.BytesIO(CONTENT), target, parse_recipients([str(identity[0].to_public()), public]), job)
    assert decrypted(target.getvalue(), key) == decrypted(target.getvalue(), identity[1]) == CONTENT


def test_what_the_age_tool_encrypts(identity):
    """A file of the age tool is opened, an armoured one too."""
    need("age")
    for option in ([], ["--armor"]):
        command = ["age", *option, "-r", str(identity[0].to_public())]
        data = subprocess.run(command, input=CONTENT, capture_output=True, check=True).stdout
        assert is_encrypted(data[:64])
        assert decrypted(data, identity[1]) == CONTENT


def test_changed_or_torn(identity):
    """A flipped bit, or an end that is missing, is refused."""
    data = encrypted(CONTENT[:70_000], identity[0])
    for at in [0, 30, 100, 150, 210, 5_000, 66_000, len(data) - 1]:
        with pytest.raises(InvalidArchive, match="cannot be decrypted"):
            decrypted(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], identity[1])
    for length in [0, 10, 100, 216, 217, 1_000, 65_768, len(data) - 1]:
        with pytest.raises(InvalidArchive, match="cannot be decrypted"):
            decrypted(data[:length], identity[1])


def test_another_identity(identity, tmp_path):
    """Who was not meant cannot open a backup."""
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(InvalidArchive, match="cannot be decrypted: No matching keys found"):
        decrypted(encrypted(CONTENT, identity[0]), other)


@pytest.mark.parametrize("text", ["", "age1", "ssh-ed25519 AAAA", "ada@example.org", "age1\x00\nx"])
def test_what_is_no_recipient(text, identity):
    """What is no recipient is refused by its number, and not shown."""
    with pytest.raises(InvalidInput, match=r"^Recipient 2 is not an age recipient; accepted: age1\.\.\., ssh-"):
        parse_recipients([str(identity[0].to_public()), text])


def test_a_text_alone_is_one_recipient(identity):
    """A recipient that stands in no list is one, and not as many as it has letters."""
    assert len(parse_recipients(str(identity[0].to_public()))) == 1


def test_a_secret_in_place_of_a_recipient(identity):
    """Whoever mistakes the identity for the recipient is told so, and the secret is not shown."""
    with pytest.raises(InvalidInput, match="is an identity, which is secret") as raised:
        parse_recipients([str(identity[0])])
    assert str(identity[0]) not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no age identity in it"),
        (b"# only a comment\n", "has no age identity in it"),
        (b"AGE-SECRET-KEY-1XXX\n", "has no age identity in it"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n",
            "but a key that has a passphrase, or is not one of SSH; expected:",
        ),
        (b"ssh-ed25519 AAAA ada@example.org\n", "but a public key; expected: AGE-SECRET-KEY-1"),
        (b"\xff\x00" * 100, "has no age identity in it"),
        (b"age-encryption.org/v1\n-> scrypt", "has a passphrase"),
    ],
)
def test_what_is_no_identity_file(tmp_path, content, reason):
    """Of a file that holds no identity its name is said, and nothing of its content."""
    (tmp_path / "key.txt").write_bytes(content)
    with pytest.raises(InvalidInput, match=reason) as raised:
        load_identities(tmp_path / "key.txt")
    assert "XXX" not in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "key", ["AGE-SECRET-KEY-1XXX", "age-secret-key-1xxx", "-----BEGIN OPENSSH PRIVATE KEY-----\nXXX"]
)
@pytest.mark.parametrize("is_option", [True, False])
def test_a_key_in_place_of_its_file(monkeypatch, key, is_option):
    """A key where the path of its file is meant is not shown, as logs would have it."""
    monkeypatch.setenv(IDENTITY_VARIABLE, key)
    with pytest.raises(InvalidInput, match="is a secret key itself; write it into a file") as raised:
        load_identities(key if is_option else None)
    assert "xxx" not in str(raised.value).lower()


def test_the_environment_says_where_the_identities_are(identity, monkeypatch, tmp_path):
    """Without an option, the environment's file is read, and named where it cannot be."""
    monkeypatch.setenv(IDENTITY_VARIABLE, str(identity[1]))
    assert len(load_identities()) == 1
    monkeypatch.setenv(IDENTITY_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InvalidInput, match=r"AGE_IDENTITY_FILE \(environment\), cannot be read: No such file"):
        load_identities()
    monkeypatch.delenv(IDENTITY_VARIABLE)
    with pytest.raises(InvalidInput, match="an age identity file is needed"):
        load_identities()


def test_errors_of_files_stay_what_they_are(identity):
    """What reading or writing raises is raised as it is, not as age's words."""
    recipients = parse_recipients([str(identity[0].to_public())])
    with Path("/dev/full").open("wb", 0) as full, Job() as job, pytest.raises(OSError, match="No space left"):
        encrypt(io.BytesIO(CONTENT), full, recipients, job)
    with Job() as job:
        job.cancel("stopped")
        with pytest.raises(Interrupted, match="stopped"):
            encrypt(io.BytesIO(CONTENT), io.BytesIO(), recipients, job)
