import pytest

from greenlab.ledger import Ledger, location


@pytest.fixture
def mounts(monkeypatch):
    def set_to(*pairs):
        monkeypatch.setattr(location, "mounts", lambda: list(pairs))

    return set_to


def test_this_machines_own_mounts_are_read(tmp_path):
    assert location.file_system(tmp_path)


def test_what_linux_says_is_what_psutil_says(monkeypatch):
    assert set(location._mounts_elsewhere()) <= set(location.mounts())


def test_a_blank_in_a_path_is_read():
    assert location._unescaped("/mnt/my\\040disk") == "/mnt/my disk"


def test_the_deepest_and_latest_mount_counts(mounts, tmp_path):
    mounts(
        ("/", "ext4"), (str(tmp_path), "xfs"), (str(tmp_path), "NFS4"), ("/elsewhere", "zfs")
    )
    assert location.file_system(tmp_path / "a") == "nfs4"
    assert not location.carries_wal(tmp_path)


@pytest.mark.parametrize(
    "kind", ["nfs", "cifs", "fuse.sshfs", "9p", "lustre", "never-heard-of"]
)
def test_on_a_network_or_unknown_file_system_there_is_no_log(mounts, tmp_path, kind):
    mounts(("/", "ext4"), (str(tmp_path), kind))
    ledger = Ledger(tmp_path / "ledger.sqlite")
    (mode,) = ledger._connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "delete"
    ledger.close()


def test_in_doubt_there_is_no_log(mounts, tmp_path):
    mounts()
    assert location.file_system(tmp_path) is None
    assert not location.carries_wal(tmp_path)


def test_on_a_local_disk_there_is(mounts, tmp_path):
    mounts(("/", "ext4"))
    ledger = Ledger(tmp_path / "ledger.sqlite")
    (mode,) = ledger._connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"
    ledger.close()
