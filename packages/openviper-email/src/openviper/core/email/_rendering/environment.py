"""The Jinja2 environments of mail, one for each set of folders and each kind of template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, cast

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from openviper.conf import settings
from openviper.core.app_resolver import AppResolver
from openviper.core.email._rendering.html_text import text_from_html
from openviper.core.email._rendering.loaders import ConfinedLoader, TrustedLoader
from openviper.core.email._rendering.marked_code import MarkData, MarkedContext, MarkingCode
from openviper.core.email._rendering.marked_filters import marked_filters, marked_tests
from openviper.core.email._rendering.marking import Marker
from openviper.core.email._rendering.template_errors import MAX_COMPARED
from openviper.core.email.errors import TemplateError
from openviper.core.imports import closest

__all__ = ["TemplateEnvironment", "environment_for", "template_folders"]

# What is longer was not mistyped.
_LONGEST_NAME = 200


class TemplateEnvironment(jinja2.Environment):
    """Finds templates and renders them: html escaped, text as it is, Markdown with marks (see ``marking``).

    Args:
        folders: Searched in this order.
        suffix: What the templates make: ``.html``, ``.txt`` or ``.md``.
        auto_reload: Look at each rendering whether a file has changed.
        untrusted: Patterns of templates that are not loaded: they are for the sandbox.
    """

    def __init__(self, folders: tuple[Path, ...], suffix: str, auto_reload: bool, untrusted: tuple[str, ...]) -> None:
        self.folders = folders
        self.marker = Marker()
        is_html = suffix == ".html"
        super().__init__(
            loader=self.make_loader(folders, untrusted),
            autoescape=is_html,
            undefined=_Missing,
            auto_reload=auto_reload,
            finalize=None if is_html else _text_of,
            extensions=[MarkData] if suffix == ".md" else [],
        )
        if not is_html:
            # Markdown is escaped as a whole, and text not at all.
            self.filters.update(dict.fromkeys(("e", "escape", "forceescape", "safe"), _text_of))
        if suffix == ".md":
            self.code_generator_class = MarkingCode
            self.context_class = MarkedContext
            self.filters.update(marked_filters(self.marker, self.filters))
            self.tests.update(marked_tests(self.marker, self.tests))

    def join_path(self, template: str, parent: str) -> str:
        """Return the name of a template that another one uses, of which a block may have made a part."""
        name: str = self.marker.plain(template)
        return name

    @staticmethod
    def make_loader(folders: tuple[Path, ...], untrusted: tuple[str, ...]) -> jinja2.BaseLoader:
        """Return what finds and reads the templates."""
        return TrustedLoader(folders, untrusted)


class _SandboxedEnvironment(ImmutableSandboxedEnvironment, TemplateEnvironment):
    """For templates that others may edit: no attribute that begins with an underscore, nothing that changes values."""

    @staticmethod
    def make_loader(folders: tuple[Path, ...], untrusted: tuple[str, ...]) -> jinja2.BaseLoader:
        return ConfinedLoader(folders)


class _Missing(jinja2.StrictUndefined):
    """A name that the context does not have: an error wherever it is used, with the nearest that there is."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        message = super()._undefined_message
        holder, name = self._undefined_obj, self._undefined_name
        if self._undefined_hint or not isinstance(name, str) or isinstance(holder, type(missing)):
            return message
        names = map(str, cast("Mapping[object, object]", holder)) if isinstance(holder, Mapping) else dir(holder)
        public = islice((each for each in names if not each.startswith("_")), MAX_COMPARED)
        return f"{message}{closest(name, public) if len(name) < _LONGEST_NAME else ''}"


def _text_of(value: Any) -> Any:
    # Of safe html, the text.
    return text_from_html(value.__html__()).rstrip("\n") if hasattr(value, "__html__") else value


def template_folders(template_dir: str | Path) -> tuple[Path, ...]:
    """Return the folders that are searched: for ``"templates"`` TEMPLATES_DIR and the installed apps', else that alone.

    Raises:
        TemplateError: ``template_dir`` has a null byte, or is empty.
    """
    if str(template_dir) != "templates":
        if not str(template_dir) or "\0" in str(template_dir):
            raise TemplateError(f"template_dir={str(template_dir)!r:.200}; expected a folder: 'mail/templates'")
        return (Path(template_dir).absolute(),)
    return _project_folders(Path(settings.TEMPLATES_DIR).absolute(), settings.INSTALLED_APPS)


@lru_cache(maxsize=32)
def _project_folders(project: Path, apps: tuple[str, ...]) -> tuple[Path, ...]:
    # A project that is an app itself is both.
    of_apps = (folder / "templates" for folder in AppResolver(apps).get_app_dirs(warn=False))
    return tuple(dict.fromkeys((project, *of_apps)))


@lru_cache(maxsize=32)
def environment_for(
    folders: tuple[Path, ...], suffix: str, sandboxed: bool, auto_reload: bool, untrusted: tuple[str, ...]
) -> TemplateEnvironment:
    """Return the environment of these folders; it is made once, and again when it was not used for long."""
    kind = _SandboxedEnvironment if sandboxed else TemplateEnvironment
    return kind(folders, suffix, auto_reload, untrusted)
