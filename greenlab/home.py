"""Where greenlab keeps a user's own files."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

from greenlab.settings import Setting


def own_file(setting: Setting, stem: str, suffix: str) -> Path:
    """The path that a setting names, else a file of this user and host below
    Jupyter's data directory.

    One file per host, because a home directory is often shared by many.
    """
    if named := setting.text:
        return Path(named).expanduser().absolute()
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname()) or "host"
    return _jupyter_data() / "greenlab" / f"{stem}-{host}{suffix}"


def _jupyter_data() -> Path:
    try:
        from jupyter_core.paths import jupyter_data_dir
    except ModuleNotFoundError:
        return data_dir_without_jupyter()
    return Path(jupyter_data_dir())


def data_dir_without_jupyter() -> Path:
    """Where Jupyter would keep its data: a worker without it shares its user's files."""
    if named := os.environ.get("JUPYTER_DATA_DIR"):
        return Path(named)
    home = Path.home().resolve()
    if sys.platform == "darwin":
        return home / "Library" / "Jupyter"
    if os.name == "nt":
        roaming = os.environ.get("APPDATA")
        return Path(roaming).resolve() / "jupyter" if roaming else home / ".jupyter" / "data"
    shared = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
    return Path(shared) / "jupyter"
