"""Where the ledger lies, and whether its file system can carry a write-ahead log."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Final

LEDGER_VARIABLE: Final = "GREENLAB_LEDGER"

# File systems whose memory maps and locks hold between the processes of one host, which the
# write-ahead log needs (https://sqlite.org/wal.html). Anything else, and anything unknown,
# gets the rollback journal.
_LOCAL: Final = frozenset(
    {
        "apfs",
        "bcachefs",
        "btrfs",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "hfs",
        "jfs",
        "ntfs",
        "overlay",
        "reiserfs",
        "tmpfs",
        "ufs",
        "xfs",
        "zfs",
    }
)


def default_path() -> Path:
    """`GREENLAB_LEDGER`, else a file of this user and host under Jupyter's data directory.

    One file per host, because a home directory is often shared by many.
    """
    if setting := os.environ.get(LEDGER_VARIABLE, "").strip():
        return Path(setting).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname()) or "host"
    return Path(jupyter_data_dir()) / "greenlab" / f"ledger-{host}.sqlite"


def file_system(path: Path) -> str | None:
    """The type of file system that holds an existing path ("ext4"), or `None`.

    Read from the table of mounts: no server is asked, so a hung network mount cannot block.
    """
    import psutil

    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):
        return None
    real = path.resolve()
    found, depth = None, -1
    for mount in mounts:
        parts = len(Path(mount.mountpoint).parts)
        # Of several mounts on one point the last is the one that is seen.
        if parts >= depth and real.is_relative_to(mount.mountpoint):
            found, depth = mount.fstype.lower(), parts
    return found


def carries_wal(folder: Path) -> bool:
    """Whether a ledger in this folder may use a write-ahead log."""
    return file_system(folder) in _LOCAL
