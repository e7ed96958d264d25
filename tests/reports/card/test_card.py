import json
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

import greenlab
from greenlab import session
from greenlab.reports.card import card_of
from greenlab.ledger import Ledger
from greenlab.record import Component, Figure
from tests.ledger.conftest import figure, record


@pytest.fixture(autouse=True)
def fresh_session():
    session.close_current()
    yield
    session.close_current()


def gpu(active_j=5.0, energy=None):
    energy = energy or figure(100.0)
    return Component(
        "gpu", "GPU 0, Test", "nvml", energy, energy, figure(active_j), figure(1.0)
    )


def test_a_card_of_this_kernel():
    with greenlab.measure("fit"):
        sum(range(10**6))
    card = greenlab.run_card()
    (made,) = greenlab.records()
    assert card.energy_j.value == pytest.approx(made.energy_j.value)
    assert (card.cells, card.spans) == (0, 1)
    assert card.duration_s == pytest.approx(made.duration_s)
    parts = sum(part.energy_j.value for part in card.parts)
    assert parts == pytest.approx(card.energy_j.value)
    assert card.software["python"] == ".".join(map(str, sys.version_info[:3]))
    assert card.hardware.cpu_threads >= 1


def test_spans_of_a_cell_that_left_no_record_count_for_themselves():
    outer = record(kind="span", parent_id="killed")
    inner = record(kind="span", parent_id=outer.id)
    for records in ([outer, inner], [inner, outer]):
        card = card_of(records)
        assert card.energy_j.value == pytest.approx(3.6e6)
        assert (card.cells, card.spans) == (0, 1)
    assert card_of([inner, outer, record(id="killed")]).spans == 0


def test_sums_follow_the_totals():
    cell = record(duration_s=3600.0, energy_j=figure(3.6e6))
    span = record(kind="span", parent_id=cell.id)
    failed = record(status="error", duration_s=1800.0, energy_j=figure(1.8e6, tier="modelled"))
    card = card_of([cell, span, failed])
    assert card.energy_j.value == pytest.approx(5.4e6)
    assert card.energy_j.tier == "modelled"
    assert (card.cells, card.spans, card.failed) == (2, 0, 1)
    assert card.duration_s == 5400.0
    assert card.cpu_s == 3.0
    assert card.active_j.value == card.idle_j.value == 2.0
    assert card.started_at < card.ended_at
    text = str(card)
    assert "1.5 kWh, between 1.35 kWh and 1.65 kWh (modelled; 95 % interval)" in text
    assert "1 of them failed or interrupted" in text
    assert "France 2023: 56 gCO2e/kWh" in text


def test_gpu_hours_are_those_of_gpus_that_worked():
    cpu = record().components[0]
    card = card_of(
        [
            record(duration_s=3600.0, components=(cpu, gpu()), gpu_busy=0.8),
            record(duration_s=3600.0, components=(cpu, gpu(active_j=0.0)), gpu_busy=0.0),
        ]
    )
    assert card.gpu_s == 3600.0
    assert card.gpu_busy == pytest.approx(0.8)
    assert card.hardware.gpus == ("GPU 0, Test",)
    assert "1 GPU hours, 80 % busy" in str(card)


def test_what_is_missing_is_said_and_why():
    lost = Figure.missing("GPU 0, Test: GPU is lost")
    part = gpu(energy=lost)
    one = record(energy_j=Figure(3.6e6, 3.2e6, None, 0.95, "measured", lacks=("GPU 0, Test",)))
    card = card_of([record(**{"energy_j": one.energy_j, "components": (part,)})])
    gaps = {gap.what: gap.why for gap in card.gaps}
    assert gaps["GPU, GPU 0, Test"] == "GPU 0, Test: GPU is lost"
    assert "software versions" in gaps
    assert "at least 1 kWh" in str(card)
    assert card.embodied_g.value is None
    assert "not estimated" in str(card)


def test_nothing_weighed_is_no_zero():
    card = greenlab.run_card()
    assert card.energy_j.value is None
    assert card.started_at is None
    assert "nothing was measured" in str(card)
    assert "not known: no cell has run" in str(card)
    with pytest.raises(ValueError, match="not known"):
        card.model_card()


def test_it_names_no_machine_and_no_folder():
    card = card_of([record(notebook="/home/ada/secret/study.ipynb", host="adas-laptop")])
    shown = json.dumps(card.to_dict())
    assert card.notebooks == ("study.ipynb",)
    assert "/home/ada" not in shown
    assert "adas-laptop" not in shown
    assert "hardware of other machines" in {gap.what for gap in card.gaps}


def test_its_forms_say_the_same(tmp_path):
    card = card_of([record(notebook="/x/a|<b>.ipynb")])
    assert max(map(len, str(card).splitlines())) <= 80
    assert "a|&lt;b&gt;.ipynb" in card._repr_html_()
    path = card.to_markdown(tmp_path / "card.md")
    assert card.to_markdown() == path.read_text()
    table = path.read_text().splitlines()[2:]
    assert all(line.replace("\\|", "").count("|") == 3 for line in table)
    data = card.to_dict()
    assert data["schema"] == "greenlab.runcard/1"
    assert data["energy_j"]["value"] == card.energy_j.value
    json.dumps(data, allow_nan=False)


def test_a_card_in_one_line():
    card = card_of([record(), record(kind="span", duration_s=3.0)])
    assert repr(card) == (
        "<RunCard 1 cell run, 1 block, 5 s: 7.2 MJ, between 6.48 and 7.92 MJ (measured), "
        "110 g CO2e>"
    )
    assert repr(card_of([])) == "<RunCard energy not known (no cell has run)>"


def test_the_header_of_a_model_card():
    yaml = pytest.importorskip("yaml")
    card = card_of([record(components=(record().components[0], gpu()))])
    header = yaml.safe_load(card.model_card())["co2_eq_emissions"]
    assert header["emissions"] == 56.0
    assert header["geographical_location"] == "France"
    assert header["hardware_used"] == "GPU 0, Test"


def test_a_notebook_and_a_moment_come_from_the_ledger(own_ledger):
    ledger = Ledger(own_ledger)
    ledger.add(record(notebook="/x/one/a.ipynb", started_at="2026-10-01T12:00:00Z"))
    ledger.add(record(notebook="/x/two/a.ipynb", started_at="2026-10-02T12:00:00Z"))
    ledger.close()
    assert greenlab.run_card(notebook="one/a.ipynb").cells == 1
    assert greenlab.run_card(since="2026-10-02T00:00:00+00:00").cells == 1
    assert greenlab.run_card(since=datetime(2026, 9, 1)).cells == 2
    with pytest.raises(LookupError, match="may be any of"):
        greenlab.run_card(notebook="a.ipynb")
    with pytest.raises(ValueError, match="is not a moment: write"):
        greenlab.run_card(since="whenever")


def test_since_takes_the_words_of_the_command(own_ledger):
    now = datetime.now(UTC)
    ledger = Ledger(own_ledger)
    ledger.add(record(started_at=now.isoformat()))
    ledger.add(record(started_at=(now - timedelta(days=8)).isoformat()))
    ledger.close()
    assert greenlab.run_card(since="7d").cells == 1
    assert greenlab.run_card(since="2w").cells == 2
    assert greenlab.run_card(since=now.date() - timedelta(days=30)).cells == 2
    assert greenlab.run_card(since="today").cells == 1


def test_a_ledger_that_cannot_be_read_is_not_an_empty_one(own_ledger):
    own_ledger.write_text("no database, but somebody's")
    with pytest.raises(RuntimeError, match="is damaged or is no SQLite file"):
        greenlab.run_card(since="7d")


def test_its_work_is_reported_in_true_names():
    cell = record()
    assert "1 cell run, 20" in str(card_of([cell]))
    many = [cell, record(status="error"), record(kind="span"), record(kind="between")]
    shown = " ".join(str(card_of(many)).split())
    assert (
        "2 cell runs, 1 block measured outside cells, 1 of them failed or interrupted, the "
        "time between cells, 20" in shown
    )


def test_loaded_software_is_reported_and_none_is_loaded(monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", SimpleNamespace(__version__="9.9"))
    before = set(sys.modules)
    with greenlab.measure():
        pass
    assert greenlab.run_card().software["xgboost"] == "9.9"
    assert not {"torch", "mlflow", "wandb"} & (set(sys.modules) - before)


def test_without_an_open_run_nothing_is_logged(monkeypatch):
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(run=None))
    with pytest.raises(RuntimeError, match="open run"):
        card_of([record()]).log()


def test_wandb_gets_the_summary(monkeypatch):
    # A stand-in: the real one starts a service. Its `run.summary.update` takes nested dicts.
    summary = {}
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    monkeypatch.setitem(
        sys.modules, "wandb", SimpleNamespace(run=SimpleNamespace(summary=summary))
    )
    card = card_of([record(), record()])
    assert card.log() == ("wandb",)
    assert summary["greenlab_energy_kwh"] == pytest.approx(2.0)
    assert summary["greenlab_run_card"]["schema"] == "greenlab.runcard/1"


@pytest.mark.filterwarnings("ignore")
def test_mlflow_gets_metrics_and_the_whole_card(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    mlflow.set_experiment("card")
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    card = card_of([record()])
    with mlflow.start_run() as run:
        assert card.log() == ("mlflow",)
    logged = mlflow.get_run(run.info.run_id).data.metrics
    assert logged["greenlab_energy_kwh"] == pytest.approx(1.0)
    assert logged["greenlab_emissions_g_high"] == pytest.approx(56 * 1.1)
    (kept,) = tmp_path.rglob("greenlab_run_card.json")
    assert json.loads(kept.read_text()) == card.to_dict()


def test_a_figure_has_no_more_digits_than_its_bounds_let_one_know():
    energy_j = Figure.within(60123.0, 7723.0, 217123.0, level=0.9, tier="assumed")
    shown = str(card_of([record(energy_j=energy_j)]))
    assert "≈\N{NO-BREAK SPACE}17 Wh, between 2 Wh and 60 Wh (assumed; 90 % interval)" in shown


def test_a_card_is_never_written_over_the_ledger(own_ledger):
    ledger = Ledger(own_ledger)
    ledger.add(record(id="kept"))
    ledger.close()
    with pytest.raises(ValueError, match="holds your measurements"):
        greenlab.run_card().to_markdown(own_ledger)
    assert [one.id for one in Ledger(own_ledger).records()] == ["kept"]
