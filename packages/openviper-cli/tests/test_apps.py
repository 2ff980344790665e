"""``viperctl apps``."""

from __future__ import annotations

import json
import signal

import pytest
from small_programs import SETTINGS


@pytest.fixture
def site(files):
    """A project in the module layout with these apps, and these files."""

    def make(*apps, **sources):
        return files(
            {"mysite/settings.py": SETTINGS.format(apps=apps)}
            | {f"{name.replace('__', '/')}.py": source for name, source in sources.items()}
        )

    return make


def told(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_apps_stand_in_their_order(openviper, site):
    """With folders and what they bring; none is imported."""
    root = site("shop", "clock", shop__apps="1 / 0\ndef ready(): pass", shop__routes="", clock="exit(1)")
    result = openviper("viperctl", "apps", ".")
    assert result.stderr == ""
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["APP", "BRINGS", "FOLDER"],
        ["shop", "ready,", "routes", str(root / "shop")],
        ["clock", "-", str(root)],
    ]


def test_json_has_every_part(openviper, site):
    """Commands by name; a time only with ``--ready``."""
    root = site("shop", shop__management__commands__sweep="1 / 0")
    assert told(openviper("viperctl", "apps", "--json")) == [
        {
            "name": "shop",
            "index": 0,
            "found": True,
            "folder": str(root / "shop"),
            "brings": ["commands"],
            "commands": ["sweep"],
            "problem": None,
            "ready_ms": None,
        }
    ]


def test_one_that_is_not_found_is_said(openviper, site):
    """Start-up skips it, so it is no failure."""
    site("shpo", "openviper.auth", shop="")
    result = openviper("viperctl", "apps")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["shpo", "-", "-"]
    assert lines[2] == "    not found, so start-up skips it; did you mean 'shop'?"
    assert lines[4] == "    not found, so start-up skips it; it comes with openviper-auth, not released yet"


def test_one_that_cannot_be_parsed_is_said(openviper, site):
    """With the file."""
    root = site("shop", shop__apps="def (")
    found = told(openviper("viperctl", "apps", "--json"))
    assert found[0]["problem"].startswith(f"{root / 'shop/apps.py'} cannot be read: SyntaxError")


def test_the_root_layouts_own_folder_is_an_app(openviper, files):
    """It stands last, and is in no list."""
    root = files({"settings.py": SETTINGS.format(apps=()), "models.py": "", "static/x": ""})
    (found,) = told(openviper("viperctl", "apps", "--json"))
    assert (found["name"], found["index"], found["brings"]) == (root.name, None, ["static", "models"])
    assert f"{root.name} (the project)" in openviper("viperctl", "apps").stdout


def test_without_apps_there_is_nothing_to_list(openviper, project):
    """Said on stderr."""
    result = openviper("viperctl", "apps")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "No apps are installed: INSTALLED_APPS is empty.\n"
    assert told(openviper("viperctl", "apps", "--json")) == []


LIFE = """
import asyncio
{extra}
async def ready():
    print("{name} ready")
    await asyncio.sleep(0)

def shutdown():
    print("{name} down")
"""


def life(name, extra=""):
    return LIFE.format(name=name, extra=extra)


def test_ready_starts_them_and_stops_them(openviper, site):
    """In the order of becoming ready, with milliseconds; what they print is not the command's output."""
    site("shop", "plain", "clock", shop__apps=life("shop", "after = ('clock',)"), plain="", clock=life("clock"))
    result = openviper("viperctl", "apps", "--ready", "--json")
    found = told(result)
    assert [(each["name"], each["index"]) for each in found] == [("plain", 1), ("clock", 2), ("shop", 0)]
    assert found[0]["ready_ms"] == 0
    assert found[1]["ready_ms"] > 0
    assert result.stderr.splitlines() == ["clock ready", "shop ready", "shop down", "clock down"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_those_that_are_ready(served, site, number):
    """While another one still starts."""
    slow = "import asyncio\nafter = ('clock',)\nasync def ready():\n    print('WAITING')\n    await asyncio.sleep(600)"
    site("clock", "slow", clock=life("clock"), slow=slow)
    with served("viperctl", "apps", "--ready") as apps:
        apps.wait_for("WAITING")
        assert apps.end(number) == 128 + number
        assert apps.output.splitlines() == ["clock ready", "WAITING", "clock down", *[""] * (number == signal.SIGINT)]


def test_ready_times_are_shown(openviper, site):
    """One that has no ready(), or was not found, has none."""
    site("plain", "clock", "nowhere", plain="", clock=life("clock"))
    rows = [line.split() for line in openviper("viperctl", "apps", "--ready").stdout.splitlines()]
    assert rows[0] == ["APP", "READY", "BRINGS", "FOLDER"]
    assert rows[1][:2] == ["plain", "-"]
    assert (rows[2][0], rows[2][2]) == ("clock", "ms")
    assert rows[3][:2] == ["nowhere", "-"]


@pytest.mark.parametrize("columns", ["80", "60", "20", "1"])
def test_on_a_terminal_it_fits(terminal, site, columns):
    """Folders of the project are shown below it, and long ones by their end."""
    root = site("shop", "outside.long", "clock", shop__routes="", clock="")
    place = root / "a_folder_with_a_long_name" / "and_another_one_in_it"
    (place / "outside/long").mkdir(parents=True)
    with terminal("viperctl", "apps", cwd=root, COLUMNS=columns, PYTHONPATH=str(place)) as shown:
        assert shown.wait() == 0
        lines = shown.text.replace("\r", "").splitlines()
    assert max(map(len, lines)) <= max(int(columns), 20)
    assert any(line.split()[-1:] == ["shop"] for line in lines)
    assert any(line.endswith("/outside/long") for line in lines)
    assert not any(str(root) in line for line in lines)


def test_a_stray_settings_file_makes_no_app_of_the_folder(openviper, site, files):
    """The project's settings stand in a package, which pyproject.toml names."""
    site("shop", shop="", settings="DJANGO = True")
    files({"pyproject.toml": "[tool.openviper]\nsettings = 'mysite.settings'\n"})
    assert [each["name"] for each in told(openviper("viperctl", "apps", "--json"))] == ["shop"]
