"""The class that a project's settings subclass."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, dataclass_transform

from openviper.conf._declare import complete
from openviper.conf._kept_out import is_kept_out
from openviper.conf._secret import Secret
from openviper.conf._shown import shown

if TYPE_CHECKING:
    # 4 ms; the hints below are resolved without it.
    from pathlib import Path

__all__ = ["BaseSettings"]


# Not on BaseSettings itself: a checker ignores the fields of the class that carries the decorator.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class SettingsClass:
    """Makes every subclass a frozen, keyword-only dataclass."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        mutable = complete(cls)
        dataclass(frozen=True, kw_only=True, repr=False)(cls)
        # dataclass() takes the attribute away where there is a factory; Base.APPS + ["mine"] shall keep working.
        for name, value in mutable.items():
            setattr(cls, name, value)


class BaseSettings(SettingsClass):
    """What more than one package reads, with defaults that are safe in production.

    Subclass it in the project's ``settings.py``; no decorator is needed::

        class Settings(BaseSettings):
            DEBUG: bool = True
            INSTALLED_APPS: tuple[str, ...] = ("blog",)

    Each field can be overridden by the environment variable ``OPENVIPER_<NAME>``. A subclass may check more in
    ``__post_init__``, where a ``ValueError`` is reported like every other problem.
    """

    #: Show tracebacks to visitors and serve static files. Never in production.
    DEBUG: bool = False
    #: Signs sessions, tokens and links. ``None``: nothing can be signed, and whatever tries says so.
    SECRET_KEY: Secret[str] | None = None
    #: Keys that signed earlier: still accepted, never used to sign.
    SECRET_KEY_FALLBACKS: tuple[Secret[str], ...] = ()
    #: Host names that this project serves; ``.example.org`` means all below it, ``*`` any.
    #: ``SecurityMiddleware`` of openviper-middleware enforces them.
    ALLOWED_HOSTS: tuple[str, ...] = ()
    #: Dotted names of apps, in the order in which they are made ready.
    INSTALLED_APPS: tuple[str, ...] = ()
    #: Dotted paths of middleware classes; the first is the outermost.
    MIDDLEWARE: tuple[str, ...] = ()
    #: The cookie that names a visitor's session; CSRF tokens are bound to its value.
    SESSION_COOKIE_NAME: str = "sessionid"
    #: Alias -> options: ``{"default": {"OPTIONS": {"URL": "sqlite:///db.sqlite3"}}}``.
    DATABASES: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    #: The URL path below which static files stand.
    STATIC_URL: str = "/static/"
    #: Where ``collectstatic`` copies them to; relative to the project's folder.
    STATIC_ROOT: str | Path | None = None
    #: Folders of static files beside the apps' own; relative to the project's folder.
    STATICFILES_DIRS: tuple[str | Path, ...] = ()
    #: Where templates are looked for before the apps' own, relative to the current directory.
    TEMPLATES_DIR: str | Path = "templates"
    #: An IANA time zone.
    TIME_ZONE: str = "UTC"

    def __repr__(self) -> str:
        named = [each.name for each in fields(self) if not is_kept_out(type(self), each.name)]
        values = ", ".join(f"{name}={shown(name, getattr(self, name))}" for name in named)
        return f"{type(self).__qualname__}({values})"
