"""The site, as a visitor's browser sees it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

PAGES = ("/", "/issues", "/issues/1", "/issues/6", "/subscribe", "/welcome", "/pulse", "/nothing-here")


class Outline(HTMLParser):
    """Collects what accessibility and a strict Content-Security-Policy depend on."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.labels, self.headings = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "label":
            self.labels.append(attributes["for"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_can_be_read_by_everybody(site, path):
    """One h1, no level skipped, a language, a title, labels and descriptions that lead somewhere."""
    outline = Outline((await site.get(path)).text)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert ("html", {"lang": "en"}) in outline.tags
    for tag, attributes in outline.tags:
        described = attributes.get("aria-describedby", "") + " " + attributes.get("aria-labelledby", "")
        assert set(described.split()) <= set(outline.ids)
        if tag == "input" and attributes.get("type") != "hidden":
            assert attributes["id"] in outline.labels
        if tag == "img":
            assert "alt" in attributes


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_needs_scripts_or_inline_styles(site, path):
    """A policy of default-src 'self' breaks nothing: no script, no style, nothing from elsewhere."""
    response = await site.get(path)
    # For the form's token, and nothing else.
    has_form = "<form" in response.text
    assert ("set-cookie" in response.headers) == has_form
    assert response.headers.get("set-cookie", "csrftoken=").startswith("csrftoken=")
    for tag, attributes in Outline(response.text).tags:
        assert tag not in ("script", "style", "iframe")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert not str(attributes.get("src") or attributes.get("href") or "/").startswith(("http", "//", "data:"))


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/nothing-here"])
async def test_every_link_leads_somewhere(site, path):
    """Pages, stylesheets and pictures that a page names are there."""
    for _, attributes in Outline((await site.get(path)).text).tags:
        target = attributes.get("href") or attributes.get("src")
        if target and not target.startswith("#"):
            assert (await site.get(target)).status_code == 200, target


async def test_the_start_page_shows_the_three_latest_issues(site):
    """The newest first, and a link to the others."""
    text = (await site.get("/")).text
    assert re.findall(r'href="/issues/(\d+)"', text) == ["6", "5", "4"]
    assert 'href="/issues"' in text


async def test_the_footer_has_the_plugins_count(site):
    """The plugin's template stands in the site's."""
    await site.get("/")
    assert "1 page served before this one" in (await site.get("/issues")).text


async def test_an_unknown_page_is_the_sites_own(site):
    """A browser gets the site's page, a program JSON; both are told 404."""
    page = await site.get("/nothing-here")
    assert page.status_code == 404
    assert "There is no such page" in page.text
    answer = await site.get("/nothing-here", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


async def test_the_api_says_what_it_has(site):
    """Each address that is no template answers."""
    links = (await site.get("/api")).json()
    assert sorted(links) == ["issue", "issues", "pulse", "subscribers"]
    for name in ("issues", "subscribers", "pulse"):
        assert (await site.get(links[name])).status_code == 200
    assert (await site.get(links["issue"].format(number=3))).json()["number"] == 3


async def test_another_title_is_shown_everywhere(project, database_path):
    """The newsletter's own settings reach its pages, escaped."""
    from newsletter.app import app
    from newsletter.sections import NewsletterSettings
    from openviper.conf import override_settings
    from openviper.testing import test_client

    with override_settings(NewsletterSettings, NEWSLETTER_TITLE="Ada & <Co>"):
        async with test_client(app) as client:
            text = (await client.get("/issues")).text
    assert "Ada &amp; &lt;Co&gt;" in text
    assert "<Co>" not in text


async def test_scripts_of_a_listed_origin_may_read_and_no_others(project):
    """An origin that the settings name; a preflight for anything but reading is refused."""
    from newsletter.app import app
    from openviper.conf import override_settings
    from openviper.testing import test_client

    with override_settings(CORS_ALLOWED_ORIGINS=("https://friend.example",)):
        async with test_client(app) as client:
            for origin, allowed in (
                ("https://friend.example", "https://friend.example"),
                ("https://evil.example", None),
            ):
                answer = await client.get("/api/issues", headers={"Origin": origin})
                assert answer.headers.get("access-control-allow-origin") == allowed
            asked = {"Origin": "https://friend.example", "Access-Control-Request-Method": "POST"}
            preflight = await client.options("/subscribe", headers=asked)
            assert preflight.status_code == 400
            assert "POST" not in preflight.headers.get("access-control-allow-methods", "")


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [("/", "localhost", 200), ("/nothing-here", "localhost:8000", 404), ("/", "evil.example", 400), ("/", "", 400)],
)
async def test_every_answer_has_the_security_headers_and_an_id(site, path, host, status):
    """Also one that refuses a host that is not the site's."""
    answer = await site.get(path, headers={"Host": host})
    assert answer.status_code == status
    for name in ("content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"):
        assert answer.headers[name]
    assert answer.headers["x-request-id"]
