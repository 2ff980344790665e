"""Mistakes in a project's settings, each of which a checker reports on its line."""

from __future__ import annotations

from dataclasses import dataclass

from openviper.conf import BaseSettings, Secret, section, settings


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_CURRENCY: str = "EUR"


class Settings(BaseSettings):
    DEBUG: bool = "yes"  # wrong: a str
    PAGE_SIZE: int = 20
    API_TOKEN: Secret[str]


made = Settings(API_TOKEN=Secret("t"))
Settings(API_TOKEN=Secret("t"), PAGESIZE=30)  # wrong: an unknown keyword
Settings(API_TOKEN=Secret("t"), PAGE_SIZE="30")  # wrong: a str
Settings(API_TOKEN=Secret("t"), TIME_ZONE=1)  # wrong: an inherited field, too
Settings()  # wrong: API_TOKEN is missing
Settings(Secret("t"))  # wrong: keywords only
made.PAGE_SIZE = 30  # wrong: frozen
made.TIME_ZONE = "UTC"  # wrong: an inherited field is frozen, too
settings.DEBUG = True  # wrong: the lazy object is frozen
zone: int = settings.TIME_ZONE  # wrong: a str
currency: int = section(ShopSettings).SHOP_CURRENCY  # wrong: a str
text: str = made.API_TOKEN  # wrong: a Secret is no str
text = made.NOWHERE  # wrong: no such setting
