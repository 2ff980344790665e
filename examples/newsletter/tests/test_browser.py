"""The browser of the demo's check."""

from __future__ import annotations

import http.server
import os
import threading

import pytest

from browser import Browser, find_chromium
from elsewhere import Elsewhere
from running import Surprise

# Where everything is promised to be there, a test that finds no browser fails.
REQUIRED = os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1"
pytestmark = pytest.mark.skipif(find_chromium() is None and not REQUIRED, reason="no chromium on PATH")


@pytest.fixture
def browser():
    """An open browser."""
    with Browser(find_chromium()) as browser:
        yield browser


class Pages(http.server.BaseHTTPRequestHandler):
    """A form, and a page that shows what was sent; a policy that lets nothing run."""

    def do_GET(self):
        if self.path == "/framed":
            self.answer('<h1>Page</h1><iframe sandbox src="/"></iframe>', policy="frame-src 'self'")
            return
        self.answer(
            '<h1 style="color: red">Form</h1><form method="post"><input name="who" value="?"><button>Go</button>'
        )

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.answer(f"<p>{body.decode()}<p>{self.headers['sec-fetch-site']}", 403)

    def answer(self, text, status=200, policy="default-src 'none'"):
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def url():
    """Where ``Pages`` are served."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_a_page_is_shown_with_what_the_browser_says_of_it(browser, url, tmp_path):
    """Its status and text, what its policy kept out, and a picture."""
    browser.open(url)
    assert (browser.address, browser.status) == (url, 200)
    assert browser.text.startswith("Form")
    assert ["inline style violates" in each for each in browser.complaints] == [True]
    browser.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_a_form_is_sent_as_a_reader_sends_it(browser, url):
    """What was typed takes the place of what stood there; the page after it is waited for."""
    browser.open(url)
    browser.submit(who="Zoë & co")
    assert browser.status == 403
    assert browser.text.split() == ["who=Zo%C3%AB+%26+co", "same-origin"]


def test_a_page_that_goes_on_by_itself_is_followed(browser, url):
    """To the address that was asked for."""
    with Elsewhere() as elsewhere:
        browser.open(elsewhere.form(elsewhere.stranger, f"{url}next", '"ada"'))
        browser.wait_for_page(url)
    assert browser.text.split() == ["address=%22ada%22", "cross-site"]


def test_scripts_run_in_the_page(browser, url):
    """What they return is awaited; what they raise is a surprise."""
    browser.open(url)
    assert browser.run("new Promise(resolve => setTimeout(() => resolve([1, 'a', null]), 10))") == [1, "a", None]
    with pytest.raises(Surprise, match="nothingOfThisName"):
        browser.run("nothingOfThisName()")


def test_a_sandboxed_frame_is_looked_into(browser, url):
    """What stands in it, and what its policy kept out; afterwards the page is the one that is driven."""
    browser.open(f"{url}framed")
    assert "Form" in browser.frame_text
    assert [each for each in browser.complaints if "inline style" in each]
    assert browser.text == "Page"


def test_no_wait_is_for_ever():
    """Here the script never ends."""
    with (
        Browser(find_chromium(), patience=2) as browser,
        pytest.raises(Surprise, match=r"in vain for an answer to Runtime\.evaluate"),
    ):
        browser.run("new Promise(() => {})")


def test_an_address_that_nobody_serves_is_a_surprise(browser):
    """With the browser's word for it."""
    with pytest.raises(Surprise, match="ERR_"):
        browser.open("http://127.0.0.1:1/")


def test_nothing_of_it_is_left():
    """Neither its profile nor its process."""
    with Browser(find_chromium()) as browser:
        assert browser._profile.is_dir()
    assert not browser._profile.exists()
    with pytest.raises(ChildProcessError):
        os.waitpid(browser._process, os.WNOHANG)


def test_a_program_that_is_no_browser_is_a_surprise():
    """It ends before it has said anything; its profile is removed all the same."""
    browser = Browser("/bin/true")
    with pytest.raises((Surprise, BrokenPipeError)), browser:
        raise AssertionError("it must not start")
    assert not browser._profile.exists()
