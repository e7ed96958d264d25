"""Where the ledger is, and whether its file system supports a write-ahead log."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from greenlab.home import own_file
from greenlab.settings import LEDGER

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
    return own_file(LEDGER, "ledger", ".sqlite")


def check_not_ledger(path: Path) -> None:
    """Refuse to write over the measurements of months.

    Raises:
        ValueError: the path is that of the ledger, or of a file that SQLite keeps beside it.
    """
    ledger = default_path()
    own = [ledger, *(Path(f"{ledger}-{kind}") for kind in ("wal", "shm", "journal"))]
    if any(_same(path, one) for one in own):
        raise ValueError(f"{path} holds your measurements, the ledger: name another file")


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):  # one of them does not exist: there are no other names for it
        return one.samefile(other)
    return one.resolve() == other.resolve()


def file_system(path: Path) -> str | None:
    """The type of file system that holds an existing path ("ext4"), or `None`.

    Read from the table of mounts: no server is asked, so a hung network mount cannot block.
    """
    real = path.resolve()
    found, depth = None, -1
    for place, kind in mounts():
        parts = len(Path(place).parts)
        # Of several mounts on one point the last is the one that is seen.
        if parts >= depth and real.is_relative_to(place):
            found, depth = kind.lower(), parts
    return found


def mounts() -> list[tuple[str, str]]:
    """Each mount's place and the type of its file system; empty where that is unknown."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return _mounts_elsewhere()
    fields = (line.split(" ") for line in lines)
    return [(_unescaped(place), kind) for _, place, kind, *_ in fields]


def _unescaped(place: str) -> str:
    """fstab(5) writes a blank in a path as its octal number."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)


def _mounts_elsewhere() -> list[tuple[str, str]]:
    import psutil  # takes 10 ms: not on Linux, where most kernels run

    try:
        return [(one.mountpoint, one.fstype) for one in psutil.disk_partitions(all=True)]
    except (OSError, RuntimeError):
        return []


def carries_wal(folder: Path) -> bool:
    """Whether a ledger in this folder may use a write-ahead log."""
    return file_system(folder) in _LOCAL
