"""Settings that no machine's environment can change."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from openviper.conf import override_settings


@pytest.fixture(autouse=True)
def _settings():
    """Every test starts from production's defaults, whatever the environment says."""
    with override_settings(DEBUG=False, INSTALLED_APPS=(), MIDDLEWARE=(), STATICFILES_DIRS=(), HEALTH_PAGES=False):
        yield


@pytest.fixture
def files(tmp_path):
    """Write ``path=content`` pairs below ``tmp_path``; return ``tmp_path``."""

    def write(contents):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def site(files, monkeypatch):
    """A project with static files in ``assets``, current, and its settings in force: collected into ``collected``."""
    root = files(
        {
            "site/pyproject.toml": "",
            "site/assets/css/site.css": 'body { background: url("../img/logo.png") }',
            "site/assets/img/logo.png": b"\x89PNG",
        }
    )
    monkeypatch.chdir(root / "site")
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)
    with override_settings(STATICFILES_DIRS=("assets",), STATIC_ROOT="collected"):
        yield root / "site"


@pytest.fixture
def viperctl(tmp_path):
    """Run ``openviper viperctl ARGS`` in a new process; return what became of it."""

    def run(*args, cwd, stdin=subprocess.DEVNULL, prepare=None, **variables):
        unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return subprocess.run(
            [sys.executable, "-m", "openviper.cli", "viperctl", *args],
            cwd=cwd,
            env=environment | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=prepare,
        )

    return run


@pytest.fixture
def project(files):
    """A project in the module layout, with an app that has static files, a handler that has marks, and a mount."""
    return files(
        {
            "pyproject.toml": '[tool.openviper]\nsettings = "mysite.settings"\n',
            "mysite/__init__.py": "",
            "mysite/settings.py": SETTINGS,
            "mysite/app.py": APPLICATION,
            "assets/css/site.css": "body {}",
            "shop/__init__.py": "",
            "shop/static/shop.js": "shop()",
            "shop/static/css/site.css": "hidden",
        }
    )


SETTINGS = """
from openviper.conf import BaseSettings

class Settings(BaseSettings):
    STATIC_ROOT: str = "collected"
    STATICFILES_DIRS: tuple[str, ...] = ("assets",)
    INSTALLED_APPS: tuple[str, ...] = ("shop",)
"""

APPLICATION = """
from openviper.app import OpenViper

app, shop = OpenViper(), OpenViper()


@app.get("/books/{name}")
async def by_name(name): ...


@app.get("/books/{book:int}", name="book")
async def show(book): ...


@app.post("/hook", max_body_bytes=100)
async def hook(): ...


@app.websocket("/live")
async def live(websocket): ...


@shop.get("/carts/{cart:uuid}")
async def cart(cart): ...


hook.csrf_exempt = True
app.mount("/shop", shop, name="shop")
print("imported")


@app.on_startup
def start():
    raise RuntimeError("started")
"""
