"""Rules of style sheets moved into attributes."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email._rendering import css
from openviper.core.email.templates import TemplateError, render_template_content

PAGE = (
    "<html><head><style>p { color: red } @media (max-width: 9em) { p { color: blue } }</style>{}</head>"
    "<body><p>Hello</p></body></html>"
)


def rendered(folder, head):
    (folder / "page.html").write_text(PAGE.replace("{}", head))
    with override_settings(EMAIL_INLINE_CSS=True):
        return render_template_content("page.html", {}, folder)[1]


def test_rules_become_attributes(tmp_path):
    """With EMAIL_INLINE_CSS, a rule stands in the element that it is for, and @media stays where it was."""
    html = rendered(tmp_path, "")
    assert '<p style="color: red;">' in html
    assert "@media" in html


def test_without_the_setting_nothing_changes(tmp_path):
    """Html is what the template says."""
    (tmp_path / "page.html").write_text(PAGE)
    assert render_template_content("page.html", {}, tmp_path)[1] == PAGE


def test_markdown_with_a_layout_is_styled(tmp_path):
    """The rules of the layout reach the paragraphs that Markdown made."""
    (tmp_path / "email_markdown.html").write_text("<style>p { color: red }</style>{{ content }}")
    (tmp_path / "hello.md").write_text("Hello")
    with override_settings(EMAIL_INLINE_CSS=True):
        text, html = render_template_content("hello.md", {}, tmp_path)
    assert text == "Hello"
    assert '<p style="color: red;">Hello</p>' in html


class Recorder(BaseHTTPRequestHandler):
    """Answers with CSS, and remembers."""

    def do_GET(self):
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()
        self.wfile.write(b"p { margin: 7px }")

    def log_message(self, *arguments):
        pass


def test_nothing_is_fetched_and_no_file_is_read(tmp_path):
    """Style sheets of the network and of the file system are left alone, whatever links to them."""
    sheet = tmp_path / "local.css"
    sheet.write_text("p { padding: 7px }")
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    server.paths = []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/remote.css"
        links = "".join(f'<link rel="stylesheet" href="{each}">' for each in (url, sheet, sheet.as_uri(), "local.css"))
        html = rendered(tmp_path, f"{links}<style>@import '{url}'; @import '{sheet}';</style>")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert server.paths == []
    assert "7px" not in html


@pytest.mark.parametrize("more", [0, 1])
def test_a_document_has_a_largest_size(tmp_path, more):
    """128 KiB in UTF-8 are styled, and one byte more is refused: meanwhile nothing else of the program runs."""
    page = PAGE.replace("{}", "")
    left = 131_072 + more - len(page)
    (tmp_path / "page.html").write_text(page.replace("Hello", "Hello" + "é" * (left // 2) + "x" * (left % 2)))
    with override_settings(EMAIL_INLINE_CSS=True):
        if more:
            with pytest.raises(
                TemplateError, match=r"has 131073 bytes; with EMAIL_INLINE_CSS it may have 131072: shorten"
            ):
                render_template_content("page.html", {}, tmp_path)
        else:
            assert '<p style="color: red;">' in render_template_content("page.html", {}, tmp_path)[1]
    assert "Hello" in render_template_content("page.html", {}, tmp_path)[1]


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch):
    """Without css-inline, the setting is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "css_inline", None)
    css._inliner.cache_clear()
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'openviper-email\[css\]'"):
        rendered(tmp_path, "")
