"""Where the ledger lies, and whether its file system can carry a write-ahead log."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from greenlab.home import own_file

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
    """`GREENLAB_LEDGER`, else a file of this user and host under Jupyter's data directory."""
    return own_file(LEDGER_VARIABLE, "ledger", ".sqlite")


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
