"""A user's own files lie in the same place with Jupyter and without it."""

from __future__ import annotations

import pytest
from jupyter_core.paths import jupyter_data_dir

from greenlab.home import data_dir_without_jupyter


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"JUPYTER_DATA_DIR": "/data/mine"},
        {"JUPYTER_DATA_DIR": ""},
        {"XDG_DATA_HOME": "/data/shared"},
        {"XDG_DATA_HOME": ""},
        {"HOME": "/data/home"},
        {"APPDATA": "/data/roaming"},
    ],
    ids=str,
)
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_the_folder_is_jupyters(monkeypatch, variables, system):
    for name in ("JUPYTER_DATA_DIR", "XDG_DATA_HOME", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr("sys.platform", system)
    assert str(data_dir_without_jupyter()) == jupyter_data_dir()
