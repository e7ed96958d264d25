"""Files are written whole or not at all."""

import os
import stat
import threading
from pathlib import Path

import pytest

from greenlab.cli import files, main
from greenlab.cli.errors import UsageError
from greenlab.ledger import Ledger
from tests.ledger.conftest import record


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("former")
    with pytest.raises(ZeroDivisionError), files.replacing(path) as out:
        out.write("half of ")
        1 / 0
    assert path.read_text() == "former"
    assert os.listdir(tmp_path) == ["out.json"]


def test_permissions_stay_and_a_new_file_has_the_usual_ones(tmp_path):
    path = tmp_path / "out.json"
    former = os.umask(0o027)
    try:
        files.write(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        files.write(path, "newer")
    finally:
        os.umask(former)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("newer", 0o604)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real.json", tmp_path / "link.json"
    target.write_text("former")
    link.symlink_to(target)
    files.write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_or_a_device_is_written_to(tmp_path):
    files.write(Path("/dev/null"), "anything")
    assert not stat.S_ISREG(os.stat("/dev/null").st_mode)
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    files.write(pipe, "through")
    reader.join(120)
    assert got == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_text_that_no_encoding_has_is_escaped(tmp_path):
    files.write(tmp_path / "a.json", '"\udce9 é"')
    assert (tmp_path / "a.json").read_bytes() == '"\\udce9 é"'.encode()


def test_a_full_disk_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot write /dev/full: No space left"):
        files.write(Path("/dev/full"), "x" * 100_000)


@pytest.mark.parametrize("options", [["-o", "a", "--json", "a"], ["--json=NOTEBOOK"]])
def test_no_file_of_a_run_takes_the_place_of_another(greenlab, notebook, tmp_path, options):
    path = notebook("x = 1")
    before = path.read_bytes()
    words = [
        tmp_path / word if word == "a" else word.replace("NOTEBOOK", str(path))
        for word in options
    ]
    code, out, err = greenlab("run", path, *words)
    assert (code, out) == (2, "")
    assert "name" in err
    assert path.read_bytes() == before


def test_a_run_writes_over_its_own_notebook(greenlab, notebook):
    path = notebook("x = 41\nx + 1")
    assert greenlab("run", path, "-o", path)[0] == 0
    assert '"42"' in path.read_text()


@pytest.mark.parametrize("kind", ["", "-wal", "-shm", "-journal"])
def test_the_ledger_is_never_written_over(own_ledger, kind):
    path = Path(f"{own_ledger}{kind}")
    path.write_text("months")
    for written in (files.check_writable, lambda path: files.write(path, "new")):
        with pytest.raises(UsageError, match="holds your measurements"):
            written(path)
    assert path.read_text() == "months"


def test_the_ledger_has_no_other_name_either(own_ledger, tmp_path, monkeypatch):
    own_ledger.write_text("months")
    (tmp_path / "soft").symlink_to(own_ledger)
    (tmp_path / "hard").hardlink_to(own_ledger)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "soft", tmp_path / "hard", Path(own_ledger.name)):
        with pytest.raises(UsageError, match="holds your measurements"):
            files.write(path, "new")
    own_ledger.unlink()  # where there is none yet, its name is kept for it
    with pytest.raises(UsageError, match="holds your measurements"):
        files.write(own_ledger, "new")
    files.write(tmp_path / "out.json", "new")


def test_the_calibration_is_never_written_over(tmp_path):
    with pytest.raises(UsageError, match="calibration"):
        files.write(tmp_path / "calibration.json", "new")


@pytest.mark.parametrize(
    "command",
    [
        ["export", "--format", "csv", "-o"],
        ["report", "--json"],
        ["card", "-o"],
        ["run", "none.ipynb", "-o"],
        ["doctor", "--json"],
    ],
)
def test_no_command_writes_over_the_ledger(own_ledger, command):
    ledger = Ledger()
    ledger.add(record())
    ledger.close()
    before = own_ledger.read_bytes()
    assert main([*command, str(own_ledger)]) == 2
    assert own_ledger.read_bytes() == before
