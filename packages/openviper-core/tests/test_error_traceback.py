"""The traceback page of a project in debug mode: what it shows, what it never shows, what cannot break it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import pytest

from openviper.core.error_pages import server_error_page
from openviper.core.error_pages._frames import frames_of, syntax_frame

BROWSER = [(b"accept", b"text/html,*/*;q=0.8"), (b"cookie", b"session=cookie-monster")]


def page_of(error, *, html=True, **more):
    """Return the debug page of ``error`` as text."""
    headers = BROWSER if html else BROWSER[1:]
    scope = {"type": "http", "method": "GET", "path": "/sign-up", "headers": headers, **more}
    return server_error_page(scope, error, debug=True).body.decode()


def raised_by(function, *arguments):
    """Return what ``function`` raises."""
    try:
        function(*arguments)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def project_module(tmp_path, monkeypatch, source, name="shop.py"):
    """Return the namespace of a user's own module, kept in a file of the current directory."""
    path = tmp_path / name
    path.write_text(source)
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "shop"}
    exec(compile(source, str(path), "exec"), namespace)
    return namespace


class Balance(HTMLParser):
    """Fail where an element is closed that is not open."""

    VOID = ("meta",)

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert tag != "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def assert_well_formed(page):
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.open == []


def test_the_page_shows_where_it_happened_with_the_lines_around(tmp_path, monkeypatch):
    """The line, its neighbours, the failing expression, the function and the request are on the page."""
    source = "# one\n# two\n\n\nclass Cart:\n    def total(self):\n        # before\n        return 2 + 1 / 0\n"
    cart = project_module(tmp_path, monkeypatch, source)["Cart"]()
    page = page_of(raised_by(cart.total))
    assert "<h1>ZeroDivisionError</h1><p class=message>division by zero</p>" in page
    assert "<b>GET</b> /sign-up" in page
    assert "<b>shop.py</b>:8 <i>in Cart.total</i>" in page
    assert "<span class=hit><i>8</i>        return 2 + <mark>1 / 0</mark></span>" in page
    assert "<i>7</i>        # before" in page
    assert "# two" not in page
    assert_well_formed(page)


def test_the_source_is_read_again_where_the_file_has_changed(tmp_path, monkeypatch):
    """The lines of the running file, and not those that stood there at the last error; of a syntax error too."""
    for word in ("first", "second, and longer"):
        run = project_module(tmp_path, monkeypatch, f"def run():\n    1 / 0  # {word}\n")["run"]
        assert frames_of(raised_by(run).__traceback__)[0].source[1] == (2, f"    1 / 0  # {word}")
        broken = tmp_path / "broken.py"
        broken.write_text(f"(  # {word}\n")
        frame = syntax_frame(raised_by(compile, broken.read_text(), str(broken), "exec"))
        assert frame.source == ((1, f"(  # {word}"),)


def test_without_html_the_page_is_the_traceback_as_text(tmp_path, monkeypatch):
    """A terminal gets what Python prints, under the request's line."""
    source = "def total():\n    return 1 / 0\n"
    error = raised_by(project_module(tmp_path, monkeypatch, source)["total"])
    lines = page_of(error, html=False).splitlines()
    assert lines[0] == "GET /sign-up"
    assert '  File "shop.py", line 2, in total' in lines
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_columns_are_counted_in_characters(tmp_path, monkeypatch):
    """Text before the expression that is longer in bytes than in characters does not shift the mark."""
    source = 'def total():\n    "äöü€🐍"; return "äöü", 1 / 0, 3\n'
    page = page_of(raised_by(project_module(tmp_path, monkeypatch, source)["total"]))
    assert "<mark>1 / 0</mark>, 3" in page


def test_library_frames_are_folded_and_the_users_own_are_open(tmp_path, monkeypatch):
    """What the user wrote stands open; the libraries in between are one closed line."""
    source = "import json\n\ndef read():\n    return json.loads('?')\n"
    page = page_of(raised_by(project_module(tmp_path, monkeypatch, source)["read"]))
    folded = page.index("<details class=library><summary>3 frames in json</summary>")
    own = page.index("<details class=frame open><summary class=where><b>shop.py</b>:4")
    assert folded < own
    assert "<b>json/decoder.py</b>" in page[folded:own]
    assert_well_formed(page)


def test_an_error_within_a_library_alone_is_shown_where_it_was_raised():
    """With no frame of the user's, the innermost one stands open."""
    error = raised_by(json.loads, "?")
    error.__traceback__ = error.__traceback__.tb_next
    page = page_of(error)
    assert page.index("<b>json/decoder.py</b>") < page.index("<details class=library>")


def test_paths_do_not_tell_where_things_are_installed():
    """Neither the interpreter's folder nor the project's stands before a path."""
    page = page_of(raised_by(json.loads, "?"))
    assert json.__file__ not in page
    assert sys.prefix not in page


@pytest.mark.parametrize("html", [True, False])
def test_no_local_variable_environment_header_or_query_is_shown(html, monkeypatch, tmp_path):
    """Secrets that stand beside the error stay where they are."""
    monkeypatch.setenv("DATABASE_PASSWORD", "env-secret-1")
    source = "def fail(argument):\n    token = '-'.join(['local', 'secret', '2'])\n    return len(token) + argument\n"
    error = raised_by(project_module(tmp_path, monkeypatch, source)["fail"], "argument-secret-3")
    page = page_of(error, html=html, query_string=b"q=query-secret-4", client=("198.51.100.7", 5))
    for secret in ("env-secret-1", "local-secret-2", "argument-secret-3", "query-secret-4", "monster", "198.51.100.7"):
        assert secret not in page
    assert "TypeError" in page


def test_everything_that_came_from_outside_is_escaped(tmp_path, monkeypatch):
    """Markup in path, message, note, source or request id is shown and not run."""
    source = (
        'def fail():\n    """</pre><script>source</script>"""\n    raise ValueError("</p><script>message</script>")\n'
    )
    error = raised_by(project_module(tmp_path, monkeypatch, source, name="<i>.py")["fail"])
    error.add_note("<script>note</script>")
    page = page_of(error, path="/<script>path</script>", method="<b>", state={"request_id": "<script>id</script>"})
    assert_well_formed(page)
    for where in ("source", "message", "note", "path", "id"):
        assert f"&lt;script&gt;{where}&lt;/script&gt;" in page


def test_characters_that_do_not_show_are_made_visible():
    """A control character, a direction override and a lone surrogate cannot disguise a message."""
    page = page_of(ValueError("null\x00 override\u202e lone\udcff tab\t\nnew line"))
    assert "null\\x00 override\\u202e lone\\udcff tab\t\nnew line" in page


def causes():
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error


def contexts():
    try:
        raise KeyError("first")
    except KeyError:
        raise ValueError("second")  # noqa: B904 - the implicit chain is what is tested


def suppressed():
    try:
        raise KeyError("first")
    except KeyError:
        raise ValueError("second") from None


@pytest.mark.parametrize(
    ("function", "link"),
    [(causes, "was caused by this one"), (contexts, "while this one was being handled"), (suppressed, None)],
)
def test_the_chain_is_shown_from_the_latest_error_back(function, link):
    """Cause and context follow the error, with a sentence that says how they belong together."""
    page = page_of(raised_by(function))
    assert page.index("<h1>ValueError</h1>") > 0
    assert ("<h2>KeyError</h2>" in page) == (link is not None)
    assert link is None or link in page
    assert_well_formed(page)


def test_a_chain_that_bites_its_tail_ends():
    """Errors that are each other's cause are shown once each."""
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    page = page_of(first)
    assert page.count("<h1>ValueError") == page.count("<h2>KeyError") == 1


async def test_each_error_of_a_task_group_is_shown():
    """The parts of an exception group stand below it, with their own frames and chains."""

    async def fail(error):
        raise error from LookupError("the cause")

    async def fail_twice():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail(OSError("one")))
            tasks.create_task(fail(RuntimeError("two")))

    with pytest.raises(ExceptionGroup) as caught:
        await fail_twice()
    page = page_of(caught.value)
    assert "<h1>ExceptionGroup</h1>" in page
    assert page.count("<section class=part>") == page.count("<h2>LookupError</h2>") == 2
    assert "<h3>OSError</h3><p class=message>one</p>" in page
    assert "<h3>RuntimeError</h3><p class=message>two</p>" in page
    assert_well_formed(page)


def test_notes_are_shown():
    """What ``add_note`` added stands under the message, a paragraph each."""
    error = ValueError("wrong")
    error.add_note("in row 7")
    error.add_note("of orders.csv")
    assert "<p class=note>in row 7</p><p class=note>of orders.csv</p>" in page_of(error)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 prints suggestions in C only")
def test_pythons_own_suggestion_is_shown():
    """The message is Python's, with its "Did you mean"."""
    assert "Did you mean: &#x27;getpid&#x27;?" in page_of(raised_by(lambda: __import__("os").getpidd))


def test_a_syntax_error_is_shown_at_its_place(tmp_path, monkeypatch):
    """The file that cannot be compiled is the first place shown, with the spot marked."""
    (tmp_path / "broken_settings.py").write_text("DEBUG = True\n\nAPPS = (,)\n")
    monkeypatch.syspath_prepend(tmp_path)
    page = page_of(raised_by(__import__, "broken_settings"))
    assert "<h1>SyntaxError</h1><p class=message>invalid syntax</p>" in page
    assert "<b>" + str(tmp_path / "broken_settings.py") + "</b>:3</summary>" in page
    assert "<span class=hit><i>3</i>APPS = (<mark>,</mark>)</span>" in page


@pytest.mark.parametrize(
    "error",
    [
        SyntaxError("no place"),
        SyntaxError("odd place", ("nowhere.py", 7, 99, "x", 3, 1)),
        SyntaxError("no file", (None, 1, 1, "x = (")),
        SyntaxError(),
    ],
)
def test_a_syntax_error_without_a_proper_place_is_shown_without(error):
    """Tools raise syntax errors of their own, with whatever place they know."""
    page = page_of(error)
    assert "<h1>SyntaxError</h1>" in page
    assert_well_formed(page)


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@dataclass(frozen=True)
class FrozenError(Exception):
    code: int


class OddNotesError(Exception):
    __notes__ = 7


def nested_group(depth):
    error = ValueError("inmost")
    for _ in range(depth):
        error = ExceptionGroup("group", [error])
    return error


def recurse(n):
    return recurse(n + 1)


def made_up_code():
    exec("raise ValueError('from nowhere')", {})


@pytest.mark.parametrize(
    "error",
    [
        UnprintableError(),
        FrozenError(3),
        OddNotesError(),
        ValueError(),
        ValueError("x" * 5_000_000),
        nested_group(400),
        ExceptionGroup("wide", [ValueError(str(n)) for n in range(3_000)]),
        raised_by(recurse, 0),
        raised_by(made_up_code),
        KeyboardInterrupt(),
        type("<b>Odd</b>", (Exception,), {"__module__": "<i>"})("generated"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("html", [True, False])
def test_no_error_breaks_the_page_or_makes_it_huge(error, html, caplog):
    """However odd an error is, its page names it, is well formed, and stays below half a megabyte."""
    page = page_of(error, html=html)
    assert caplog.records == []
    assert len(page) < 500_000
    assert type(error).__name__ in unescape(page)
    if html:
        assert_well_formed(page)


def test_the_middle_of_a_long_traceback_is_left_out():
    """A recursion shows its first and last calls, and says how many it does not show."""
    page = page_of(raised_by(recurse, 0))
    assert " more frames left out</p>" in page
    assert page.count("<i>in recurse</i>") == 49


def test_an_error_that_breaks_the_page_after_all_is_answered_and_logged(caplog):
    """The client gets the plain page, and the log says why there is no better one."""

    class HostileError(Exception):
        @property
        def __traceback__(self):
            raise RuntimeError("hands off")

    assert page_of(HostileError()) == "Internal Server Error"
    assert [record.name for record in caplog.records] == ["openviper.request"]
    assert "hands off" in caplog.text
