"""JupyterLab's settings, as the kernel finds them on the disk."""

from __future__ import annotations

import json

import pytest

from greenlab.notebook import lab_settings
from greenlab.notebook.lab_settings import LabSettings, read


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The user's settings, the application's overrides, and the administrator's."""
    user, app, config = tmp_path / "user", tmp_path / "app", tmp_path / "config"
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(user))
    monkeypatch.setenv("JUPYTERLAB_DIR", str(app))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(config))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "own"))
    return {
        "user": user / "jupyterlab-greenlab" / "plugin.jupyterlab-settings",
        "app": app / "settings" / "overrides.json",
        "admin": config / "labconfig" / "default_setting_overrides.json",
        "default user": tmp_path / "own/lab/user-settings/jupyterlab-greenlab"
        "/plugin.jupyterlab-settings",
    }


def write(file, data):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


def test_without_any_file_the_defaults_hold(folders):
    assert read() == LabSettings("", True)


def test_the_user_goes_before_the_administrator(folders):
    write(folders["app"], {lab_settings.PLUGIN: {"zone": "DE", "livePower": False}})
    assert read() == LabSettings("DE", False)
    write(folders["admin"], {lab_settings.PLUGIN: {"zone": "PL"}, "other:plugin": {}})
    assert read() == LabSettings("PL", False)
    write(folders["user"], {"zone": " FR "})
    assert read() == LabSettings("FR", False)


def test_without_a_folder_in_the_environment_it_is_jupyters(folders, monkeypatch):
    monkeypatch.delenv("JUPYTERLAB_SETTINGS_DIR")
    write(folders["default user"], {"zone": "SE3"})
    assert read().zone == "SE3"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ('{\n  // "zone": "DE"\n  "zone": "FR", // mine\n}', "FR"),
        ('{"zone": "a // b, } \\" c",}', 'a // b, } " c'),
        ('/* {"zone": "DE"} */ {"zone": "FR" /* , */, /* x */ }', "FR"),
        ('\ufeff{"zone": "FR"}', "FR"),
    ],
)
def test_comments_and_trailing_commas_are_read_as_jupyterlab_reads_them(folders, text, zone):
    write(folders["user"], text)
    assert read().zone == zone


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"zone": 3, "livePower": "no"}', "[" * 99_999, '"FR"']
)
def test_garbage_is_passed_over(folders, text):
    write(folders["user"], text)
    write(folders["app"], text)
    assert read() == LabSettings("", True)


def test_a_file_that_is_none_or_too_long_is_passed_over(folders):
    folders["user"].mkdir(parents=True)
    write(folders["app"], json.dumps({lab_settings.PLUGIN: {"zone": "FR"}, "x": "y" * 10**6}))
    assert read() == LabSettings("", True)
