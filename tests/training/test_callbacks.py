"""The trainers themselves, on tiny models; a framework that is not installed is passed over."""

import importlib.util
import logging
import subprocess
import sys

import pytest

from greenlab import session
from greenlab.training import huggingface_callback, keras_callback, lightning_callback
from greenlab.training import early_stop as early_stop_module

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore"),  # of the frameworks, about themselves
]


@pytest.fixture(autouse=True)
def look_at_every_step(monkeypatch):
    monkeypatch.setattr(early_stop_module, "LOOK_S", 0.0)


class Line(torch.nn.Module):
    """Learns nothing at a rate of 0: its validation is flat."""

    def __init__(self, step=lambda: None):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.step = step

    def forward(self, x, labels=None):
        if self.training:
            self.step()
        out = self.layer(x)
        return {"loss": ((out - labels) ** 2).mean(), "logits": out}


ROWS = [{"x": torch.ones(2), "labels": torch.zeros(1)} for _ in range(8)]


def huggingface(callback, tmp_path, step=lambda: None, **options):
    """A training of 10 epochs of 4 steps; how many steps it took."""
    transformers = pytest.importorskip("transformers")
    args = transformers.TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=10, per_device_train_batch_size=2,
        learning_rate=0.0, eval_strategy="epoch", save_strategy="no", report_to=[],
        disable_tqdm=True, use_cpu=True, **options,
    )  # fmt: skip
    trainer = transformers.Trainer(
        Line(step), args, train_dataset=ROWS, eval_dataset=ROWS, callbacks=[callback]
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


@pytest.fixture
def keras(monkeypatch):
    if importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    return keras


def fit_keras(keras, callback, step=lambda: None):
    """Ten epochs of 4 steps; the history."""

    class Stepping(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            step()

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    x, y = torch.ones((8, 2)).numpy(), torch.zeros((8, 1)).numpy()
    return model.fit(
        x, y, batch_size=2, epochs=10, validation_data=(x, y), verbose=0,
        callbacks=[Stepping(), callback],
    )  # fmt: skip


def test_keras_stops_by_budget_and_by_patience(machine, keras):
    callback = keras_callback(budget_j=55)
    history = fit_keras(keras, callback, lambda: machine.work(1.0, own=4.0))
    assert len(history.epoch) == 2
    assert callback.stop.energy_j.value == pytest.approx(60, rel=0.01)
    callback = keras_callback(patience=2)
    assert len(fit_keras(keras, callback).epoch) == 3
    assert callback.stop.reason.startswith("patience")
    assert not session.current().meter._open


@pytest.fixture
def lightning():
    if importlib.util.find_spec("lightning") is None:
        pytest.skip("lightning is not installed")
    import lightning.pytorch

    return lightning.pytorch


def fit_lightning(lightning, callback, tmp_path, step=lambda: None, *, validates=True):
    """Ten epochs of 4 steps; the trainer."""

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = Line(step)

        def training_step(self, batch, _index):
            loss = self.line(**batch)["loss"]
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch, _index):
            self.log("val_loss", self.line(**batch)["loss"])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    loader = torch.utils.data.DataLoader(ROWS, batch_size=2)
    trainer = lightning.Trainer(
        max_epochs=10, accelerator="cpu", devices=1, logger=False, 
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=tmp_path, callbacks=[callback],
    )  # fmt: skip
    trainer.fit(Module(), loader, loader if validates else None)
    return trainer


def test_lightning_stops_by_budget_and_by_patience(machine, lightning, tmp_path):
    callback = lightning_callback(budget_j=55)
    step = lambda: machine.work(1.0, own=4.0)
    assert fit_lightning(lightning, callback, tmp_path, step).global_step == 6
    assert callback.stop.reason.startswith("budget")
    callback = lightning_callback(patience=2)
    assert fit_lightning(lightning, callback, tmp_path).global_step == 3 * 4
    callback = lightning_callback("train_loss", patience=2)
    trainer = fit_lightning(lightning, callback, tmp_path, validates=False)
    assert trainer.global_step == 3 * 4
    assert not session.current().meter._open


def test_importing_the_helpers_imports_no_framework():
    script = (
        "import sys, greenlab.training\n"
        "print({'torch', 'keras', 'lightning', 'transformers', 'optuna', 'zeus'} & "
        "set(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert out.stdout.strip() == "set()"
