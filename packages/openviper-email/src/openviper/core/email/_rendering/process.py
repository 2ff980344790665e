"""Rendering in a process of its own, which is ended at its deadline: a thread cannot be."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from openviper.core.email._rendering.ending import Ending
from openviper.core.email._rendering.error_text import one_line
from openviper.core.email._rendering.rendering import Content, Rendering, render
from openviper.core.email.errors import TemplateError

__all__ = ["MAX_MEMORY", "MAX_OUTPUT", "Work", "in_process", "main"]

#: Address space of the process, in bytes, where the system can limit it.
MAX_MEMORY = 1_073_741_824
#: Characters of what an untrusted template makes, text and html together.
MAX_OUTPUT = 2_097_152

# What Python needs to start and to load the package; nothing else: passwords stand in the environment.
_PASSED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONHOME",
)
_COMMAND = "from openviper.core.email._rendering.process import main; main()"


@dataclass(frozen=True, slots=True)
class Work:
    """A template, or Markdown alone."""

    source: Rendering | str
    python_markdown: bool
    #: How long it may take, in seconds, with the time for which it waited.
    seconds: float


def in_process(work: Work, deadline: float, ending: Ending) -> Content:
    """Return the text and the html of a template, or ``(None, html)`` of Markdown.

    Starting Python and loading what renders takes 0.2 s, which count.

    Args:
        work: What is done.
        deadline: When the process is killed, by ``time.monotonic()``.
        ending: Kills it before that, from another thread.

    Raises:
        TemplateError: It cannot be rendered, or took longer or more memory than it may.
    """
    name = f"template {work.source.name!r:.200}" if isinstance(work.source, Rendering) else "Markdown"
    if not sys.executable:
        raise TemplateError(f"{name} needs a process of its own, and this program has no Python that could be started")
    with subprocess.Popen(  # noqa: S603 - this program's own Python
        [sys.executable, "-P", "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environ(),
    ) as process:
        try:
            ending.started(process)
            output, _ = process.communicate(pickle.dumps(work), deadline - time.monotonic())
        except subprocess.TimeoutExpired:
            raise TemplateError(f"{name} took longer than {work.seconds:g} s to render and was ended") from None
        finally:
            # Of one that is done, nothing; else it would be waited for.
            process.kill()
    return _answer(output, process.returncode, name)


def _environ() -> dict[str, str]:
    # What it may import is what this process may; not what happens to stand in the current directory.
    path = os.pathsep.join(each for each in sys.path if each)
    return {name: os.environ[name] for name in _PASSED if name in os.environ} | {"PYTHONPATH": path}


def main() -> None:
    """Do the work that stands in the standard input; the answer is JSON."""
    # Written by in_process() above.
    work: Work = pickle.load(sys.stdin.buffer)  # noqa: S301
    _limit(work.seconds)
    sys.stdout.write(json.dumps(_done(work)))


def _done(work: Work) -> dict[str, Any]:
    try:
        text, html = _result(work)
    except TemplateError as error:
        return {"error": one_line(str(error))}
    except Exception as error:
        # Whatever a stranger's template makes of its values.
        return {"error": one_line(f"it raised {type(error).__name__}: {error!s}")}
    if len(text or "") + len(html or "") > MAX_OUTPUT:
        return {"error": f"it makes more than {MAX_OUTPUT} characters"}
    return {"content": (text, html)}


def _result(work: Work) -> Content:
    if work.python_markdown:
        from openviper.core.email._rendering.python_markdown import python_markdown_html as to_html  # noqa: PLC0415 - an extra
    else:
        from openviper.core.email._rendering.markdown import markdown_html as to_html  # noqa: PLC0415 - the other one
    return (None, to_html(work.source)) if isinstance(work.source, str) else render(work.source, to_html)


def _limit(seconds: float) -> None:
    """Bound the memory; and the time, should nobody be left to end the process."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    wanted = {resource.RLIMIT_AS: MAX_MEMORY, resource.RLIMIT_CPU: int(seconds) + 1, resource.RLIMIT_CORE: 0}
    for kind, value in wanted.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            # It is lower already, or this system does not limit it.
            continue


def _answer(output: bytes, status: int, name: str) -> Content:
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        raise TemplateError(f"{name} ended the process that rendered it (status {status})") from None
    if "error" in answer:
        # Once more: who knows what a template has made of that process.
        raise TemplateError(one_line(f"{name}: {answer['error']}"))
    text, html = answer["content"]
    return text, html
