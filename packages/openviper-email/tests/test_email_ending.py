"""Processes of renderings, and that none of them is left."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from openviper.conf import override_settings
from openviper.core.email._rendering.ending import Ending
from openviper.core.email._rendering.process import Work, in_process
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template, render_template_content

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks for processes in /proc")

ENDLESS = "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}"


@pytest.fixture
def folder(tmp_path):
    """A folder with a template that takes hours, and one that takes no time."""
    (tmp_path / "endless.txt").write_text(ENDLESS)
    (tmp_path / "quick.txt").write_text("Hi")
    return tmp_path


@pytest.fixture
def children():
    """The states of the processes that the test has started to render: R, S, Z."""
    others = {pid for pid, _ in rendering()}
    return lambda: [state for pid, state in rendering() if pid not in others]


def rendering():
    """Those of this process's children that render, or have ended: process id and state."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            command = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and (b"_rendering.process" in command or state == "Z"):
            yield stat.parent.name, state


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def until(condition):
    """Wait for it, and fail after 20 seconds, which is less than the deadline of a rendering here."""
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come true")


def test_what_is_killed_at_its_deadline_is_no_zombie(folder, children):
    """The process is waited for, with both of its pipes closed."""
    before = descriptors()
    with override_settings(EMAIL_TIMEOUT=1), pytest.raises(TemplateError, match="took longer than 1 s"):
        render_template_content("endless.txt", {"x": "x" * 9999}, folder, untrusted=True)
    assert children() == []
    assert descriptors() == before


def test_the_time_in_the_queue_counts(children):
    """What begins after its deadline has no time left, whatever it was given."""
    with pytest.raises(TemplateError, match="Markdown took longer than 10 s to render and was ended"):
        in_process(Work("x", True, 10), time.monotonic() - 1, Ending())
    assert children() == []


async def test_a_cancelled_rendering_ends_its_process(folder, children):
    """It is killed at once, long before its deadline, and the next one has its place."""
    with override_settings(EMAIL_TIMEOUT=60):
        tasks = [
            asyncio.create_task(render_template("endless.txt", {"x": "x" * 9999}, folder, untrusted=True))
            for _ in range(4)
        ]
        await until(lambda: len(children()) == 2)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await until(lambda: not children())
        assert await render_template("quick.txt", {}, folder, untrusted=True) == ("Hi", None)
    assert all(task.cancelled() for task in tasks)


async def test_a_cancelled_python_markdown_ends_its_process(tmp_path, children):
    """Also where the template itself is rendered in this process."""
    (tmp_path / "a.md").write_text("[" * 20_000)
    with override_settings(EMAIL_TIMEOUT=60, EMAIL_MARKDOWN="markdown"):
        task = asyncio.create_task(render_template("a.md", {}, tmp_path))
        await until(children)
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: not children())


class Slow(Sequence):
    """Data that is there only when it may be."""

    def __init__(self):
        self.asked, self.go = Event(), Event()

    def __len__(self):
        return 1

    def __getitem__(self, index):
        self.asked.set()
        assert self.go.wait(20)
        return ["x" * 9999][index]


async def test_what_is_cancelled_before_it_is_queued_does_not_run(folder, children):
    """Cancelled while its context is copied, it has no process for longer than it takes to start one."""
    slow = Slow()
    with override_settings(EMAIL_TIMEOUT=60):
        task = asyncio.create_task(render_template("endless.txt", {"x": slow}, folder, untrusted=True))
        await until(slow.asked.is_set)
        task.cancel()
        await asyncio.wait([task])
        slow.go.set()
        assert await render_template("quick.txt", {}, folder, untrusted=True) == ("Hi", None)
        await until(lambda: not children())


def test_a_process_that_starts_after_the_end_is_killed():
    """The end may come first."""
    ending = Ending()
    ending.end()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        ending.started(process)
        assert process.wait(20) < 0


def test_what_is_done_is_left_alone():
    """The end of a process that is done kills nothing, whoever has its number now."""
    ending = Ending()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        ending.started(process)
        assert process.wait(20) == 0
        ending.end()
        assert process.returncode == 0
