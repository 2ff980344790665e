"""Which template and which sample context a name means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openviper.core.email._rendering.environment import template_folders
from openviper.core.email._rendering.sample_contexts import context_of
from openviper.core.email._rendering.template_names import SUFFIXES, check_template_name
from openviper.core.email.errors import TemplateError
from openviper.core.email.previews import Preview
from openviper.core.imports import closest

if TYPE_CHECKING:
    from openviper.core.email.previews import AppPreviews

__all__ = ["Found", "find", "sample_context"]


@dataclass(frozen=True, slots=True)
class Found:
    """A preview, or a template that has none."""

    preview: Preview
    #: Whose it is; empty: nobody's.
    app: str = ""
    #: Others that the name would mean too, as ``APP: NAME``.
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.app:
            return f"{self.preview.template}, without a preview"
        name = "" if self.preview.name == self.preview.template else f" {self.preview.name!r}"
        return f"{self.preview.template}, preview{name} of {self.app}"


def find(name: str, previews: Sequence[AppPreviews], app: str | None = None) -> Found:
    """Return the preview of this name, or the first of this template, or the template alone.

    Args:
        name: Of a preview or a template.
        previews: Those of all apps.
        app: The app whose preview it is; ``None``: any.

    Raises:
        TemplateError: There is none.
    """
    known = [(each.app, preview) for each in previews for preview in each.previews if app in (None, each.app)]
    meant = [(owner, preview) for owner, preview in known if preview.name == name]
    meant += [(owner, preview) for owner, preview in known if preview.template == name != preview.name]
    if meant:
        (owner, preview), *rest = meant
        return Found(preview, owner, tuple(f"{other}: {each.name}" for other, each in rest))
    if app is None and _is_template(name):
        return Found(Preview(name))
    raise _unknown(name, app, known, previews)


def _unknown(
    name: str, app: str | None, known: Sequence[tuple[str, Preview]], previews: Sequence[AppPreviews]
) -> TemplateError:
    if app is not None and not known:
        return TemplateError(f"app {app!r} has no previews{closest(app, [each.app for each in previews])}")
    if app is not None:
        return TemplateError(f"app {app!r} has no preview {name!r}{closest(name, [each.name for _, each in known])}")
    names = [*(each.name for _, each in known), *(each.template for _, each in known), *_templates()]
    return TemplateError(f"{name!r:.200} is no template and no preview{closest(name, names)}")


def _is_template(name: str) -> bool:
    try:
        check_template_name(name)
    except TemplateError:
        return False
    return any((folder / name).is_file() for folder in template_folders("templates"))


def _templates() -> list[str]:
    folders = template_folders("templates")
    return [
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES
    ]


async def sample_context(found: Found) -> Mapping[str, Any]:
    """Return the context of a preview, made by its function where it has one.

    Raises:
        TemplateError: The function raised; what.
    """
    try:
        return await context_of(found.preview)
    except Exception as error:
        place = f"the context of preview {found.preview.name!r} in {found.app}.mail_previews"
        raise TemplateError(f"{place} raised {type(error).__name__}: {error}") from error
