"""Pages are followed as a reader would, and what does not work is named by page and line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import run_page
from tools.run_page import PageError, commands_in, matches, parse

SERVER = """\
# serve.py
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def block(info: str, *lines: str) -> str:
    return "\n".join([f"```{info}", *lines, "```", ""])


@pytest.fixture
def follow(tmp_path):
    """Follow a page in an empty directory; return the exit code and what was printed."""

    def follow(text: str) -> tuple[int, str]:
        page, empty = tmp_path / "page.md", tmp_path / "empty"
        page.write_text(text)
        empty.mkdir()
        command = [sys.executable, "-P", run_page.__file__, str(page)]
        environ = {**os.environ, "CHECKOUT_OF_PAGES": str(tmp_path)}
        answer = subprocess.run(
            command, cwd=empty, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        return answer.returncode, answer.stdout

    return follow


def test_files_python_and_commands_build_on_each_other(follow):
    """A later block sees the file, the variable and the directory of an earlier one."""
    page = (
        block("python", "# shop/prices.py", "APPLE = 3")
        + block("python", "from shop.prices import APPLE", "import asyncio", "await asyncio.sleep(0)")
        + block("python", "assert APPLE == 3")
        + block("console", "$ cd shop", "$ export FRUIT=pear")
        + block("console", "$ ls; echo $FRUIT", "prices.py", "...", "pear")
    )
    assert follow(page) == (0, "")


def test_a_block_that_may_have_no_comment_says_its_file_after_the_language(follow):
    """All of it is written then, a first line that looks like a name too; nothing is run."""
    page = (
        block("md file=templates/welcome.md", "Hello {{ name }},")
        + block("python file=shop/broken.py", "# other.py", "1 / 0")
        + block("console", "$ cat templates/welcome.md shop/broken.py", "Hello {{ name }},", "# other.py", "1 / 0")
        + block("console fails", "$ ls other.py")
    )
    assert follow(page) == (0, "")


@pytest.mark.parametrize(
    ("reason", "blocks", "line", "says"),
    [
        ("a failing example", block("python", "x = 1", "assert x == 2"), 2, "assert x == 2"),
        (
            "a failing await",
            block("python", "import asyncio", "await asyncio.wait_for(asyncio.sleep(9), 0)"),
            2,
            "TimeoutError",
        ),
        ("a command that fails", block("console", "$ echo why >&2; false"), 2, "why"),
        ("a command that should fail", block("console fails", "$ true"), 2, "exit code 0"),
        ("output that is not there", block("console", "$ echo apple", "pear"), 2, "'pear'"),
        ("output in another order", block("console", "$ printf 'a\\nb\\n'", "b", "a"), 2, "'a'"),
        ("a server that ends", block("console serve=8000", "$ echo no; exit 3 #"), 2, "does not serve"),
        ("a file without a name", block("html file=", "<p>x</p>"), 2, "file= names no file"),
        ("no language", "text\n\n" + block("", "x"), 4, "```text"),
        ("a language that nobody runs", block("bash", "$ true"), 2, "```console"),
        ("an indented block", "text\n\n    pip install it\n", 3, "indented blocks are not run"),
        ("one below a heading", "# Install\n\tpip install it\n", 2, "indented blocks are not run"),
        ("one after a fence", block("text", "x") + "    pip install it\n", 4, "indented blocks are not run"),
        ("a fence too far to the right", "1.  text\n    ```python\n    1 / 0\n    ```\n", 2, "indented blocks"),
        ("one inside of a directive", "````{note}\n\n    pip install it\n````\n", 3, "indented blocks are not run"),
        ("output before any command", block("console", "hello"), 2, "starts with a command"),
        (
            "an example inside of a directive",
            "````{note}\n" + block("python", "1 / 0") + "````\n",
            3,
            "ZeroDivisionError",
        ),
    ],
)
def test_what_does_not_work_is_named_with_its_line(follow, reason, blocks, line, says):
    """A page fails where it promises too much."""
    code, output = follow(blocks)
    assert code == 1, reason
    assert f"page.md:{line}: " in output
    assert says in output


@pytest.mark.parametrize("argument", ["", " --bind 8000"])
def test_a_server_gets_a_free_port_and_is_stopped(follow, tmp_path, argument):
    """Later commands reach the server where the page says :8000 or =8000, and nothing of it is left."""
    page = (
        block("python", *SERVER.splitlines())
        + block("console serve=8000", f"$ echo $$ > {tmp_path}/pid; exec {sys.executable} serve.py{argument}")
        + block("console", "$ curl -s http://127.0.0.1:8000/serve.py", "import http.server, sys")
        + block(
            "console", "$ export PORT=8000", '$ curl -s "http://127.0.0.1:$PORT/serve.py"', "import http.server, sys"
        )
    )
    assert follow(page) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_variable_that_is_unset_is_gone(follow):
    """Also for later commands, and for Python."""
    page = block("console", "$ export FRUIT=pear", "$ unset FRUIT", "$ echo ${FRUIT-none}", "none") + block(
        "python", "import os", "assert 'FRUIT' not in os.environ"
    )
    assert follow(page) == (0, "")


def test_what_is_only_shown_is_not_run(follow):
    """no-run and languages such as text leave no trace."""
    assert follow(block("console no-run", "$ false") + block("text", "$ false") + block("python no-run", "1 / 0")) == (
        0,
        "",
    )


def test_a_line_that_goes_on_is_no_block():
    """However far it is indented, below a paragraph or a list; nor are blank lines, or what stands in a fence."""
    page = "text\n    more\n\n- a list\n  - below\n    more\n\n  text of it\n     \n" + block("text", "", "    x")
    assert [each.language for each in parse(page)] == ["text"]


def test_a_block_ends_at_its_own_fence():
    """A longer fence holds a shorter one, and an indented one is taken out of its indent."""
    blocks = list(parse("````text\n```python\n1\n```\n````\n  ~~~python\n  if 1:\n      2\n  ~~~\n"))
    assert [(each.language, each.text) for each in blocks] == [
        ("text", "```python\n1\n```\n"),
        ("python", "if 1:\n    2\n"),
    ]


def test_a_command_goes_on_after_a_backslash():
    """Continued lines belong to the command, the others are its output."""
    assert commands_in("$ a \\\n  --b\nout\n$ c\n") == [("a \\\n  --b", ["out"]), ("c", [])]


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (["one", "three"], None),
        (["...", "  two  "], None),
        (["t...e"], None),
        (["three", "one"], "one"),
        (["tw"], "tw"),
        (["t.o"], "t.o"),
    ],
)
def test_shown_lines_are_looked_for_in_order(shown, missing):
    """Whole lines, blanks around them aside; three dots stand for anything, one does not."""
    assert matches(shown, "one\ntwo\nthree\n") == missing


def test_output_without_a_command_is_an_error():
    """A console block that shows no command is a mistake of the page."""
    with pytest.raises(PageError, match="hello"):
        commands_in("hello")


def test_it_stands_alone():
    """It runs in a reader's environment, which has nothing of this checkout."""
    assert "from tools" not in Path(run_page.__file__).read_text()
