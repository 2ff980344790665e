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
        if tag == "input":
            assert attributes["id"] in outline.labels
        if tag == "img":
            assert "alt" in attributes


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_needs_scripts_or_inline_styles(site, path):
    """A policy of default-src 'self' breaks nothing: no script, no style, nothing from elsewhere."""
    response = await site.get(path)
    assert "set-cookie" not in response.headers
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
