"""Responses rendered by Jinja2 (extra ``templates``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

try:
    import jinja2
except ImportError as error:
    raise ImportError("TemplateResponse needs Jinja2: pip install 'openviper-http[templates]'") from error
from markupsafe import Markup, escape
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse

from openviper.conf import settings
from openviper.core.app_resolver import AppResolver
from openviper.core.context import current_request
from openviper.staticfiles import static_url

from ._json import dumps
from ._urls import path_of_route

__all__ = ["TemplateResponse", "environment"]


class TemplateResponse(HTMLResponse):
    """A page made of a template under ``TEMPLATES_DIR`` or an installed app's ``templates/``, searched in this order.

    Values are escaped unless the name says that the template is text (``.txt``, ``.md``, ``.text``), which is then sent
    as ``text/plain``; ``.j2``, ``.jinja`` and ``.jinja2`` at its end do not count. A name that the context does not
    have is an error. Templates see ``request``, ``url_for(name, **path_params)`` and ``static(path)``, which is
    :func:`openviper.staticfiles.static_url`, beside the context; and ``csrf_token``, ``csrf_input``, which is a hidden
    field with it, and ``csp_nonce``, as middleware left them in the request's state, which are empty where none did.

    Args:
        name: ``"blog/entry.html"``.
        context: The template's variables.
        status_code: Of the response.
        headers: More of them.
        media_type: ``None``: ``text/html``, or ``text/plain`` for text.
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
        kind = media_type or ("text/html" if _is_escaped(name) else "text/plain")
        super().__init__(self.template.render(self.context), status_code, headers, kind, background)


def _is_escaped(name: str | None) -> bool:
    # What is not known to be text may be shown by a browser.
    if name is None:
        return True
    for suffix in (".j2", ".jinja", ".jinja2"):
        name = name.removesuffix(suffix)
    return not name.endswith((".txt", ".md", ".text"))


def environment() -> jinja2.Environment:
    """Return the Jinja2 environment of the settings in force; it is made once for each set of them."""
    return _environment(Path(settings.TEMPLATES_DIR).absolute(), settings.INSTALLED_APPS, settings.DEBUG)


@lru_cache(maxsize=8)
def _environment(project: Path, apps: tuple[str, ...], debug: bool) -> jinja2.Environment:
    folders = [folder / "templates" for folder in AppResolver(apps).get_app_dirs(warn=False)]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([project, *folders]),
        autoescape=_is_escaped,  # noqa: S701 - a function that says no to text alone
        undefined=jinja2.StrictUndefined,
        auto_reload=debug,
    )
    names: dict[str, Any] = {"static": static_url, "url_for": path_of_route}
    names |= {"csrf_token": _StateValue("csrf_token"), "csrf_input": _TokenInput("csrf_token")}
    names |= {"csp_nonce": _StateValue("csp_nonce")}
    made.globals.update(names)
    # So that |tojson takes what a response takes.
    made.policies["json.dumps_function"] = _json
    return made


def _json(value: Any, **options: Any) -> str:
    return dumps(value).decode()


class _StateValue:
    """What a middleware left in the state of the current request; read, and thereby made, when it is shown."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __html__(self) -> str:
        return escape(self.value())

    def __str__(self) -> str:
        return str(self.value())

    def __bool__(self) -> bool:
        return bool(self.value())

    def value(self) -> Any:
        """Return it as it is, ``""`` where there is none."""
        request = current_request.get()
        state = None if request is None else request.scope.get("state")
        return "" if state is None else state.get(self._name, "")


class _TokenInput(_StateValue):
    """A hidden form field with the CSRF token."""

    __slots__ = ()

    def __html__(self) -> str:
        token = self.value()
        if not token:
            return ""
        name = getattr(token, "field_name", "csrfmiddlewaretoken")
        return Markup('<input type="hidden" name="{}" value="{}">').format(name, token)

    __str__ = __html__
