"""Files as attachments, named by people who want to read others."""

from __future__ import annotations

import io
import os
import socket
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from openviper.core.email._attaching import files
from openviper.core.email._attaching.files import read_file
from openviper.core.email.errors import AttachmentError
from openviper.core.errors import ImproperlyConfigured

LIMIT = 1_000_000
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc and /dev are those of Linux")


@pytest.fixture
def allowed(tmp_path):
    """A folder that is allowed, with a file, beside one that is not."""
    folder = tmp_path / "uploads"
    (folder / "sub").mkdir(parents=True)
    (folder / "report.csv").write_bytes(b"a,b\n")
    (folder / "sub" / "deep.csv").write_bytes(b"deep\n")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "report.csv").write_bytes(b"secret")
    (tmp_path / "uploads-old").mkdir()
    (tmp_path / "uploads-old" / "report.csv").write_bytes(b"secret")
    return folder


def descriptors():
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def in_a_thread(work):
    """Do something over and over until the test is through."""
    done = Event()

    def loop():
        while not done.is_set():
            work()

    thread = Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(10)


@pytest.mark.parametrize(
    "path",
    [
        "report.csv",
        "./report.csv",
        "sub/../report.csv",
        "sub//..//report.csv",
        "../uploads/report.csv",
        "link.csv",
        "folder-link/../report.csv",
        "chain.csv",
    ],
)
def test_a_file_inside_is_read(allowed, path):
    """Whatever way leads to it, also over links, as long as they end inside; it is named as its path was given."""
    (allowed / "link.csv").symlink_to("report.csv")
    (allowed / "chain.csv").symlink_to(allowed / "link.csv")
    (allowed / "folder-link").symlink_to("sub")
    assert read_file(f"{allowed}/{path}", [allowed], LIMIT) == (path.rpartition("/")[2], b"a,b\n")


def test_paths_and_folders_may_be_of_several_kinds(allowed, monkeypatch):
    """Text or Path, relative to the current folder, over a link, with a slash at the end; any of them counts."""
    (allowed.parent / "link").symlink_to(allowed)
    monkeypatch.chdir(allowed.parent)
    for folder in (str(allowed), allowed, f"{allowed}/", "uploads", "./uploads", "link", allowed.parent / "link", "."):
        for path in ("uploads/report.csv", allowed / "report.csv", "link/report.csv"):
            assert read_file(path, ["nowhere", folder], LIMIT) == ("report.csv", b"a,b\n")
    assert read_file(allowed / "sub" / "deep.csv", ("/",), LIMIT) == ("deep.csv", b"deep\n")


@pytest.mark.parametrize(
    "path",
    [
        "../secret/report.csv",
        "../uploads-old/report.csv",
        "sub/../../secret/report.csv",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "link.csv",
        "chain.csv",
        "folder-link/report.csv",
        "sub/folder-link/report.csv",
        "folder-link/../uploads-old/report.csv",
        "loop/report.csv/../../../secret/report.csv",
        "~/report.csv",
        "..",
        "../nothing-there",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "/dev/fd/0",
    ],
)
def test_a_file_outside_is_refused(allowed, path):
    """With the same sentence, whether there is such a file or not."""
    (allowed / "link.csv").symlink_to("../secret/report.csv")
    (allowed / "chain.csv").symlink_to("link.csv")
    (allowed / "folder-link").symlink_to(allowed.parent / "secret")
    (allowed / "sub" / "folder-link").symlink_to("../../secret")
    (allowed / "loop").symlink_to("loop")
    before = descriptors()
    with pytest.raises(AttachmentError) as refused:
        read_file(allowed / path, [allowed], LIMIT)
    assert "is outside of the folders" in str(refused.value) or path.startswith("~")
    assert descriptors() == before


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "is no path"),
        ("report.csv\0", "is no path"),
        ("report.csv\0.txt", "is no path"),
        ("a" * 4_097, "is no path"),
        ("a" * 4_096, "cannot be read: File name too long"),
        (b"report.csv", "is no path"),
        ("report\udc80.csv", "half a character"),
        ("\ud800", "half a character"),
    ],
)
def test_what_is_no_path_is_refused(allowed, monkeypatch, path, reason):
    """NUL, half a character, nothing, too much, and bytes."""
    monkeypatch.chdir(allowed)
    with pytest.raises(AttachmentError, match=reason) as refused:
        read_file(path, [allowed], LIMIT)
    assert str(refused.value).isprintable()


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_fifo, "is a FIFO"),
        (make_socket, "is a socket"),
        (Path.mkdir, "is a folder"),
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.symlink_to("nothing"), "cannot be read: No such file"),
        (lambda path: path.symlink_to("thing"), "cannot be read: (Too many levels|Not a directory)|is a link"),
        (lambda path: path.symlink_to("."), "is a folder"),
    ],
)
def test_what_is_no_regular_file_is_refused(allowed, monkeypatch, make, reason):
    """At once, without waiting for somebody at the other end, and with a word for what it is."""
    monkeypatch.chdir(allowed)
    make(allowed / "thing")
    before = descriptors()
    with pytest.raises(AttachmentError, match=reason):
        read_file("thing", [allowed], LIMIT)
    assert descriptors() == before


def test_a_file_is_no_folder(allowed):
    """A path that goes on behind a file leads nowhere."""
    with pytest.raises(AttachmentError, match="cannot be read: Not a directory"):
        read_file(allowed / "report.csv" / "x", [allowed], LIMIT)


@linux
@pytest.mark.parametrize(
    "path",
    [
        *("/dev/zero", "/dev/null", "/dev/random", "/dev/tty", "/dev/full"),
        *("/proc/self/environ", "/proc/self/cmdline", "/proc/self/maps", "/proc/self/mem", "/proc/kcore"),
        *("/proc/self", "/proc/self/fd/0", "/sys/kernel/mm/transparent_hugepage/enabled"),
    ],
)
def test_what_is_made_while_it_is_read_is_refused(path):
    """Even where everything is allowed, devices and the files of the kernel are not attached."""
    before = descriptors()
    with pytest.raises(AttachmentError):
        read_file(path, ["/"], LIMIT)
    assert descriptors() == before


def test_what_would_have_to_be_waited_for_is_refused(allowed):
    """As the kernel's log, which is a regular file to the system: there is nothing now, and may be later."""

    class Waiting(io.FileIO):
        def readinto(self, buffer):
            return None

    with (
        io.BufferedReader(Waiting(allowed / "report.csv")) as file,
        pytest.raises(AttachmentError, match=r"^file 'kmsg' has nothing yet, and would have to be waited for"),
    ):
        files._read(file, "kmsg", LIMIT)


def test_an_empty_file_is_a_file(allowed):
    """It is attached, with no bytes."""
    (allowed / "empty").touch()
    assert read_file(allowed / "empty", [allowed], LIMIT) == ("empty", b"")


def test_a_file_has_a_largest_size(allowed):
    """As many bytes as the limit are read, one more is refused, and a terabyte of holes at once."""
    (allowed / "most").write_bytes(b"x" * LIMIT)
    assert len(read_file(allowed / "most", [allowed], LIMIT)[1]) == LIMIT
    (allowed / "more").write_bytes(b"x" * (LIMIT + 1))
    with (allowed / "holes").open("wb") as file:
        file.truncate(2**40)
    for name, size in (("more", LIMIT + 1), ("holes", 2**40)):
        with pytest.raises(AttachmentError, match=f"has {size} bytes; attachments.MAX_ATTACHMENT_BYTES is {LIMIT}"):
            read_file(allowed / name, [allowed], LIMIT)


def test_a_file_that_grows_is_read_as_it_was(allowed):
    """A log that somebody writes to is attached up to where it ended, however fast it grows."""
    log = allowed / "log"
    log.touch()
    read = 0
    with log.open("ab", buffering=0) as file, in_a_thread(lambda: file.write(b"0123456789")):
        for _ in range(100):
            with suppress(AttachmentError):  # It got its first bytes just then, or the limit is reached.
                content = read_file(log, [allowed], LIMIT)[1]
                assert content == (b"0123456789" * LIMIT)[: len(content)]
                read += bool(content)
    assert read


@pytest.mark.parametrize("exchanged", ["the file", "its folder"])
def test_an_exchange_gets_nowhere(allowed, exchanged):
    """A file, or its folder, that becomes a link while it is checked: it is read, or refused, but never the secret."""
    folder, name = (allowed / "sub", "deep.csv") if exchanged == "the file" else (allowed, "sub")
    (allowed.parent / "secret" / "deep.csv").write_bytes(b"secret")
    secret = allowed.parent / "secret" / ("deep.csv" if exchanged == "the file" else "")
    (folder / "link").symlink_to(secret)

    def exchange():
        (folder / name).rename(folder / "put away")
        (folder / "link").rename(folder / name)
        (folder / name).rename(folder / "link")
        (folder / "put away").rename(folder / name)

    before, read = descriptors(), set()
    with in_a_thread(exchange):
        for _ in range(1_500):
            with suppress(AttachmentError):
                read.add(read_file(allowed / "sub" / "deep.csv", [allowed], LIMIT))
    assert read == {("deep.csv", b"deep\n")}
    assert descriptors() == before


def test_files_are_refused_where_links_cannot_be_avoided(allowed, monkeypatch):
    """On a system without descriptors of folders, as Windows, nothing is read that could be something else."""
    monkeypatch.setattr(files, "HAS_DIR_FD", False)
    with pytest.raises(AttachmentError, match="without following links on this system; read it"):
        read_file(allowed / "report.csv", [allowed], LIMIT)


@pytest.fixture
def nobody():
    """Root may read everything, so it is somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@linux
def test_a_file_that_may_not_be_read_is_refused(nobody):
    """The system's word is passed on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.csv")
        file.write_text("a,b")
        file.chmod(0)
        with pytest.raises(AttachmentError, match="cannot be read: Permission denied"):
            read_file(file, [folder], LIMIT)


@pytest.mark.parametrize("folders", [[], (), set()])
def test_no_folder_is_allowed_unless_one_is_named(allowed, folders):
    """The sentence says what to set."""
    with pytest.raises(AttachmentError, match="ATTACHMENT_ALLOWED_DIRS is empty"):
        read_file(allowed / "report.csv", folders, LIMIT)


@pytest.mark.parametrize(
    "folders", [None, 7, "/var/app", Path("/var/app"), b"/var", [""], [None], [b"/var"], [3], ["/a\0"]]
)
def test_folders_that_are_none_are_a_mistake(allowed, folders):
    """A text instead of a list would allow its first character, which is everything; it is refused as configuration."""
    with pytest.raises(ImproperlyConfigured, match="ATTACHMENT_ALLOWED_DIRS"):
        read_file(allowed / "report.csv", folders, LIMIT)


def test_an_object_that_gives_no_path(allowed):
    """What an object's ``__fspath__`` raises is told as what is wrong with the attachment."""

    class Broken:
        def __fspath__(self):
            raise LookupError("not saved yet")

    with pytest.raises(AttachmentError, match="a Broken gives no path: not saved yet"):
        read_file(Broken(), [allowed], LIMIT)
