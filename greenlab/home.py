"""Where greenlab keeps a user's own files."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from greenlab.settings import Setting


def own_file(setting: Setting, stem: str, suffix: str) -> Path:
    """The path that a setting names, else a file of this user and host below
    Jupyter's data directory.

    One file per host, because a home directory is often shared by many.
    """
    if named := setting.text:
        return Path(named).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname()) or "host"
    return Path(jupyter_data_dir()) / "greenlab" / f"{stem}-{host}{suffix}"
