"""Sample contexts for mail templates, so that each can be looked at without sending it.

An app has them in its module ``mail_previews``::

    from openviper.core.email.previews import Preview

    PREVIEWS = (
        Preview("welcome.md", "Welcome", {"name": "Ada"}),
        Preview("receipt.html", "Your receipt", lambda: {"order": Order.sample()}, name="receipt of a gift"),
    )

The inbox page lists and renders them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeAlias, cast

from openviper.conf import settings
from openviper.core.app_resolver import AppResolver
from openviper.core.email._building.characters import quoted
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import InvalidMessage
from openviper.core.imports import module_exists

__all__ = ["AppPreviews", "Context", "Preview", "load_previews"]

#: A template's variables, or a function, sync or async, that makes them whenever the preview is shown.
Context: TypeAlias = Mapping[str, object] | Callable[[], Mapping[str, object] | Awaitable[Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class Preview:
    """One template with one context.

    Raises:
        InvalidMessage: The template, subject or name is no text, the context cannot be one, or an attachment is none.
    """

    #: As ``template=`` of ``send_email`` takes it: ``welcome.md``.
    template: str
    subject: str = ""
    context: Context = field(default_factory=dict[str, object])
    #: Among the previews of the app; empty: the template.
    name: str = ""
    #: Those with a ``content_id`` are what ``cid:`` in the html shows.
    attachments: tuple[AttachmentData, ...] = ()

    def __post_init__(self) -> None:
        for attribute in ("template", "subject", "name"):
            value: object = getattr(self, attribute)
            if not isinstance(value, str):
                raise InvalidMessage(f"Preview {attribute}={quoted(value)} is {type(value).__name__}; expected text")
        context: object = self.context
        if not isinstance(context, Mapping) and not callable(context):
            raise InvalidMessage(
                f"Preview({quoted(self.template)}) has context={quoted(context)}; expected a mapping of the template's "
                "variables, or a function that returns one"
            )
        object.__setattr__(self, "attachments", _attachments(self.attachments, self.template))
        object.__setattr__(self, "name", self.name or self.template)


def _attachments(given: object, template: str) -> tuple[AttachmentData, ...]:
    every = tuple(cast("Iterable[object]", given)) if isinstance(given, tuple | list) else None
    if every is None or not all(isinstance(each, AttachmentData) for each in every):
        shown = quoted(given)  # pyright: ignore[reportUnknownArgumentType] - a list of whatever
        raise InvalidMessage(f"Preview({quoted(template)}) has attachments={shown}; expected a tuple of AttachmentData")
    return cast("tuple[AttachmentData, ...]", every)


@dataclass(frozen=True, slots=True)
class AppPreviews:
    """What one app has."""

    #: As it stands in INSTALLED_APPS.
    app: str
    previews: tuple[Preview, ...] = ()
    #: Why some or all of them are missing; empty: none is.
    error: str = ""


def load_previews(apps: Iterable[str] | None = None) -> list[AppPreviews]:
    """Return the previews of each app that has a module ``mail_previews``; what is broken in one is in its ``error``.

    It imports their modules, in the order of ``apps``, and may take as long as they do.

    Args:
        apps: Dotted names; ``None``: ``settings.INSTALLED_APPS``, then the project itself where it is an app.
    """
    modules = {app: f"{app}.mail_previews" for app in (settings.INSTALLED_APPS if apps is None else apps)}
    resolver = AppResolver()
    if apps is None and resolver.root_is_app() and (resolver.root / "mail_previews.py").is_file():
        modules.setdefault(resolver.root.name, "mail_previews")
    loaded = (_load(app, module) for app, module in modules.items())
    return [each for each in loaded if each is not None]


def _load(app: str, module: str) -> AppPreviews | None:
    try:
        if not module_exists(module):
            return None
        given: object = getattr(import_module(module), "PREVIEWS", None)
    except Exception as error:
        return AppPreviews(app, (), f"{module} cannot be imported: {type(error).__name__}: {error}")
    if not isinstance(given, (tuple, list)):
        return AppPreviews(
            app,
            (),
            f"{module} has PREVIEWS={quoted(given)}; expected a tuple: PREVIEWS = (Preview('welcome.md', 'Welcome'),)",
        )
    return _checked(app, module, cast("list[object]", given))


def _checked(app: str, module: str, given: Iterable[object]) -> AppPreviews:
    """Keep what are previews, each under a name of its own."""
    found: dict[str, Preview] = {}
    problems: list[str] = []
    for index, each in enumerate(given):
        if not isinstance(each, Preview):
            problems.append(f"{module}: PREVIEWS[{index}]={quoted(each)} is no Preview")
        elif each.name in found:
            problems.append(f"{module}: PREVIEWS[{index}] is a second {quoted(each.name)}; give it another name=")
        else:
            found[each.name] = each
    return AppPreviews(app, tuple(found.values()), "; ".join(problems))
