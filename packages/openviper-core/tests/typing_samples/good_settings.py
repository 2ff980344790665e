"""A project's settings and its use of them, as a user writes them: a checker has nothing to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Literal

from openviper._settings.core import LifespanSettings
from openviper.conf import (
    BaseSettings,
    Explanation,
    ImproperlyConfigured,
    Secret,
    check_settings,
    override_settings,
    section,
    settings,
)

BASE_DIR = Path(__file__).parent


class Level(Enum):
    QUIET = "quiet"
    LOUD = "loud"


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_CURRENCY: str = "EUR"
    SHOP_TIMEOUT: timedelta = timedelta(seconds=5)


class Common:
    DEBUG = True


class Settings(BaseSettings):
    DEBUG: bool = True
    SECRET_KEY: Secret[str] = Secret("a long and random value")
    INSTALLED_APPS = ("blog", "shop")
    MIDDLEWARE: tuple[str, ...] = ("openviper.middleware.cors.CORSMiddleware",)
    STATIC_ROOT: Path = BASE_DIR / "public"
    STATICFILES_DIRS: tuple[Path, ...] = (BASE_DIR / "static",)
    TEMPLATES_DIR: str = "pages"
    DATABASES = {"default": {"OPTIONS": {"URL": "sqlite:///db.sqlite3"}}}  # noqa: RUF012 - copied for each instance
    PAGE_SIZE: int = 20
    LEVEL: Level = Level.QUIET
    MODE: Literal["fast", "safe"] = "safe"
    API_TOKEN: Secret[str]
    TAGS: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        if self.PAGE_SIZE < 1:
            raise ValueError("PAGE_SIZE must be positive")


class Production(Settings):
    DEBUG = False
    PAGE_SIZE = 50


class Mixed(Common, Settings):
    pass


made = Settings(API_TOKEN=Secret("t"), PAGE_SIZE=30, DEBUG=False)
key: str = made.SECRET_KEY.reveal()
size: int = made.PAGE_SIZE
debug: bool = settings.DEBUG
hosts: tuple[str, ...] = settings.ALLOWED_HOSTS
own: int = settings.PAGE_SIZE
currency: str = section(ShopSettings).SHOP_CURRENCY
line: str = str(settings.explain("PAGE_SIZE"))
problems: list[str] = check_settings()
settings.configure(Settings)
settings.configure("mysite.settings")
settings.configure(made)

with override_settings(DEBUG=True):
    pass


@override_settings(ShopSettings, SHOP_CURRENCY="CHF")
async def load(number: int) -> str:
    return str(number)


async def use() -> str:
    try:
        return await load(3)
    except ImproperlyConfigured:
        return settings.source


def shutdown_deadline() -> tuple[timedelta, Explanation]:
    return section(LifespanSettings).SHUTDOWN_TIMEOUT, settings.explain("SHUTDOWN_TIMEOUT")
