"""The trainers themselves, on tiny models; a framework that is not installed is passed over."""

import logging

import pytest

from greenlab import session
from greenlab.training import huggingface_callback, keras_callback, lightning_callback
from greenlab.training import early_stop as early_stop_module

pytest.importorskip("torch")

from tests.fresh_process import loaded_by
from tests.training.tiny_models import fit_keras, fit_lightning, make_trainer, rows_of

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore"),  # of the frameworks, about themselves
]


@pytest.fixture(autouse=True)
def look_at_every_step(monkeypatch):
    monkeypatch.setattr(early_stop_module, "LOOK_S", 0.0)


ROWS = rows_of(8)


def huggingface(callback, tmp_path, step=lambda: None):
    """A training of 10 epochs of 4 steps; the trainer."""
    trainer = make_trainer(
        tmp_path, callback, ROWS, step, check=ROWS, num_train_epochs=10, eval_strategy="epoch"
    )
    trainer.train()
    return trainer


def test_huggingface_stops_by_budget_within_an_epoch(machine, tmp_path):
    callback = huggingface_callback(budget_j=55)
    trainer = huggingface(callback, tmp_path, lambda: machine.work(1.0, own=4.0))
    assert trainer.state.global_step == 6
    assert callback.stop.reason.startswith("budget")
    assert not session.current().meter._open


def test_huggingface_stops_by_patience(machine, tmp_path):
    callback = huggingface_callback(patience=2)
    trainer = huggingface(callback, tmp_path)
    assert trainer.state.global_step == 3 * 4
    assert callback.stop.reason.startswith("patience")
    trainer.evaluate()  # outside a training nothing is counted
    assert callback.stop.flat == 2


def test_huggingface_trains_on_within_its_limits(machine, tmp_path):
    callback = huggingface_callback(budget_j=1e9)
    assert huggingface(callback, tmp_path).state.global_step == 40
    assert callback.stop.reason is None


def test_a_second_training_counts_anew(machine, tmp_path):
    callback = huggingface_callback(budget_j=500)
    for _ in range(2):
        trainer = huggingface(callback, tmp_path, lambda: machine.work(1.0, own=4.0))
        assert trainer.state.global_step == 40
        assert callback.stop.energy_j.value == pytest.approx(400, rel=0.01)


def test_a_metric_that_is_not_there_is_said_once(machine, tmp_path, caplog):
    callback = huggingface_callback("eval_los", patience=1)
    with caplog.at_level(logging.WARNING, "greenlab"):
        assert huggingface(callback, tmp_path).state.global_step == 40
    (said,) = [r.message for r in caplog.records if r.name.startswith("greenlab")]
    assert "'eval_los'" in said
    assert "eval_loss" in said


def test_several_processes_keep_no_budget(machine, caplog):
    callback = huggingface_callback(budget_j=1, patience=2)
    with caplog.at_level(logging.WARNING, "greenlab"):
        callback.begin(processes=4)
    machine.work(10, own=4.0)
    assert not callback.stop(1.0)
    assert "4 processes" in caplog.text


def test_keras_stops_by_budget_and_by_patience(machine, keras):
    callback = keras_callback(budget_j=55)
    history = fit_keras(
        keras, callback, 8, 10, lambda: machine.work(1.0, own=4.0), validates=True
    )
    assert len(history.epoch) == 2
    assert callback.stop.energy_j.value == pytest.approx(60, rel=0.01)
    callback = keras_callback(patience=2)
    assert len(fit_keras(keras, callback, 8, 10, validates=True).epoch) == 3
    assert callback.stop.reason.startswith("patience")
    assert not session.current().meter._open


def lightning_steps(lightning, callback, tmp_path, step=lambda: None, *, validates=True):
    """How many steps a training of 10 epochs of 4 steps took."""
    trainer = fit_lightning(
        lightning, callback, tmp_path, ROWS, step, validates=validates, max_epochs=10
    )
    return trainer.global_step


def test_lightning_stops_by_budget_and_by_patience(machine, lightning, tmp_path):
    callback = lightning_callback(budget_j=55)
    step = lambda: machine.work(1.0, own=4.0)
    assert lightning_steps(lightning, callback, tmp_path, step) == 6
    assert callback.stop.reason.startswith("budget")
    callback = lightning_callback(patience=2)
    assert lightning_steps(lightning, callback, tmp_path) == 3 * 4
    callback = lightning_callback("train_loss", patience=2)
    assert lightning_steps(lightning, callback, tmp_path, validates=False) == 3 * 4
    assert not session.current().meter._open


def test_lightning_that_fails_stops_counting(machine, lightning, tmp_path):
    def fail():
        raise ZeroDivisionError

    callback = lightning_callback(budget_j=1e9)
    with pytest.raises(ZeroDivisionError):
        fit_lightning(lightning, callback, tmp_path, ROWS, fail, max_epochs=1)
    assert not session.current().meter._open


def test_importing_the_helpers_imports_no_framework():
    frameworks = "torch", "keras", "lightning", "transformers", "optuna", "zeus"
    assert loaded_by("import greenlab.training", *frameworks) == set()
