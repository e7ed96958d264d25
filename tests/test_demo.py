"""The demo notebook, executed in a real kernel and weighed by `greenlab run`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from greenlab.advice.analysis.torch.model import computes_bfloat16
from greenlab.meter import Meter
from greenlab.record import Run, from_dict

DEMO = Path(__file__).parent.parent / "binder" / "demo.ipynb"

# The same cells with a part of the work, so that they take seconds, beside other tests.
SHORTER = {
    "n_estimators=45": "n_estimators=10",
    "max_iter=45": "max_iter=10",
    "epoch in range(10)": "epoch in range(1)",
    "set_num_threads(os.cpu_count() or 1)": "set_num_threads(1)",
}
HEAVY_S = "1"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `greenlab run` wrote: the run, the notebook and what a terminal shows."""
    folder = tmp_path_factory.mktemp("demo")
    notebook = nbformat.read(DEMO, 4)
    for old, new in SHORTER.items():
        assert any(old in cell.source for cell in notebook.cells), old
        for cell in notebook.cells:
            cell.source = cell.source.replace(old, new)
    shorter = folder / "shorter.ipynb"
    nbformat.write(notebook, shorter)
    done = subprocess.run(
        [sys.executable, "-m", "greenlab", "run", str(shorter)]
        + ["-o", str(folder / "demo.ipynb"), "--json", str(folder / "run.json")],
        env={
            **os.environ,
            "GREENLAB_LEDGER": str(folder / "ledger.sqlite"),
            "GREENLAB_ADVICE_MIN_S": HEAVY_S,
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = from_dict(Run, json.loads((folder / "run.json").read_text()))
    return run, nbformat.read(folder / "demo.ipynb", 4), done.stdout


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook, cell_id):
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    return "".join(output.get("text", "") for output in cell.outputs)


def test_the_notebook_is_kept_without_outputs():
    cells = code_cells(nbformat.read(DEMO, 4))
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


def test_every_cell_has_a_record(demo):
    run, notebook, _ = demo
    assert run.status == "ok"
    weighed = [record.cell_id for record in run.records if record.kind == "cell"]
    assert weighed == [cell.id for cell in code_cells(notebook)]


def test_every_figure_stands_in_its_interval(demo):
    run, _, _ = demo
    for record in run.records:
        figure = record.energy_j
        assert figure.value is not None, figure.reason
        assert figure.low <= figure.value
        assert figure.high is None or figure.value <= figure.high
        assert record.emissions_g.value is not None


def test_nothing_is_called_measured_without_a_counter(demo):
    run, _, _ = demo
    meter = Meter()
    counted = {one.kind for one in meter.sensors if one.available and one.tier == "measured"}
    meter.close()
    for record in run.records:
        measured = {part.kind for part in record.components if part.energy_j.tier == "measured"}
        assert measured <= counted
        if not counted:
            assert record.energy_j.tier in ("modelled", "assumed")


def test_the_heavy_cell_is_advised_and_its_change_is_the_next_cell(demo):
    run, _, _ = demo
    (advice,) = [one for one in run.advice if one.rule == "S01"]
    assert advice.cell_id == "heavy"
    assert "HistGradientBoostingClassifier" in advice.change.text
    assert advice.because


def test_the_lighter_cell_is_lighter_and_no_worse(demo):
    run, notebook, _ = demo
    cpu_s = {record.cell_id: record.cpu_s for record in run.records}
    assert cpu_s["lighter"] < cpu_s["heavy"]  # a tenth on a quiet machine
    accuracy = {
        name: float(printed(notebook, name).split()[-1]) for name in ("heavy", "lighter")
    }
    assert accuracy["lighter"] >= accuracy["heavy"] - 0.01


def test_mixed_precision_is_advised_where_the_processor_has_it(demo):
    run, notebook, _ = demo
    advised = [one.cell_id for one in run.advice if one.rule == "T01"]
    if find_spec("torch") is None:
        assert advised == []
        assert "torch is not installed here" in printed(notebook, "network")
        return
    import torch  # noqa: F401  what is asked

    if computes_bfloat16("cpu"):
        assert advised == ["fp32"]
    else:
        assert advised == []


def test_cells_that_are_light_or_changed_get_no_advice(demo):
    run, _, _ = demo
    assert {one.cell_id for one in run.advice} <= {"heavy", "fp32"}


def test_the_terminal_shows_the_advice(demo):
    run, _, shown = demo
    for one in run.advice:
        assert one.title in shown
