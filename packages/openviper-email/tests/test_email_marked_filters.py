"""Filters on the text of a block in a Markdown template."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.core.email.templates import render_template_content

EVIL = "*x*\n\n# y [z](http://evil.example)"


@pytest.fixture
def render(tmp_path):
    """Renders the source of a Markdown template."""

    def rendered(source, **context):
        (tmp_path / "mail.md").write_text(source, encoding="utf-8")
        with override_settings(DEBUG=True):
            return render_template_content("mail.md", context, tmp_path)

    return rendered


@pytest.mark.parametrize(
    ("source", "text", "html"),
    [
        ("{% filter wordwrap(9) %}one *two* three{% endfilter %}", "one *two*\nthree", "one <em>two</em>\nthree"),
        ("{% filter trim %}\n  *a* \n{% endfilter %}.", "*a*.", "<em>a</em>."),
        ("{% set c %} *a* {% endset %}[{{ c|trim }}]", "[*a*]", "[<em>a</em>]"),
        ("{% set c %} *{{ v }}* {% endset %}{{ c|trim }}", "*b c*", "<em>b c</em>"),
        ("- a\n{% filter indent(2, true) %}- *b*{% endfilter %}", "- a\n  - *b*", "<ul>\n<li><em>b</em></li>\n</ul>"),
        ("x{% filter center(9) %}*a*{% endfilter %}x", "x   *a*   x", "x   <em>a</em>   x"),
        ("{% set c %}**a** b{% endset %}{{ c|replace('a** b', 'c**') }}", "**c**", "**c**"),
        ("{% set c %}*a* -- b{% endset %}{{ c|replace(' -- ', v) }}", "*a*b cb", "<em>a</em>b cb"),
        ("{% set c %}*a*-b-c{% endset %}{{ c|replace('-', '+', 1) }}", "*a*+b-c", "<em>a</em>+b-c"),
        ("{% set c %}*a*-b{% endset %}{{ c|replace('-', '+', 0) }}", "*a*-b", "<em>a</em>-b"),
        ("{% set c %}*a*-b{% endset %}{{ c|replace(c, c) }}", "*a*-b", "<em>a</em>-b"),
        ("{% set c %}*A*{% endset %}{{ c|lower }}", "*a*", "<em>a</em>"),
        ("{% set c %}*a*{% endset %}{{ x|default(c) if x is defined else c }}", "*a*", "<em>a</em>"),
    ],
)
def test_markdown_goes_through_a_filter(render, source, text, html):
    """What changes the space of a block's text, or pieces of it, leaves it Markdown."""
    made = render(source, v="b c")
    assert made[0] == text
    assert html in made[1]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% set c %}12 {% endset %}{{ c|int + 1 }} {{ c|float }}", "13 12.0"),
        ("{% set c %}a-b{% endset %}{{ c|reverse }} {{ c|first }}{{ c|last }}", "b-a ab"),
        ("{% set c %}a *b* c{% endset %}{{ c|truncate(6, true, '.', 0) }}", "a *b*."),
        ("{% set c %}a *b*{% endset %}{{ [c]|tojson }} {{ {'k': c}|tojson }}", '["a *b*"] {"k": "a *b*"}'),
        ("{% set c %}a b{% endset %}<a{{ {'k': c}|xmlattr }}", '<a k="a b"'),
        ("{% set c %}a *b*{% endset %}{{ c|pprint }}", "'a *b*'"),
    ],
)
def test_what_a_filter_reads_is_what_was_typed(render, source, text):
    """Filters that count, cut or encode see no marks, also in a list or a dict."""
    assert render(source)[0] == text


@pytest.mark.parametrize(
    "use",
    [
        "c|wordwrap(5)",
        "c|indent(4)",
        "c|trim",
        "c|center(99)",
        "c|replace('-', v)",
        "c|replace(v, '*')",
        "(c ~ v)|wordwrap(3)",
        "(v ~ c)|trim",
        "(c ~ v ~ c)|indent(4, true, true)",
        "c|trim('-*')",
        "v|wordwrap(3)",
        "c|wordwrap(3, wrapstring='\n# ')",
        "c|wordwrap(2, wrapstring=c)",
        "c|replace('', v)",
    ],
)
def test_no_filter_makes_markup_of_a_value(render, use):
    """What a value says is text after each of them."""
    html = render("{% set c %}- {{ v }} -{% endset %}a\n{{ " + use + " }}", v=EVIL)[1]
    for markup in ("href", "<em>x", "<h1", "<pre", "<code"):
        assert markup not in html


def test_a_filter_that_changes_more_than_space_keeps_no_marks(render):
    """A line that begins with something new is text as a whole: nobody can tell which of it was whose."""
    text, html = render("{% filter wordwrap(3, wrapstring='*') %}a * b *c*{% endfilter %}")
    assert text == "a **b**c*"
    assert f"<p>{text}</p>" in html
