"""Where the settings of this process are, as they say it themselves."""

from __future__ import annotations

from openviper.conf._environment import Variable
from openviper.conf._finder import Origin, find_settings


def test_an_empty_folder_is_no_project(tmp_path, monkeypatch):
    """Nothing named and nothing there: there are no settings, which is no error."""
    monkeypatch.chdir(tmp_path)
    assert find_settings({}) is None


def test_the_project_of_the_current_directory_is_meant(tmp_path, monkeypatch):
    """What was found, by whom, and where it is imported from."""
    (tmp_path / "src" / "mysite").mkdir(parents=True)
    (tmp_path / "src" / "mysite" / "settings.py").write_text("from openviper.conf import BaseSettings")
    monkeypatch.chdir(tmp_path)
    expected = Origin("mysite.settings", f"the module layout of {tmp_path}", (str(tmp_path / "src"),), True)
    assert find_settings({}) == expected
    (tmp_path / "pyproject.toml").write_text("[tool.openviper]\nsettings = 'table.settings'\n")
    source = f"[tool.openviper] in {tmp_path / 'pyproject.toml'}"
    assert find_settings({}) == Origin("table.settings", source, (str(tmp_path), str(tmp_path / "src")))


def test_the_folder_that_holds_the_settings_is_the_first_to_import_from(tmp_path, monkeypatch):
    """Beside src may stand a folder of the same name, with data."""
    (tmp_path / "table").mkdir()
    (tmp_path / "src" / "table").mkdir(parents=True)
    (tmp_path / "src" / "table" / "settings.py").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.openviper]\nsettings = 'table.settings'\n")
    monkeypatch.chdir(tmp_path)
    assert find_settings({}).folders == (str(tmp_path / "src"), str(tmp_path))


def test_who_named_it_is_told(tmp_path, monkeypatch):
    """The words for banners and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.openviper]\nsettings = 'table.settings'\n")
    named = {"OPENVIPER_SETTINGS_MODULE": Variable("named.settings", "environment")}
    assert str(find_settings(named)) == "named.settings (OPENVIPER_SETTINGS_MODULE)"
    assert str(find_settings({})) == f"table.settings ([tool.openviper] in {tmp_path / 'pyproject.toml'})"
    in_dotenv = {"OPENVIPER_SETTINGS_MODULE": Variable("x.settings", ".env, line 2")}
    assert str(find_settings(in_dotenv)) == "x.settings (OPENVIPER_SETTINGS_MODULE in .env, line 2)"


def test_a_class_and_an_instance_have_a_name():
    """Errors and banners name what configure() was given."""

    class Settings:
        pass

    assert Origin(Settings, "x").name == Origin(Settings(), "x").name == f"{__name__}.{Settings.__qualname__}"
