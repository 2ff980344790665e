"""The programs of the databases' vendors, as streams: fed and read without a thread, and never left behind.

::

    tool = find_tool(["pg_dump"], "PostgreSQL", "apt-get install postgresql-client")
    with Child(tool, ["--format=plain", "shop"], job=job, environment={"PGPASSWORD": "s3"}, secrets=["s3"]) as child:
        while data := child.read(1 << 20):
            ...
        child.finish()

A child has a session of its own, so that Ctrl-C at the terminal reaches us alone. Its messages are in English
(``LC_ALL=C``). POSIX only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from openviper.backup._child import Child
from openviper.backup._programs import Tool, find_tool
from openviper.backup.errors import ToolFailed

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["Child", "Tool", "find_tool", "run_tool"]


def run_tool(
    tool: Tool,
    arguments: Sequence[str],
    *,
    job: Job,
    environment: Mapping[str, str | None] | None = None,
    input: bytes | None = None,  # noqa: A002 - as subprocess.run has it
    secrets: Iterable[str] = (),
    most: int = 1 << 20,
) -> bytes:
    """Run a program to its end, and return what it wrote to stdout.

    Args:
        input: What it is fed; ``None``: nothing.
        most: How many bytes it may write.

    Raises:
        ToolFailed: The exit code is not 0, or it writes more.
        Interrupted: The job says so.
    """
    is_fed = input is not None
    with Child(tool, arguments, job=job, environment=environment, stdin=is_fed, secrets=secrets) as child:
        if input is not None:
            child.write(input)
            child.close_stdin()
        output = child.read(most + 1)
        if len(output) > most:
            raise ToolFailed(f"{tool.name} wrote more than {most} bytes", tool=tool.name, exit_code=0)
        child.finish()
        return output
