"""The names that a console begins with."""

from __future__ import annotations

import pytest

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings):\n    INSTALLED_APPS = {!r}\n"
#: What the code under test sees.
SHOWN = "print(sorted(name for name in globals() if not name.startswith('__')))"


@pytest.fixture
def console(openviper, files):
    """Run ``viperctl console ARGS`` in a project with these files and apps, with openviper-db or without."""

    def run(modules, *args, apps=("shop", "blog"), db=True):
        packages = {f"{app.replace('.', '/')}/__init__.py": "" for app in apps}
        files({"mysite/settings.py": SETTINGS.format(apps)} | packages | modules)
        folder = files({"installed/openviper/db/__init__.py": ""} if db else {})
        return openviper("viperctl", "console", *args, PYTHONPATH=str(folder / "installed"))

    return run


MODELS = """
from collections import OrderedDict
class Order: pass
class _Base: pass
LIMIT = 5
"""


@pytest.mark.parametrize(
    ("args", "db", "names"),
    [
        ([], True, ["Order", "settings"]),
        (["--no-models"], True, ["settings"]),
        ([], False, ["settings"]),
    ],
)
def test_the_public_classes_of_a_models_module_are_there(console, args, db, names):
    """Those that it defines; ``--no-models`` and a missing openviper-db keep it from being imported."""
    result = console({"shop/models.py": f"{MODELS}print('IMPORTED')"}, *args, "-c", SHOWN, db=db)
    assert (result.stdout, result.stderr) == (f"{names}\n", "IMPORTED\n" if "Order" in names else "")


def test_what_a_models_module_exports_counts(console):
    """A class from elsewhere too; the same class of two apps is one."""
    code = "print(Order.__module__, Item.__module__)"
    modules = {
        "shop/models.py": "from shop.orders import Order\nclass Item: pass\nclass X: pass\n__all__ = ['Order', 'Item']",
        "shop/orders.py": "class Order: pass",
        "blog/models.py": "from shop.orders import Order\n__all__ = ['Order']",
    }
    result = console(modules, "-c", f"{code}\n{SHOWN}")
    assert result.stdout == "shop.orders shop.models\n['Item', 'Order', 'settings']\n"


def test_models_of_one_name_are_named_with_their_app(console):
    """Neither is the one that a bare name could mean."""
    modules = {f"{app}/models.py": "class Order: pass" for app in ("shop", "blog")}
    result = console(modules, "-c", f"print(shop.Order, blog.Order)\n{SHOWN}")
    assert result.stdout == "<class 'shop.models.Order'> <class 'blog.models.Order'>\n['blog', 'settings', 'shop']\n"


def test_apps_of_one_label_are_told_apart(console):
    """By their whole names."""
    apps = ("one.shop", "two.shop")
    modules = {f"{app.replace('.', '/')}/models.py": "class Order: pass" for app in apps}
    result = console(modules, "-c", "print(one_shop.Order, two_shop.Order)", apps=apps)
    assert result.stdout == "<class 'one.shop.models.Order'> <class 'two.shop.models.Order'>\n"


def test_in_the_root_layout_the_folder_is_an_app(console):
    """Its models stand beside the settings."""
    result = console({"settings.py": SETTINGS.format(()), "models.py": "class Order: pass"}, ".", "-c", "print(Order)")
    assert (result.stdout, result.stderr) == ("<class 'models.Order'>\n", "")


def test_the_project_and_an_app_of_its_label_are_told_apart(console, tmp_path):
    """Neither hides the other's model."""
    label = tmp_path.name
    models = {"models.py": "class Order: pass", f"{label}/models.py": "class Order: pass"}
    code = f"print({label}.Order, {label}_project.Order)"
    result = console({"settings.py": SETTINGS.format((label,))} | models, ".", "-c", code, apps=(label,))
    assert result.stdout == f"<class '{label}.models.Order'> <class 'models.Order'>\n"


def test_models_beside_a_stray_settings_file_are_no_apps(console):
    """The project's settings stand in a package."""
    named = {"pyproject.toml": "[tool.openviper]\nsettings = 'mysite.settings'\n"}
    result = console({"settings.py": "DJANGO = True", "models.py": "class Order: pass"} | named, "-c", SHOWN)
    assert (result.stdout, result.stderr) == ("['settings']\n", "")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("raise ValueError('a\\x1bb\\nc')", "ValueError: a\\x1bb"),
        (
            "class Mute(Exception):\n    def __str__(self): 1 / 0\nraise Mute",
            "Mute: its text cannot be shown: __str__ raised ZeroDivisionError",
        ),
    ],
)
def test_models_that_cannot_be_imported_are_left_out_with_a_warning(console, source, reason):
    """A console is what one finds the reason with."""
    result = console({"shop/models.py": source, "blog/models.py": "class Post: pass"}, "-c", SHOWN)
    assert result.stdout == "['Post', 'settings']\n"
    assert result.stderr == f"Warning: the models in shop.models are left out: {reason}\n"
