"""JupyterLab's settings of greenlab, read by the kernel itself: a page sends them too late for
the cells that are in the queue when the extension is loaded.

The server may run on another machine or as another user: then nothing is found here, and the
settings come with a page's `hello`.
Source: https://jupyterlab.readthedocs.io/en/stable/user/directories.html
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from greenlab.lazy_dataclasses import dataclass

PLUGIN: Final = "jupyterlab-greenlab:plugin"
LARGEST: Final = 100_000
"""Bytes of a file that is read."""

_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_COMMENT: Final = rf"(?s){_STRING}|//[^\n]*|/\*.*?\*/"
_LAST_COMMA: Final = rf"(?s){_STRING}|,(?=\s*[}}\]])"


@dataclass(frozen=True, slots=True)
class LabSettings:
    """`zone` is empty where none is set."""

    zone: str = ""
    live_power: bool = True
    sample_lines: bool = True


def read() -> LabSettings:
    """The settings of this user, else the administrator's, else the defaults. Never raises."""
    found: dict[str, Any] = {}
    for file in _overrides():
        ours = _json5(file).get(PLUGIN)
        if isinstance(ours, dict):
            found |= ours
    found |= _json5(_user_folder() / "jupyterlab-greenlab" / "plugin.jupyterlab-settings")
    zone = found.get("zone")
    return LabSettings(
        zone.strip() if isinstance(zone, str) else "",
        _switch(found, "livePower"),
        _switch(found, "sampleLines"),
    )


def _switch(found: dict[str, Any], name: str) -> bool:
    value = found.get(name)
    return value if isinstance(value, bool) else True


def _user_folder() -> Path:
    named = os.environ.get("JUPYTERLAB_SETTINGS_DIR")
    return Path(named) if named else _config() / "lab" / "user-settings"


def _overrides() -> Iterator[Path]:
    """Least first: the application's, then those of the configuration folders."""
    app = os.environ.get("JUPYTERLAB_DIR")
    yield Path(app or Path(sys.prefix) / "share/jupyter/lab") / "settings" / "overrides.json"
    with suppress(Exception):
        from jupyter_core.paths import jupyter_config_path

        for folder in reversed(jupyter_config_path()):
            yield Path(folder) / "labconfig" / "default_setting_overrides.json"


def _config() -> Path:
    try:
        from jupyter_core.paths import jupyter_config_dir

        return Path(jupyter_config_dir())
    except Exception:  # noqa: BLE001  another front end's kernel, or a broken configuration
        return Path.home() / ".jupyter"


def _json5(file: Path) -> dict[str, Any]:
    """An object of JSON that may hold comments and trailing commas; empty if it is none."""
    with suppress(OSError, ValueError, RecursionError):
        if file.is_file():
            with file.open(encoding="utf-8-sig") as stream:
                text = re.sub(_COMMENT, _strings_only, stream.read(LARGEST))
            data = json.loads(re.sub(_LAST_COMMA, _strings_only, text))
            return data if isinstance(data, dict) else {}
    return {}


def _strings_only(token: re.Match[str]) -> str:
    return token[0] if token[0].startswith('"') else ""
