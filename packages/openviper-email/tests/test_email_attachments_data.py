"""What an attachment is, and what the module has."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest

from openviper.core.email import attachments
from openviper.core.email.attachments import (
    AttachmentData,
)
from openviper.core.email.errors import AttachmentError, InvalidMessage
from openviper.core.errors import ImproperlyConfigured

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.mark.parametrize("value", [None, "25 MiB", 1.5, -1, True])
def test_a_size_that_is_none_is_a_mistake(monkeypatch, value):
    """It is refused as configuration, at the first attachment."""
    monkeypatch.setattr(attachments, "MAX_ATTACHMENT_BYTES", value)
    with pytest.raises(ImproperlyConfigured, match="MAX_ATTACHMENT_BYTES"):
        AttachmentData("a.csv", b"")


def test_the_defaults_are_those_that_are_documented():
    """25 MiB, two schemes, their ports, and no files."""
    assert attachments.MAX_ATTACHMENT_BYTES == 25 * 1024 * 1024
    assert {"http", "https"} == attachments.ALLOWED_URL_SCHEMES
    assert {80, 443} == attachments.ALLOWED_URL_PORTS
    assert attachments.ATTACHMENT_ALLOWED_DIRS == []


def test_an_attachment_has_a_largest_size():
    """25 MiB are taken, and one byte more is refused, however it is given."""
    content = bytes(attachments.MAX_ATTACHMENT_BYTES)
    assert AttachmentData("a", content).content is content
    with pytest.raises(ValueError, match="has 26214401 bytes"):
        AttachmentData("a", content + b"\0")


@pytest.mark.parametrize("content_id", ["logo", "logo@example.org", "part1.06090408@x", "a" * 255, "=+$"])
def test_an_inline_image_has_an_id(content_id):
    """As it stands in the page, behind cid:."""
    assert AttachmentData("logo.png", PNG, content_id=content_id).content_id == content_id


@pytest.mark.parametrize(
    "content_id",
    ["", "<logo>", "lo go", "logo>\r\nBcc: x", "l\u00f6go", "lo%67o", 'lo"go', "a" * 256, 3, b"logo", "a\n"],
)
def test_an_id_that_is_none_is_refused(content_id):
    """Whatever could end the header, or would have to be quoted in the page."""
    with pytest.raises(AttachmentError, match="content_id="):
        AttachmentData("logo.png", PNG, content_id=content_id)


def test_an_attachment_is_data():
    """It does not change, compares and travels by its values, and does not show its content."""
    one = AttachmentData("a.csv", bytearray(b"secret"), content_id="x")
    assert one == AttachmentData("a.csv", b"secret", "text/csv", "x") == copy.deepcopy(one)
    assert pickle.loads(pickle.dumps(one)) == one
    assert dataclasses.replace(one, filename="b.csv").mimetype == "text/csv"
    assert "secret" not in repr(one)
    assert len({one, copy.copy(one)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.filename = "b"
    assert issubclass(AttachmentError, InvalidMessage)


def test_every_documented_name_is_there():
    """Those that are imported late too; and a name that is not there is an error as usual."""
    assert all(getattr(attachments, name) is not None for name in attachments.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        attachments.nothing  # noqa: B018


def test_the_module_is_light():
    """Whoever makes messages does not pay for HTTP clients, addresses and tables of the system."""
    code = (
        "import sys, asyncio, dataclasses; before = set(sys.modules); "
        "import openviper.core.email.attachments; "
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('openviper')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"httpcore2", "anyio", "ipaddress", "urllib.parse", "mimetypes", "pathlib"} & set(done.stdout.split())
