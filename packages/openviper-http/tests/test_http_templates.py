"""Pages made of Jinja2 templates."""

from __future__ import annotations

import sys

import jinja2
import pytest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.middleware import BaseMiddleware
from openviper.http import HttpSettings, TemplateResponse
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


class Lazy:
    """A value that a middleware makes when it is read."""

    field_name = "to<ken"

    def __init__(self, text):
        self.text, self.read = text, 0

    def __str__(self):
        self.read += 1
        return self.text

    def __html__(self):
        return str(self)


def leaving(state):
    """Return a middleware that leaves ``state`` to the request."""

    class Leaving(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            scope.setdefault("state", {}).update(state)
            await self.app(scope, receive, send)

    return Leaving


async def show(site, tmp_path, text, state, name="state.html", context=None):
    """Return what a template shows in a request that has ``state``."""
    (tmp_path / "templates" / name).write_text(text)
    app = OpenViper(middleware=[leaving(state)])
    app.get("/")(lambda: TemplateResponse(name, context))
    async with test_client(app) as client:
        return (await client.get("/")).text


SHOWN = "[{{ csrf_token }}][{{ csrf_input }}][{{ csp_nonce }}]"


@pytest.mark.parametrize(
    ("name", "state", "text"),
    [
        ("a.html", {}, "[][][]"),
        ("a.txt", {}, "[][][]"),
        (
            "a.html",
            {"csrf_token": Lazy("a-token"), "csp_nonce": Lazy("a-nonce")},
            '[a-token][<input type="hidden" name="to&lt;ken" value="a-token">][a-nonce]',
        ),
        (
            "a.txt",
            {"csrf_token": Lazy("a-token"), "csp_nonce": Lazy("a-nonce")},
            '[a-token][<input type="hidden" name="to&lt;ken" value="a-token">][a-nonce]',
        ),
        (
            "a.html",
            {"csrf_token": '"<b>', "csp_nonce": "<b>"},
            '[&#34;&lt;b&gt;][<input type="hidden" name="csrfmiddlewaretoken" value="&#34;&lt;b&gt;">][&lt;b&gt;]',
        ),
    ],
)
async def test_what_middleware_left_is_shown(site, tmp_path, name, state, text):
    """The token, a field with it, and the nonce; nothing where there is no such middleware."""
    assert await show(site, tmp_path, SHOWN, state, name) == text


async def test_what_middleware_left_is_read_only_where_it_is_shown(site, tmp_path):
    """A template may ask whether it is there, and pass it on, without having it made."""
    state = {"csrf_token": Lazy("a-token"), "csp_nonce": Lazy("a-nonce")}
    text = (
        "{% macro unused() %}{{ csrf_token }}{% endmacro %}{% set passed = csrf_input %}"
        "{% if csrf_token and csrf_input and csp_nonce %}there{% else %}not{% endif %}"
    )
    assert await show(site, tmp_path, text, state) == "there"
    assert await show(site, tmp_path, text, {}) == "not"
    assert (state["csrf_token"].read, state["csp_nonce"].read) == (0, 0)


async def test_imported_macros_show_what_middleware_left(site, tmp_path):
    """A macro of another file does not see the context; a form there has its token all the same."""
    (tmp_path / "templates" / "form.html").write_text("{% macro form() %}<form>{{ csrf_input }}</form>{% endmacro %}")
    text = "{% from 'form.html' import form %}{{ form() }}"
    assert 'value="a-token"' in await show(site, tmp_path, text, {"csrf_token": Lazy("a-token")})


async def test_the_context_goes_before_what_middleware_left(site, tmp_path):
    """Whoever names a value gets it."""
    context = {"csrf_token": "mine", "csrf_input": "<mine>", "csp_nonce": ""}
    state = {"csrf_token": Lazy("a-token"), "csp_nonce": Lazy("a-nonce")}
    assert await show(site, tmp_path, SHOWN, state, context=context) == "[mine][&lt;mine&gt;][]"
    assert state["csrf_token"].read == 0


@pytest.mark.usefixtures("site")
def test_outside_of_a_request_there_is_nothing_to_show(tmp_path):
    """A page rendered by a worker, or a test, has no token."""
    (tmp_path / "templates" / "state.html").write_text(SHOWN)
    assert TemplateResponse("state.html").body == b"[][][]"


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


async def test_what_middleware_left_goes_to_scripts_as_json(site, tmp_path):
    """By the filter that every template engine has for it, with the characters of markup escaped."""
    state = {"csrf_token": Lazy("a</script>")}
    text = "{{ csrf_token|tojson }} {{ {'a': [csp_nonce]}|tojson }}"
    assert await show(site, tmp_path, text, state) == '"a\\u003c/script\\u003e" {"a":[""]}'


@pytest.mark.usefixtures("site")
def test_static_links_to_the_hashed_name(tmp_path):
    """As collectstatic has written it into the manifest."""
    (tmp_path / "templates" / "link.txt").write_text("{{ static('/css/site.css') }}")
    (tmp_path / "staticfiles.json").write_text('{"paths": {"css/site.css": "css/site.3f2a9c1b.css"}}')
    with override_settings(HttpSettings, STATIC_HASHED=True, STATIC_ROOT=tmp_path):
        assert TemplateResponse("link.txt").body == b"/static/css/site.3f2a9c1b.css"
