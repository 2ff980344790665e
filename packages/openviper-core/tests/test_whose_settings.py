"""Whose settings a module holds, told without executing it."""

from __future__ import annotations

import pytest

from openviper.core._whose_settings import whose_settings

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
PYDANTIC = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.fixture
def whose(tmp_path):
    """Tell whose ``mysite/settings.py`` is that says ``text``, with ``others`` beside it by their paths."""

    def tell(text, **others):
        for name, content in {"mysite/settings": text, **others}.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return whose_settings(str(tmp_path / "mysite/settings.py"), str(tmp_path))

    return tell


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DEBUG = True\n",
        '"""Django Settings."""\nimport os\nfrom pathlib import Path\nINSTALLED_APPS = ["shop"]\n',
        "# Settings\nTIMEOUT = 60 * 60\n",
        "from django.conf.global_settings import *\nSETTINGS = 1\n",
        "def configure():\n    class Settings: pass\n",
        "class Config:\n    class Settings: pass\n",
        "TEXT = 'class Settings(BaseSettings)'\nimport openviper\n",
        "exec(open('local.py').read())\n",
        "Settings: type\n",
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
        "from openviper.conf import *\n",
        "from openviper.core.email import EmailBackend\nclass Settled(EmailBackend): pass\n",
    ],
)
def test_a_module_that_cannot_bind_a_settings_class_is_not_ours(whose, text):
    """A mention in a text or comment binds nothing."""
    assert whose(text) == "theirs"


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        OURS.replace("class Settings(BaseSettings)", "class Production(BaseSettings)"),
        "from openviper.conf import BaseSettings\nDEBUG = True\n",
        "import openviper.conf\nclass Settings(openviper.conf.BaseSettings): pass\n",
        "import openviper.conf as conf\nclass Settings(conf.BaseSettings): pass\n",
        "from openviper.conf import *\nclass Settings(BaseSettings): pass\n",
        "import pydantic as p\nfrom openviper.conf import BaseSettings\nclass Settings(p.BaseModel, BaseSettings): 0\n",
        "class Settings: pass\n",
        "class Settings(Unknown): pass\n",
        "from company import Settings\n",
        "from company.conf import Base\nclass Settings(Base): pass\n",
        "from .gone import Settings\n",
        "import importlib\nSettings = importlib.import_module('mysite.live').Settings\n",
        "import os\nif os.getenv('X'):\n    from .live import Settings\nelse:\n    from .test import Settings\n",
        "try:\n    from pydantic import BaseSettings\nexcept ImportError:\n"
        "    from openviper.conf import BaseSettings\n"
        "class Settings(BaseSettings): pass\n",
    ],
)  # fmt: skip
def test_a_module_that_binds_the_class_is_ours(whose, text):
    """Or what settings are made of here, where nothing says otherwise."""
    assert whose(text) == "ours"


@pytest.mark.parametrize(
    "text",
    [
        PYDANTIC,
        "import pydantic\nclass Settings(pydantic.BaseSettings): pass\n",
        "from pydantic.v1 import BaseSettings as Base\nclass Settings(Base): pass\n",
        "from pydantic_settings import *\nclass Settings(BaseSettings): pass\n",
        "from pydantic_settings import BaseSettings\nclass Base(BaseSettings): pass\nclass Settings(Base): pass\n",
        "from dynaconf import Dynaconf\nSettings = Dynaconf(envvar_prefix='X')\n",
        "from django.conf import Settings\n",
        "from configurations import Configuration\nclass Settings(Configuration): pass\n",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Settings:\n    debug: bool = False\n",
        "from typing import NamedTuple\nclass Settings(NamedTuple):\n    debug: bool = False\n",
        f"from openviper.core.email import send_email\n{PYDANTIC}",
        f"from openviper.conf import settings as mail\n{PYDANTIC}",
    ],
)
def test_a_class_of_another_framework_is_theirs_by_its_import(whose, text):
    """Or one of the standard library, which cannot be ours either."""
    assert whose(text) == "theirs"


@pytest.mark.parametrize(
    "more",
    [
        "from starlette.datastructures import Secret\n",
        "from pydantic import SecretStr\n",
        "SENTRY = ('starlette',)\n",
        '"""This replaces the old Django settings."""\n',
        "# no Django\n",
        "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
    ],
)
@pytest.mark.parametrize("star", ["from .base import *\n", "from mysite.base import *\n", "from . import *\n"])
def test_a_mention_of_another_framework_does_not_make_settings_its(whose, star, more):
    """What counts is where the class comes from."""
    assert whose(more + star, **{"mysite/base": OURS, "mysite/__init__": "from .base import Settings\n"}) == "ours"


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        ("from .base import *", {"mysite/base": PYDANTIC}, "theirs"),
        ("from .base import *", {"mysite/base": "DEBUG = True"}, "theirs"),
        ("from .base import *", {"mysite/base/__init__": "from .more import *", "mysite/base/more": OURS}, "ours"),
        ("from conf.live import *", {"conf/live": OURS}, "ours"),
        ("from ..conf import *", {"conf": OURS}, "ours"),
        ("from .base import *\nclass Settings(C): 0", {"mysite/base": "from pydantic import BaseModel as C"}, "theirs"),
        ("from .base import Settings", {"mysite/base": PYDANTIC}, "theirs"),
        ("from .base import Old as Settings", {"mysite/base": PYDANTIC.replace("Settings(", "Old(")}, "theirs"),
        ("from .base import C\nclass Live(C): 0", {"mysite/base": OURS.replace("Settings(", "C(")}, "ours"),
        ("from .base import C\nclass Live(C): 0", {"mysite/base": PYDANTIC.replace("Settings(", "C(")}, "theirs"),
        ("from .a import *", {"mysite/a": "from .b import *", "mysite/b": "from .a import *"}, "theirs"),
        ("from .a import Settings", {"mysite/a": "from .settings import Settings"}, "ours"),
        ("from .base import *", {"mysite/base": "def ("}, "theirs"),
        ("from .base import *", {"mysite/base": "class Settings("}, "open"),
        ("from flask import *\nfrom .base import *", {"mysite/base": OURS}, "ours"),
    ],
)  # fmt: skip
def test_settings_from_another_module_of_the_project_are_what_that_is(whose, text, others, expected):
    """It is followed, by a relative or an absolute name, and back to where it came from only once."""
    assert whose(text, **others) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from company.base import *\n",
        "from .gone import *\n",
        "def __getattr__(name):\n    if name == 'Settings': return make()\n",
        "globals()['Settings'] = make()\n",
        "exec('class Settings: pass')\n",
    ],
)
def test_what_cannot_be_told_is_left_open(whose, text):
    """It may bind the class."""
    assert whose(text) == "open"


@pytest.mark.parametrize("text", ["class Settings(\n", "#" * 70_000, "Settings = '\0'\n"])
def test_a_module_that_cannot_be_read_is_broken(whose, text):
    """Its import says why, if it comes to that; of a long one no more than the beginning is read."""
    assert whose(text) == "broken"


def test_a_long_chain_of_modules_ends(whose):
    """It is followed no further than settings go."""
    chain = {f"mysite/m{number}": f"from .m{number + 1} import *" for number in range(300)}
    assert whose("from .m0 import *", **chain) == "open"


@pytest.mark.parametrize(("text", "expected"), [(OURS, "ours"), ("import os\nDEBUG = True\n", "theirs")])
def test_most_settings_are_told_at_a_glance(whose, text, expected):
    """Every start pays for it, so what is no Python further down is not seen."""
    assert whose(f"import os\n{text}def (") == expected
