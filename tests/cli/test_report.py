import io
import json
import sqlite3
from types import SimpleNamespace

import pandas
import pytest

from greenlab import units
from greenlab.ledger import Ledger
from tests.ledger.conftest import record


@pytest.fixture
def filled(own_ledger):
    """A ledger of three cells in two notebooks, and a span that lies within one."""
    ledger = Ledger(own_ledger)
    first = record(notebook="/home/ada/one/analysis.ipynb", started_at="2026-10-01T12:00:00Z")
    ledger.add(first)
    ledger.add(record(notebook="/home/ada/two/analysis.ipynb"))
    ledger.add(record(notebook="/home/ada/two/analysis.ipynb"))
    ledger.add(record(notebook=first.notebook, kind="span", parent_id=first.id))
    ledger.close()


@pytest.mark.parametrize("words", [["report"], ["card"], ["export", "--format", "csv"]])
def test_an_empty_ledger_says_how_it_is_filled(greenlab, words):
    code, out, err = greenlab(*words)
    assert (code, out) == (1, "")
    assert "has no records yet" in err
    assert "%load_ext greenlab" in err


def test_an_empty_report_is_json_all_the_same(greenlab):
    code, out, _ = greenlab("report", "--json")
    assert (code, json.loads(out)["totals"]["energy_j"]["value"]) == (1, None)


def test_nothing_to_export_leaves_a_former_export(greenlab, filled, tmp_path):
    kept = tmp_path / "kept.csv"
    kept.write_text("former export")
    code, _, err = greenlab("export", "--format", "csv", "-o", kept, "--since", "2030-01-01")
    assert (code, "has no records since 2030" in err) == (1, True)
    assert kept.read_text() == "former export"


@pytest.mark.parametrize(
    "words",
    [["report"], ["report", "--notebook", "a.ipynb"], ["card"], ["export", "--format", "csv"]],
)
def test_a_ledger_that_cannot_be_written_is_not_an_empty_one(
    greenlab, monkeypatch, tmp_path, words
):
    (tmp_path / "file").write_text("in the way")
    for path, says in (
        (tmp_path, "is a folder"),
        (tmp_path / "file" / "ledger.sqlite", "cannot be written"),
    ):
        monkeypatch.setenv("GREENLAB_LEDGER", str(path))
        code, out, err = greenlab(*words)
        assert (code, out) == (1, "")
        assert says in err
        assert "GREENLAB_LEDGER" in err


def test_a_full_disk_is_said(greenlab, monkeypatch):
    usage = SimpleNamespace(free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    code, _, err = greenlab("report")
    assert (code, "the disk is full" in err) == (1, True)


def test_sums_by_notebook_and_day(greenlab, filled):
    code, out, _ = greenlab("report", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["schema"] == "greenlab.report/1"
    assert report["totals"]["energy_j"]["value"] == pytest.approx(3 * 3.6e6)
    assert report["totals"]["cells"] == 3
    assert {name[-19:]: part["cells"] for name, part in report["by_notebook"].items()} == {
        "/one/analysis.ipynb": 1,
        "/two/analysis.ipynb": 2,
    }
    assert sum(part["cells"] for part in report["by_day"].values()) == 3


def test_the_table_fits_80_columns(in_terminal, filled):
    _, out = in_terminal("report", columns=80)
    assert "10.8 MJ" in out
    assert "9.72 to 11.9 MJ" in out
    assert "measured" in out
    table = [line for line in out.splitlines() if not line.startswith("Ledger")]
    assert max(map(len, table)) <= 80


def test_text_and_json_hold_the_same_time_between(greenlab, filled, own_ledger):
    _, out, _ = greenlab("report", "--json")
    assert json.loads(out)["totals"]["between_j"] is None
    assert "between cells" not in greenlab("report")[1]
    ledger = Ledger(own_ledger)
    ledger.add(record(kind="between", notebook="/home/ada/one/analysis.ipynb"))
    ledger.close()
    report = json.loads(greenlab("report", "--json")[1])
    between_j = report["totals"]["between_j"]["value"]
    assert report["by_notebook"]["/home/ada/one/analysis.ipynb"]["between_j"]["value"] == (
        between_j
    )
    assert f"between cells: {units.energy(between_j)} of it" in greenlab("report")[1]


def test_kernels_that_lived_at_once_are_said(greenlab, own_ledger):
    ledger = Ledger(own_ledger)

    def add(kernel_id, at):
        ledger.add(record(kernel_id=kernel_id, started_at=f"2026-09-22T00:00:{at}+00:00"))

    for kernel_id, at in (("one", "00"), ("one", "08"), ("two", "10"), ("three", "20")):
        add(kernel_id, at)
    assert not json.loads(greenlab("report", "--json")[1])["at_once"]
    assert "same time" not in greenlab("report")[1]
    add("four", "05")  # between the cells of the first, which waits and draws
    assert json.loads(greenlab("report", "--json")[1])["at_once"]
    assert "Note: kernels ran at the same time." in greenlab("report")[1]
    ledger.close()


def test_one_notebook_by_the_end_of_its_path(greenlab, filled):
    _, out, _ = greenlab("report", "--notebook", "two/analysis.ipynb", "--json")
    assert json.loads(out)["totals"]["cells"] == 2
    code, _, err = greenlab("report", "--notebook", "analysis.ipynb")
    assert code == 2
    assert "may be any of" in err
    code, _, err = greenlab("report", "--notebook", "absent.ipynb")
    assert code == 2
    assert "no record of absent.ipynb; it has /home/ada/one/analysis.ipynb, /home/" in err


def test_since(greenlab, filled):
    code, out, err = greenlab("report", "--since", "2026-10-02", "--json")
    assert (code, "has no records since 2026-10-02" in err) == (1, True)
    assert json.loads(out)["totals"]["cells"] == 0
    _, out, _ = greenlab("report", "--since", "2026-10-01T12:00:00Z", "--json")
    assert json.loads(out)["totals"]["cells"] == 1
    code, _, err = greenlab("report", "--since", "whenever")
    assert code == 2
    assert "not a moment" in err


def test_export_to_stdout_and_to_a_file(greenlab, filled, tmp_path):
    code, out, err = greenlab("export", "--format", "jsonl")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 4
    code, out, _ = greenlab("export", "--format", "codecarbon", "-o", tmp_path / "e.csv")
    assert (code, out) == (0, "")
    table = pandas.read_csv(tmp_path / "e.csv")
    assert table.energy_consumed.tolist() == pytest.approx([1.0] * 3)  # not the span's
    _, out, _ = greenlab("export", "--format", "csv", "--notebook", "one/analysis.ipynb")
    assert len(pandas.read_csv(io.StringIO(out))) == 2


def test_export_needs_a_known_format_and_a_writable_file(greenlab, filled, tmp_path):
    assert greenlab("export", "--format", "xml")[0] == 2
    code, _, err = greenlab("export", "--format", "csv", "-o", tmp_path / "no" / "e.csv")
    assert code == 2
    assert "cannot write" in err


def test_a_ledger_that_cannot_be_read_is_not_an_empty_one(greenlab, own_ledger, tmp_path):
    own_ledger.write_text("no database, but somebody's")
    kept = tmp_path / "kept.csv"
    kept.write_text("former export")
    for words in (["report"], ["report", "--json"], ["export", "--format", "csv", "-o", kept]):
        code, out, err = greenlab(*words)
        assert (code, out) == (1, "")
        assert "is damaged or is no SQLite file" in err
    assert kept.read_text() == "former export"


def test_a_ledger_of_a_later_version_is_not_an_empty_one(greenlab, filled, own_ledger):
    with sqlite3.connect(own_ledger) as file:
        file.execute("PRAGMA user_version = 99")
    code, out, err = greenlab("report")
    assert (code, out) == (1, "")
    assert "Update greenlab" in err
