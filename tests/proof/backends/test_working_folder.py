import pytest

from greenlab.proof.backends import working_folder as module
from greenlab.proof import thermal_throttling
from greenlab.proof.backends.working_folder import furnish


def test_what_is_read_is_linked_and_what_is_written_is_a_copy(tmp_path):
    source, folder = tmp_path / "source", tmp_path / "folder"
    (source / "out" / "deep").mkdir(parents=True)
    (source / "data").mkdir()
    folder.mkdir()
    for name in ("data/a.csv", "out/model.pt", "out/log.txt", "out/deep/x", "kept.txt"):
        (source / name).write_text(name)
    furnish(folder, source, ["out/model.pt", "./kept.txt", "out/new.pt", "fresh/made.txt"])
    for name in ("data/a.csv", "out/model.pt", "out/log.txt", "out/deep/x", "kept.txt"):
        assert (folder / name).read_text() == name
    for name in ("out/model.pt", "kept.txt", "out/new.pt"):
        (folder / name).write_text("changed")
    assert (source / "out/model.pt").read_text() == "out/model.pt"
    assert (source / "kept.txt").read_text() == "kept.txt"
    assert not (source / "out/new.pt").exists()


def test_a_folder_of_too_many_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_ENTRIES", 2)
    source, folder = tmp_path / "source", tmp_path / "folder"
    source.mkdir(), folder.mkdir()
    for number in range(3):
        (source / str(number)).touch()
    with pytest.raises(OSError, match="more than 2"):
        furnish(folder, source, ["x"])


def test_throttling_is_counted_over_all_cpus(tmp_path):
    assert thermal_throttling.count(tmp_path / "none") == 0
    for cpu, count in enumerate(("3\n", "4\n", "garbage")):
        place = tmp_path / "cpus" / f"cpu{cpu}" / "thermal_throttle"
        place.mkdir(parents=True)
        (place / "package_throttle_count").write_text(count)
    assert thermal_throttling.count(tmp_path / "cpus") == 7
