"""The page at ``/`` of a project that has no routes yet, in debug mode."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from openviper.conf import settings
from openviper.core.pages import Page
from openviper.http import HTMLResponse

if TYPE_CHECKING:
    from ._application import OpenViper

__all__ = ["welcome"]

STYLE = """
:root { color-scheme: light dark; --ink: #17211b; --soft: #5b6a61; --line: #d8e2db; --ground: #f6f9f7; --leaf: #15803d }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6efe9; --soft: #93a59a; --line: #26332b; --ground: #0e1411; --leaf: #4ade80 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
main { max-width: 44rem; margin: 0 auto; padding: 12vh 1.5rem 4rem }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.02em }
a { color: var(--leaf) }
h1::before { content: ""; display: block; width: 3rem; height: .4rem; border-radius: 1rem; background: var(--leaf);
  margin-bottom: 1.5rem }
p { color: var(--soft); margin: 0 0 2rem } h2 { font-size: .85rem; color: var(--soft); margin: 2.5rem 0 .5rem }
pre, table { width: 100%; border: 1px solid var(--line); border-radius: .6rem; background: transparent }
pre { padding: 1rem; overflow-x: auto; margin: 0; font: .9rem/1.6 ui-monospace, monospace }
table { border-collapse: separate; border-spacing: 0 } td { padding: .5rem 1rem; border-top: 1px solid var(--line) }
tr:first-child td { border-top: 0 } td:last-child { text-align: right; color: var(--soft); white-space: nowrap;
  font-variant-numeric: tabular-nums }
"""

EXAMPLE = """@app.get("/")
async def home():
    return {"hello": "world"}"""


def welcome(app: OpenViper, pages: Sequence[Page]) -> Callable[[], Coroutine[Any, Any, HTMLResponse]]:
    """Return the handler of the start page of ``app``, which links to ``pages``."""

    async def start_page() -> HTMLResponse:
        return HTMLResponse(
            _page(app, pages), headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        )

    return start_page


def _page(app: OpenViper, pages: Sequence[Page]) -> str:
    title = escape(app.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style><main>'
        f"<h1>{title} is running.</h1><p>It has no routes yet. This page is shown because DEBUG is on; "
        f"settings: {escape(settings.source)}.</p><h2>A first route</h2><pre>{escape(EXAMPLE)}</pre>"
        f"<h2>Installed apps</h2>{_apps(app)}{_links(pages)}</main></html>"
    )


def _apps(app: OpenViper) -> str:
    rows = [f"<tr><td>{escape(each.name)}<td>{each.seconds * 1000:.0f} ms" for each in app.lifespan.apps]
    return f"<table>{''.join(rows)}</table>" if rows else "<p>None: INSTALLED_APPS is empty.</p>"


def _links(pages: Sequence[Page]) -> str:
    rows = [f'<tr><td><a href="{escape(page.path)}/">{escape(page.title)}</a><td>{escape(page.path)}' for page in pages]
    return f"<h2>Pages</h2><table>{''.join(rows)}</table>" if rows else ""
