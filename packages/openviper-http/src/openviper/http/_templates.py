"""Responses rendered by Jinja2 (extra ``templates``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

try:
    import jinja2
except ImportError as error:
    raise ImportError("TemplateResponse needs Jinja2: pip install 'openviper-http[templates]'") from error
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse

from openviper.conf import settings
from openviper.core.app_resolver import AppResolver
from openviper.core.context import current_request

from ._urls import path_of_route

__all__ = ["TemplateResponse", "environment"]


class TemplateResponse(HTMLResponse):
    """A page made of a template under ``TEMPLATES_DIR`` or an installed app's ``templates/``, searched in this order.

    HTML and XML are escaped; a name that the context does not have is an error. Templates see ``request``,
    ``url_for(name, **path_params)`` and ``static(path)`` (under ``STATIC_URL``) beside the context.

    Args:
        name: ``"blog/entry.html"``.
        context: The template's variables.
        status_code: Of the response.
        headers: More of them.
        media_type: ``None``: ``text/html``.
        background: Runs once the response is sent.

    Raises:
        jinja2.TemplateNotFound: No folder has it.
        jinja2.UndefinedError: The template uses a name that it was not given.
    """

    def __init__(
        self,
        name: str,
        context: Mapping[str, Any] | None = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        self.template = environment().get_template(name)
        self.context = {"request": current_request.get(), **(context or {})}
        super().__init__(self.template.render(self.context), status_code, headers, media_type, background)


def environment() -> jinja2.Environment:
    """Return the Jinja2 environment of the settings in force; it is made once for each set of them."""
    return _environment(Path(settings.TEMPLATES_DIR).absolute(), settings.INSTALLED_APPS, settings.DEBUG)


@lru_cache(maxsize=8)
def _environment(project: Path, apps: tuple[str, ...], debug: bool) -> jinja2.Environment:
    folders = [folder / "templates" for folder in AppResolver(apps).get_app_dirs(warn=False)]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([project, *folders]),
        autoescape=jinja2.select_autoescape(("html", "htm", "xml", "svg")),
        undefined=jinja2.StrictUndefined,
        auto_reload=debug,
    )
    names: dict[str, Any] = {"static": _static, "url_for": path_of_route}
    made.globals.update(names)
    return made


def _static(path: str) -> str:
    return settings.STATIC_URL + quote(path.lstrip("/"))
