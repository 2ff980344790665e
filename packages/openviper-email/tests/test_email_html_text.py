"""The text of an html message."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openviper.core.email._rendering.html_text import text_from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain\n"),
        ("<p>one</p><p>two</p>", "one\n\ntwo\n"),
        ("<p>a\n  b\tc</p>", "a b c\n"),
        ("a<br>b<br/>c<br><br>d", "a\nb\nc\n\nd\n"),
        ("<div>a</div><div>b</div>", "a\nb\n"),
        ("<h1>Title</h1>text", "Title\n\ntext\n"),
        ("O&#39;Brien &amp; S&ouml;hne &lt;3 &euro;5", "O'Brien & Söhne <3 €5\n"),
        ("1 < 2 > 0 & x<y", "1 < 2 > 0 & x\n"),
        ("a <b>bold</b><i> word</i>", "a bold word\n"),
        ("<a href='https://e.org/?a=1&amp;b=2'>Confirm</a>", "Confirm (https://e.org/?a=1&b=2)\n"),
        ("<a href=https://e.org>Confirm</a>.", "Confirm (https://e.org).\n"),
        ('<a href="https://e.org">https://e.org</a>', "https://e.org\n"),
        ('<a href="https://e.org"></a>', "https://e.org\n"),
        ('<a href="mailto:a@e.org">a@e.org</a>', "a@e.org\n"),
        ('<a href="mailto:a@e.org">Ask</a>', "Ask (a@e.org)\n"),
        ('<a href="#top">Top</a>', "Top\n"),
        ("<a name=top>Top</a>", "Top\n"),
        ('<a href="https://e.org"><img src="cid:l" alt="Logo"></a>', "Logo (https://e.org)\n"),
        ('<a href="https://e.org"><div>Block</div></a>', "Block (https://e.org)\n"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>x", "- a\n- b\n  - c\n\nx\n"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b\n"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b\n"),
        ("<ol start=x><li>a</ol>", "1. a\n"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b\n"),
        (
            "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>3</td></tr></table>",
            "Item | Price\nTea | 3\n",
        ),
        ("<table><tr><td>\n<table><tr><td>inner</td></tr></table></td></tr></table>", "inner\n"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc\n"),
        ("<pre>a\n  b\r\nc</pre>", "a\n  b\nc\n"),
        ("<pre>\n a</pre>", " a\n"),
        ("<pre>\r\n\na\n</pre>\n<pre>\nb</pre>", "\na\n\nb\n"),
        ("<pre><code>\na</code>\n</pre>", "\na\n"),
        ("x<pre>\n</pre>\ny", "x\n\ny\n"),
        ("a<hr>b", "a\n--------------------\nb\n"),
        ("<title>t</title><style>p{}</style><script>if (a</b) '</p>'</script>x", "x\n"),
        ("<SCRIPT>x</SCRIPT >y", "y\n"),
        ("<!-- a <p>b</p> -->c<!--> d <!---->e", "c d e\n"),
        ("<!DOCTYPE html><?xml ?><![CDATA[x]]>y", "y\n"),
        ('<div style="color:red; DISPLAY : none">hidden<div>too</div>and</div>shown', "shown\n"),
        ("<span hidden>x</span>y", "y\n"),
        ("<span hidden>a<span>b</span>c</span>y", "y\n"),
        ("<p style='display:none'>preheader<p>Hello Ada", "Hello Ada\n"),
        ("<p hidden>x<b>y<div>z</div>", "z\n"),
        ("<div><p hidden>x</div>y", "y\n"),
        ("<ul><li hidden>a<li>b</ul><p>rest", "- b\n\nrest\n"),
        ("<ul><li hidden>a<ul><li>b<li>c</ul>d<li>e</ul>", "- e\n"),
        ("<ul><li hidden>a</ul>rest", "rest\n"),
        ("<table><tr hidden><td>x<tr><td>y</table>after", "y\n\nafter\n"),
        ("<table><tr hidden><td><table><tr><td>x</table><tr><td>y</table>", "y\n"),
        ("<table><tr><td hidden>x<td>y</table>after", "y\n\nafter\n"),
        ("<table><tbody hidden><tr><td>x<tbody><tr><td>y</table>", "y\n"),
        ("<dl><dt hidden>a<dd>b</dl>c", "b\n\nc\n"),
        ("<template>x<p>z</template>y", "y\n"),
        ("<div hidden>a</p></b><br>b</div>c", "c\n"),
        ("<div hidden><p>a<div>b</div>c</div>d", "d\n"),
        ('<p title="a > b">c</p>', "c\n"),
        ("<p title=it's>c</p>d", "c\n\nd\n"),
        ("a<script>never ends", "a\n"),
        ("a<!-- never ends", "a\n"),
        ("a<p never ends", "a\n"),
        ("</p></ul></ol></blockquote></pre></a>x", "x\n"),
        ("a&#0;b&#xD800;&#99999999999999999999;&nosuch;", "a\ufffdb\ufffd\ufffd&nosuch;\n"),
        ("&#" + "9" * 5_000 + ";", "\ufffd\n"),
        ("<noscript>shown</noscript>", "shown\n"),
    ],
)
def test_what_a_reader_sees(html, text):
    """Paragraphs, links, lists and tables are text; what is not shown is left out."""
    assert text_from_html(html) == text


def test_a_page_becomes_a_letter():
    """A whole message reads as one."""
    html = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>a { color: red }</style></head>
    <body><div style="display:none">Preview</div>
      <h1>Your order</h1>
      <p>Dear&nbsp;Ada,<br> thank you. See <a href="https://shop.example/o/1">your order</a>.</p>
      <ul> <li>Tea</li> <li>Milk</li> </ul>
    </body></html>"""
    assert text_from_html(html) == (
        "Your order\n\nDear\xa0Ada,\nthank you. See your order (https://shop.example/o/1).\n\n- Tea\n- Milk\n"
    )


@settings(deadline=None)
@given(st.text("<>/!-ab \n\"'&#;=pre", max_size=60))
def test_nothing_raises(html):
    """Any text gives some text, without the tags that it has."""
    text = text_from_html(html)
    assert text == "" or text.endswith("\n")


PIECES = [
    "<!--",
    "<a ",
    '<a ">"',
    "<![CDATA[",
    "<!",
    "<?",
    "</",
    "</p",
    "&",
    "&#",
    "&#x",
    "&#9",
    "<ul><li>x",
    "<ol><li>x",
    "<blockquote>x",
    "<a href=x>y<br>",
    "<a href=x>",
    "<p hidden>",
    "<a x x x",
    "<script>",
    "<script></script",
    "<",
    "<td>",
    "<pre>\n",
    "<td> x",
    "&nbsp;<td>",
    "<i> </i><td>",
    "<a b='",
    "<a b=\"'",
    "<p style=display>",
    "<table><tr><td>",
    " ",
    "<img alt=x>",
    "<hr>",
    "<div style='display:none'>",
    "<a\t=",
    "-->",
    "<a b= ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_page_takes_long(piece):
    """Much of anything is read within seconds, and makes some times as much at most."""
    html = piece * (300_000 // len(piece))
    begin = time.thread_time()
    assert len(text_from_html(html)) < 1_800_000
    assert time.thread_time() - begin < 5


@pytest.mark.parametrize("body", ["\t" * 300_000, "x" + " " * 300_000, "x='" + " " * 300_000, "x" * 300_000 + "="])
def test_no_tag_takes_long(body):
    """One tag with a long body is read within seconds."""
    begin = time.monotonic()
    text_from_html(f"<a {body}>label</a>")
    text_from_html(f"<a {body}")
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    "piece", ["<li>", "<li></li>", "<p>", "<b>", "</b>", "<tr><td>", "</ul>", "<ul><li>", "<p></div>"]
)
@pytest.mark.parametrize("before", ["<li hidden>", "<p hidden>", "<div hidden>", "<li hidden><ul>" + "<b>" * 15_000])
def test_what_is_hidden_takes_no_long_time(before, piece):
    """However deep its elements are in each other, and whatever they leave open."""
    begin = time.thread_time()
    text_from_html(before + piece * 15_000)
    assert time.thread_time() - begin < 5
