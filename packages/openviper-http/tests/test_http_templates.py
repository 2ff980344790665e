"""Pages made of Jinja2 templates."""

from __future__ import annotations

import sys

import jinja2
import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.http import TemplateResponse
from openviper.testing import test_client


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A project's templates, and an installed app's with one of the same name."""
    project = tmp_path / "templates"
    app = tmp_path / "templated_shop" / "templates"
    for folder in (project, app):
        folder.mkdir(parents=True)
    (app.parent / "__init__.py").touch()
    (project / "page.html").write_text(
        '<a href="{{ url_for("user", id=5) }}">{{ name }}</a><link href="{{ static("/a b.css") }}">'
        "{{ request.method }} {{ request.url.path }}"
    )
    (project / "links.html").write_text("{% macro user(id) %}{{ url_for('user', id=id) }}{% endmacro %}")
    (project / "imports.html").write_text("{% from 'links.html' import user %}{{ user(7) }}")
    (project / "broken.html").write_text("{{ nmae }}")
    (app / "page.html").write_text("hidden by the project's")
    (app / "shop.html").write_text("shop")
    monkeypatch.syspath_prepend(str(tmp_path))
    with override_settings(TEMPLATES_DIR=project, INSTALLED_APPS=("templated_shop",)):
        yield site_app()
    sys.modules.pop("templated_shop", None)


def site_app():
    app = OpenViper()
    app.get("/users/{id:int}", name="user")(lambda id: "")

    @app.get("/shows/{template}")
    async def show(template):
        return TemplateResponse(template, {"name": "O'Brien <b>"}, 201, {"x-more": "yes"})

    return app


async def test_html_is_escaped_and_sees_the_request(site):
    """Values are text, not markup; links are made by name, static files by path."""
    async with test_client(site) as client:
        response = await client.get("/shows/page.html")
    assert response.status_code == 201
    assert response.headers["x-more"] == "yes"
    assert response.text == (
        '<a href="/users/5">O&#39;Brien &lt;b&gt;</a><link href="/static/a%20b.css">GET /shows/page.html'
    )


@pytest.mark.parametrize(
    ("name", "content_type", "text"),
    [
        ("note.txt", "text/plain", "O'Brien <b>"),
        ("note.md", "text/plain", "O'Brien <b>"),
        ("note.txt.jinja", "text/plain", "O'Brien <b>"),
        ("note.html.j2", "text/html", "O&#39;Brien &lt;b&gt;"),
        ("note.xhtml", "text/html", "O&#39;Brien &lt;b&gt;"),
        ("note.jinja2", "text/html", "O&#39;Brien &lt;b&gt;"),
        ("note", "text/html", "O&#39;Brien &lt;b&gt;"),
    ],
)
async def test_only_what_is_named_text_is_not_escaped(site, tmp_path, name, content_type, text):
    """And it is sent as text: no browser takes it for markup."""
    (tmp_path / "templates" / name).write_text("{{ name }}")
    async with test_client(site) as client:
        response = await client.get(f"/shows/{name}")
    assert (response.text, response.headers["content-type"]) == (text, f"{content_type}; charset=utf-8")


async def test_installed_apps_bring_templates(site):
    """The project's folder is searched first, so that it can replace an app's page."""
    async with test_client(site) as client:
        assert (await client.get("/shows/shop.html")).text == "shop"


async def test_links_are_made_in_imported_macros_too(site):
    """A macro of another file does not see the context; the request is known all the same."""
    async with test_client(site) as client:
        assert (await client.get("/shows/imports.html")).text == "/users/7"


async def test_links_inside_a_mount_keep_its_prefix(site):
    """``url_for`` gives a path that leads back to the mounted application."""
    outer = OpenViper()
    outer.mount("/inner", site)
    async with test_client(outer) as client:
        assert 'href="/inner/users/5"' in (await client.get("/inner/shows/page.html")).text


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nowhere.html", jinja2.TemplateNotFound),
        ("../secret.html", jinja2.TemplateNotFound),
        ("broken.html", jinja2.UndefinedError),
    ],
)
@pytest.mark.usefixtures("site")
def test_a_template_that_cannot_be_shown_is_an_error(name, error):
    """A misspelt name is not shown as nothing, and no name leaves the folders."""
    with pytest.raises(error):
        TemplateResponse(name, {"name": "x"})
