"""Messages made of Markdown."""

from __future__ import annotations

import json
import sys
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email._rendering.html_text import text_from_html
from openviper.core.email._rendering.html_tokens import Tag, html_tokens
from openviper.core.email._rendering.markdown import is_safe_link
from openviper.core.email.errors import TemplateError
from openviper.core.email.templates import render_template_content

ENGINES = ["markdown-it", "markdown"]


@pytest.fixture
def render(tmp_path):
    """Renders the source of a template, by either engine."""

    def rendered(source, context=None, *, engine="markdown-it", **options):
        (tmp_path / "mail.md").write_text(source, encoding="utf-8")
        with override_settings(EMAIL_MARKDOWN=engine, DEBUG=True):
            return render_template_content("mail.md", context or {}, tmp_path, **options)

    return rendered


def body(html):
    return html.partition("<body")[2].partition(">\n")[2].removesuffix("</body>\n</html>\n")


@pytest.mark.parametrize("engine", ENGINES)
def test_one_template_makes_both_parts(render, engine):
    """The text is the Markdown, the html what it means, as a whole document."""
    text, html = render(
        "# Hello {{ name }}\n\n**Thank** [you](https://e.org/?a=1&b=2).", {"name": "Ada"}, engine=engine
    )
    assert text == "# Hello Ada\n\n**Thank** [you](https://e.org/?a=1&b=2)."
    assert html.startswith('<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<meta name="viewport"')
    assert body(html) == (
        '<h1>Hello Ada</h1>\n<p><strong>Thank</strong> <a href="https://e.org/?a=1&amp;b=2">you</a>.</p>\n'
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_tables_and_code_are_markdown(render, engine):
    """Tables and fenced code come without an extension."""
    html = render("| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx < y\n```\n", engine=engine)[1]
    assert "<td>1</td>" in html
    assert "<pre><code>x &lt; y\n</code></pre>" in html


VALUES = [
    "[click](http://evil.example)",
    "![x](http://evil.example/pixel.png)",
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "<http://evil.example>",
    "<evil@e.example>",
    "*x* _y_ **z** ~~w~~ `c`",
    "http://evil.example/",
    "a\n# heading",
    "a\n\n- list\n- list",
    "a\n\n1. list",
    "a\n===",
    "a\n\n    code",
    "    code",
    "a\n\n> quote",
    "a\n\n---\n",
    "a\n\n```\ncode\n```",
    "a\r\n\r\n# heading",
    "a | b\n--|--\nc | d",
    "\\*x\\*",
    "&lt;b&gt; &amp; &copy;",
    "[ref]\n\n[ref]: http://evil.example",
    "](http://evil.example)",
    ") [x](http://evil.example",
    "`",
    "``` ",
    "O'Brien",
    "a  \nb",
    "{{ name }} {% raw %}",
    "</p></body><p>",
    "<!-- x -->",
]
PLACES = """# {{ v }}

A **{{ v }}** {{ v }}x `{{ v }}` [{{ v }}](https://e.org)

* {{ v }}
* b

> {{ v }}

{{ v }}

end"""


def shape(html):
    """The elements of a page, less its line breaks."""
    return [
        (each.name, each.is_end, each.body) for each in html_tokens(html) if isinstance(each, Tag) and each.name != "br"
    ]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_never_markup(render, value):
    """A value is shown in the html as its characters, and stands in the text as it was typed."""
    text, html = render(PLACES, {"v": value})
    assert shape(html) == shape(render(PLACES, {"v": "x"})[1])
    assert text == PLACES.replace("{{ v }}", value)
    words = value.split()
    shown = text_from_html(body(render("{{ v }}", {"v": value})[1]))
    assert shown.split() == words


@pytest.mark.parametrize("value", [VALUES[0], VALUES[3], VALUES[9], VALUES[18], "<https://e.org>"])
def test_python_markdown_makes_no_markup_of_values(render, value):
    """The other engine keeps values out of the markup as well."""
    text, html = render(PLACES, {"v": value}, engine="markdown")
    assert shape(html) == shape(render(PLACES, {"v": "x"}, engine="markdown")[1])
    assert text == PLACES.replace("{{ v }}", value)


PRIVATE = "\U0010f02a\U0010f080\U000f1234\U000fff2a"


@settings(deadline=None, max_examples=60)
@given(
    st.text(st.sampled_from("[](){}<>!*_~`#|\\&;:/.-+=\"' \n\t1ax" + PRIVATE), max_size=30).filter(
        lambda value: value.strip(PRIVATE)
    )
)
def test_no_value_at_all_is_markup(tmp_path_factory, value):
    """Whatever a value is made of, the html has the elements that the template wrote."""
    folder = tmp_path_factory.getbasetemp()
    (folder / "places.md").write_text(PLACES)
    html = render_template_content("places.md", {"v": value}, folder)[1]
    assert shape(html) == shape(render_template_content("places.md", {"v": "x"}, folder)[1])


@pytest.mark.parametrize(
    "source",
    [
        "{% macro b(x) %}**{{ x }}**{% endmacro %}{{ b(v) }}",
        "{% set x %}**{{ v }}**{% endset %}{{ x }}",
        "{% set x %}**{% endset %}{{ x ~ v ~ x }}",
        "{% set x %}**{% endset %}{{ [x, v, x]|join }}",
        "{% set x %}**@**{% endset %}{{ x|replace('@', v) }}",
        "{% set x %}**%s**{% endset %}{{ x|replace('%', '%')|trim|replace('%s', v) }}",
        "{% filter trim %}**{{ v }}**{% endfilter %}",
        "{% macro b(x) %}**{{ caller(x) }}**{% endmacro %}{% call(y) b(v) %}{{ y }}{% endcall %}",
        "{% for x in [v] %}**{{ x }}**{% endfor %}",
        "{% block a %}**{{ v }}**{% endblock %}",
        "{{ '**'|safe }}{{ v }}{{ '**'|safe }}",
        "**{{ v|e }}**",
        "**{{ v|escape|upper|lower }}**",
    ],
)
def test_templates_may_compute(render, source):
    """Macros, blocks, filters and joined strings keep apart what the developer wrote and what the value says."""
    text, html = render(source, {"v": "*[o'b](http://e)<i>"})
    assert text == "***[o'b](http://e)<i>**"
    assert body(html) == "<p><strong>*[o&#x27;b](http://e)&lt;i&gt;</strong></p>\n"


@pytest.mark.parametrize(
    "source",
    [
        "{% set x %}a *{% endset %}{{ x[:-1] ~ v }}",
        "{% set x %}a *b{% endset %}{{ x|replace('*', v) }}",
        "{% set x %}a {% endset %}{{ (x ~ v)|list|join }}",
        "{% set x %}a *b*{% endset %}{{ x|truncate(40, True, v) }}",
        "{% set x %}a *b*{% endset %}{{ x|upper|replace('B', v)|reverse }}",
    ],
)
@pytest.mark.parametrize("value", ["[x](http://evil.example)", "<http://evil.example>", "*x* **y**", "# x"])
def test_a_mark_that_is_cut_is_worth_nothing(render, source, value):
    """Filters that cut what the developer wrote into pieces lend no markup to the value beside it."""
    html = render(source, {"v": value})[1]
    assert "href" not in html
    assert "<h1" not in html
    assert "<em>x" not in html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "{% set c %}spring sale{% endset %}[open](https://e.org/?c={{ c|urlencode }})",
            "[open](https://e.org/?c=spring%20sale)",
        ),
        ("{% set c %}a *b*{% endset %}{{ c|tojson }}", '"a *b*"'),
        ("{% set c %}Dear Ada, hi{% endset %}{{ c|length }} {{ c|wordcount }}", "12 3"),
        ("{% set c %}Dear Ada, hi{% endset %}{{ c|truncate(11, False, '...', 0) }}", "Dear..."),
        ("{% macro m() %}a b{% endmacro %}{{ m()|urlencode }}", "a%20b"),
        ("{% filter urlencode %}a b{% endfilter %}", "a%20b"),
    ],
)
def test_filters_that_read_see_no_marks(render, source, text):
    """What counts or encodes a block's text gets what the developer wrote."""
    assert render(source)[0] == text


@pytest.mark.parametrize("encode", [lambda lists: quote(lists[0][0]), json.dumps, repr])
def test_marks_do_not_leave_a_rendering(render, encode):
    """A function that encodes Markdown deep in what it is given is told so; nothing goes out that tells the mark."""
    with pytest.raises(TemplateError, match="encodes Markdown that one of its blocks or macros made"):
        render("{% set c %}a *b*{% endset %}{{ encode([[c]]) }}", {"encode": encode})


def test_a_list_of_blocks_is_not_shown(render):
    """A list that holds the text of a block, shown as Python writes lists, is refused."""
    with pytest.raises(TemplateError, match="encodes Markdown that one of its blocks or macros made"):
        render("{% set c %}a *b*{% endset %}{{ [c] }}")


def test_a_mark_that_was_let_out_is_worth_nothing(tmp_path):
    """Who learns the mark of a message forges nothing in the next, though its template is compiled once."""
    (tmp_path / "mail.md").write_text("{% set c %}*][)({% endset %}{{ note([[c]]) }}{{ c }}{{ name }}")
    seen = []
    context = {"note": lambda lists: seen.append(lists[0][0]) or "", "name": "x"}
    render_template_content("mail.md", context, tmp_path)
    mark = seen[0][:12]
    _, closing, opening, end, begin = seen[0].split(mark)[1:]
    forged = "".join((mark + opening, "click", mark + closing, mark + begin, f"http{mark}:evil.example", mark + end))
    with pytest.raises(TemplateError, match=r"rendered U\+FD[DE][0-9A-F], a noncharacter"):
        render_template_content("mail.md", {**context, "name": forged}, tmp_path)
    assert seen[0] != seen[1]


def test_an_error_shows_no_marks(render):
    """What a template did wrong with the text of a block is said without them."""
    with pytest.raises(TemplateError, match=r"has no attribute 'a \*b'") as caught:
        render("{% set c %}a *b{% endset %}{{ {}[c] }}")
    assert str(caught.value).isprintable()


def test_safe_is_markdown(render):
    """What a developer marks as safe is Markdown; html that is marked so in Python is its text."""
    from markupsafe import Markup

    assert body(render("{{ v|safe }}", {"v": "*x*"})[1]) == "<p><em>x</em></p>\n"
    text, html = render("{{ v }}", {"v": Markup("<b>*bold*</b> &amp; more")})
    assert text == "*bold* & more"
    assert body(html) == "<p>*bold* &amp; more</p>\n"


def test_a_constant_is_text(render):
    """Text in an expression is a value."""
    assert body(render("{{ '*x*' }}")[1]) == "<p>*x*</p>\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_address_may_be_a_value(render, engine):
    """A link's address comes from a value with everything that is in it, also in angle brackets."""
    context = {"url": "https://e.org/a_(b)?x=1&y=*", "mail": "o'b_x_@e.org", "wide": "https://e.org/a b"}
    html = render("[x]({{ url }}) <{{ url }}> <{{ mail }}> [y]({{ wide }})", context, engine=engine)[1]
    links = [each.attributes()["href"] for each in html_tokens(html) if isinstance(each, Tag) and "href" in each.body]
    assert [each.replace("%20", " ") for each in links] == [
        context["url"],
        context["url"],
        f"mailto:{context['mail']}",
        context["wide"],
    ]


@pytest.mark.parametrize(("length", "is_link"), [(2_045, True), (2_046, False)])
def test_an_address_in_angle_brackets_has_a_length(render, length, is_link):
    """One that is longer than browsers take is text."""
    url = "https://e.org/".ljust(length, "x")
    assert (f'<a href="{url}">' in render("<{{ url }}>", {"url": url})[1]) is is_link


def test_a_line_of_a_value_is_a_line(render):
    """What was typed in lines is shown in lines; within code as it is."""
    context = {"v": "one\ntwo\r\nthree"}
    assert body(render("{{ v }}", context)[1]) == "<p>one<br>\ntwo<br>\nthree</p>\n"
    assert body(render("```\n{{ v }}\n```", context)[1]) == "<pre><code>one\ntwo\nthree\n</code></pre>\n"
    assert body(render('[x](https://e.org "{{ v }}")', context)[1]) == (
        '<p><a href="https://e.org" title="one two three">x</a></p>\n'
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "source",
    [
        "a <b>c</b>",
        "<div>\nx\n</div>",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- note -->",
        "<br>",
        "<br/>",
        "> <iframe src=x></iframe>",
        "- <svg onload=alert(1)>",
        "[a <i>b</i>](https://e.org)",
        "| a |\n|---|\n| <b>x</b> |",
        "[x]: https://e.org\n\n<u>x</u>",
        "{{ '<b>x</b>'|safe }}",
    ],
)
def test_html_is_refused(render, source, engine):
    """Html in a template's Markdown is an error that shows it."""
    with pytest.raises(TemplateError, match="has the html '<"):
        render(source, engine=engine)


def test_refused_html_has_its_line():
    """The error says where the html stands in what was rendered."""
    from openviper.core.email._rendering.markdown import markdown_html

    with pytest.raises(TemplateError, match="'<b>' in line 4"):
        markdown_html("a\n\nb\nc <b>d</b>")


def test_signs_are_no_html(render):
    """A lonely less-than sign, an escaped one and one in code are shown."""
    assert body(render("1 < 2 \\<b> `<b>`")[1]) == "<p>1 &lt; 2 &lt;b&gt; <code>&lt;b&gt;</code></p>\n"


@pytest.mark.parametrize("value", ["b", "script", "b>", "/b", "!-- x --"])
def test_a_value_makes_no_tag_with_the_sign_of_a_template(render, value):
    """``<{{ value }}>`` is text unless the value is an address."""
    assert body(render("x <{{ v }}>", {"v": value})[1]).startswith("<p>x &lt;")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "source",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](&#x6a;avascript:alert(1))",
        "[x]( <javascript:alert(1)> )",
        "[x](vbscript:x)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](data:image/svg+xml,x)",
        "[x](file:///etc/passwd)",
        "[x][y]\n\n[y]: javascript:alert(1)",
        "[x]({{ 'javascript:'|safe }}{{ v }})",
    ],
)
def test_a_link_that_runs_a_script_is_refused(render, source, engine):
    """``javascript:``, ``data:`` and their like, however they are written, are errors in a template."""
    with pytest.raises(TemplateError, match="has the link"):
        render(source, {"v": "alert(1)"}, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JAVASCRIPT:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "view-source:javascript:x",
    ],
)
def test_a_value_that_runs_a_script_is_no_link(render, url, engine):
    """A value that is such an address makes no link, in any of the places that an address has; the message is sent."""
    html = render("[x]({{ v }}) ![x]({{ v }}) <{{ v }}> [y]\n\n[y]: {{ v }}\n", {"v": url}, engine=engine)[1]
    for token in html_tokens(html):
        found = token.attributes() if isinstance(token, Tag) else {}
        for name in ("href", "src"):
            scheme = "".join(found.get(name, "").split()).lower().partition(":")
            assert scheme[1] == "" or scheme[0] not in (
                "javascript",
                "vbscript",
                "data",
                "view-source",
                "\x01javascript",
            )


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://e.org", True),
        ("/path", True),
        ("path:with", True),
        ("#javascript:x", True),
        ("?a=javascript:x", True),
        ("mailto:a@e.org", True),
        ("cid:logo", True),
        ("myapp://open", True),
        ("", True),
        ("javascript:x", False),
        ("j\na\tv\0ascript:x", False),
        ("\xa0javascript:x", False),
        ("DATA:x", False),
        ("blob:x", False),
    ],
)
def test_which_links_are_safe(url, safe):
    """Only what would run, or read the reader's disk, is not."""
    assert is_safe_link(url) is safe


def test_a_layout_stands_around_it(render, tmp_path):
    """``email_markdown.html`` beside the templates gets the html as ``content``, and the context."""
    (tmp_path / "email_markdown.html").write_text("<title>{{ name }}</title>{{ content }}")
    text, html = render("*Hello* {{ name }}", {"name": "<Ada>"})
    assert text == "*Hello* <Ada>"
    assert html == "<title>&lt;Ada&gt;</title><p><em>Hello</em> &lt;Ada&gt;</p>\n"


def test_markdown_has_a_limit(render):
    """More than 256 KiB is refused, however little the template is."""
    with pytest.raises(TemplateError, match="rendered 262145 bytes of Markdown; expected at most 262144"):
        render("{{ 'x' * n }}", {"n": 262_145})
    assert len(render("{{ 'x' * n }}", {"n": 262_144})[0]) == 262_144


@pytest.mark.parametrize(
    "piece", ["[", "![", "*a ", "`a``b", "<", "> ", "|", "[a](", "_*", "~~a", "1. ", "\\", "&#", "- \n"]
)
def test_no_markdown_takes_long(render, piece):
    """40 kB of anything are parsed within seconds."""
    begin = time.monotonic()
    render("{% raw %}" + piece * (40_000 // len(piece)) + "{% endraw %}")
    assert time.monotonic() - begin < 20


def test_python_markdown_ends_at_its_deadline(render):
    """20 kB of brackets take Python-Markdown more than a minute; its process is ended, and the error says so."""
    begin = time.monotonic()
    with (
        override_settings(EMAIL_TIMEOUT=1.5),
        pytest.raises(TemplateError, match=r"Markdown took longer than 1\.5 s to render and was ended"),
    ):
        render("[" * 20_000, engine="markdown")
    assert time.monotonic() - begin < 20


def test_the_extra_is_named_where_it_is_missing(render, monkeypatch):
    """Without Python-Markdown, the setting is an error that says what to install."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "markdown"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_NoMarkdown(), *sys.meta_path])
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'openviper-email\[markdown\]'"):
        render("x", engine="markdown")


class _NoMarkdown:
    def find_spec(self, name, path=None, target=None):
        if name == "markdown":
            raise ModuleNotFoundError("No module named 'markdown'", name="markdown")
