"""``./dev test``: every check, and at the end pytest, whose summary is the last thing printed.

The checks before it run two at a time, each with its output held back until it is complete; pytest starts once they
are done, so that tests with deadlines have the machine to themselves.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.wheels import built
from tools.workspace import ROOT, meta, packages

__all__ = ["main"]


@dataclass(frozen=True, slots=True)
class Step:
    """A check: what it is called, and the program that is run by this Python."""

    title: str
    arguments: tuple[str, ...]


BUILD = Step("build (sdists, wheels, what is in them)", ("-m", "tools.wheels"))
CHECKS = (
    Step("pages (the commands and examples of READMEs and docs)", ("-m", "tools.pages", "--built")),
    Step("typing (mypy, pyright, uv pip check)", ("-m", "tools.typecheck")),
    Step("lint (ruff, namespaces, constraints, docs/cli.md, change fragments)", ("-m", "tools.lint")),
    Step("wheels (each alone in a fresh environment)", ("-m", "tools.isolation", "--built")),
    Step("scaffolds (what the command line creates, from wheels)", ("-m", "tools.scaffolds", "--built")),
)


def main(arguments: list[str]) -> int:
    """Run all of it; ``arguments`` go to pytest. The exit code is 0 where everything passed."""
    failed = [] if run_held_back(BUILD) else [BUILD.title]
    complete = built().keys() == {meta().name, *packages()}
    checks = [step for step in CHECKS if complete or "--built" not in step.arguments]
    failed += [f"{step.title}: not run, the build is incomplete" for step in CHECKS if step not in checks]
    with ThreadPoolExecutor(2) as pool:
        failed += [
            step.title for step, passed in zip(checks, pool.map(run_held_back, checks), strict=True) if not passed
        ]
    return run_tests(arguments, failed)


def run_tests(arguments: list[str], failed: list[str]) -> int:
    """Run pytest, once it is said which checks ``failed``; return the exit code of all."""
    failures = "".join(f"\nFAILED {title}" for title in failed)
    if failures:
        print(failures, flush=True)
    print("\n== tests", flush=True)
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    # Once more for somebody who looks at the screen's end; a log ends with pytest's summary.
    if failures and sys.stderr.isatty():
        print(failures, file=sys.stderr, flush=True)
    return code or (1 if failed else 0)


def run_held_back(step: Step) -> bool:
    """Run a step and print its output in one piece; whether it passed."""
    started = time.monotonic()
    answer = subprocess.run(
        [sys.executable, *step.arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    word = "failed" if answer.returncode else "ok"
    body = answer.stdout if answer.returncode else "".join(f"  {line}\n" for line in answer.stdout.splitlines())
    print(f"\n== {step.title}: {word} in {time.monotonic() - started:.1f} s\n{body}", end="", flush=True)
    return not answer.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
