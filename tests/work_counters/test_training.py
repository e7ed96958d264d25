"""The trainers themselves, on tiny models: samples, tokens, steps, epochs, and their log."""

import importlib.util
from functools import partial

import pytest

from greenlab import measure, session
from greenlab.work_counters import keras_counter, lightning_counter, trainer_counter
from tests.work_counters.conftest import units

torch = pytest.importorskip("torch")

from tests.training.tiny_models import fit_keras, fit_lightning, make_trainer, rows_of

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


ROWS = rows_of(7)


@pytest.fixture
def trainer(tmp_path):
    def make(callback, step=lambda: None, rows=ROWS, **options):
        return make_trainer(
            tmp_path, callback, rows, step, **{"num_train_epochs": 3, **options}
        )

    return make


@pytest.mark.parametrize(
    ("options", "steps", "samples", "epochs"),
    [
        ({}, 12, 21, 3),
        ({"dataloader_drop_last": True}, 9, 18, 3),
        ({"gradient_accumulation_steps": 2}, 6, 21, 3),
        ({"gradient_accumulation_steps": 3}, 6, 21, 3),
        ({"max_steps": 6}, 6, 7 + 4, 1.5),
    ],
)
def test_the_trainer_counts_what_it_trains_on(
    machine, trainer, options, steps, samples, epochs
):
    counter = trainer_counter()
    with measure() as m:
        trainer(counter, lambda: machine.work(1.0, own=4.0), **options).train()
    assert units(m.record) == pytest.approx({"step": steps, "sample": samples, "epoch": epochs})
    assert counter.counts == units(m.record)
    used = counter.energy_j.value
    assert counter.energy_per("sample").value == pytest.approx(used / samples)
    assert m.record.energy_per("epoch").value == pytest.approx(
        m.record.energy_j.value / epochs, rel=1e-6
    )
    assert not session.current().meter._open


def test_the_trainer_counts_tokens_where_it_is_told_to(machine, trainer):
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=16, n_positions=8, n_embd=8, n_layer=1, n_head=1
    )
    rows = [
        {"input_ids": [3] * 4, "attention_mask": [1] * n + [0] * (4 - n), "labels": [3] * 4}
        for n in (4, 3, 2, 1)
    ]
    counter = trainer_counter()
    with measure() as m:
        trainer(
            counter, model=transformers.GPT2LMHeadModel(config), rows=rows,
            include_num_input_tokens_seen="non_padding", num_train_epochs=2,
        ).train()  # fmt: skip
    assert units(m.record)["token"] == 20
    counter = trainer_counter()
    with measure() as m:
        trainer(counter, model=transformers.GPT2LMHeadModel(config), rows=rows).train()
    assert "token" not in units(m.record)


def test_a_training_that_is_resumed_counts_what_is_left(machine, trainer):
    saves = {"save_strategy": "steps", "save_steps": 6}
    trainer(trainer_counter(), max_steps=6, **saves).train()  # an epoch, and 2 batches of 4
    counter = trainer_counter()
    with measure() as m:
        trainer(counter, **saves).train(resume_from_checkpoint=True)
    assert units(m.record) == pytest.approx({"step": 6, "sample": 3 + 7, "epoch": 1.5})


def test_of_data_without_a_length_the_samples_are_not_known(machine, trainer):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(ROWS)

    counter = trainer_counter()
    with measure() as m:
        trainer(counter, rows=Stream(), max_steps=6).train()
    assert units(m.record)["step"] == 6
    assert "sample" not in units(m.record)


def test_a_second_training_counts_anew(machine, trainer):
    counter = trainer_counter()
    for _ in range(2):
        with measure() as m:
            trainer(counter, lambda: machine.work(1.0, own=4.0)).train()
        assert counter.counts["sample"] == 21
        assert counter.energy_j.value == pytest.approx(120, rel=0.02)
        assert units(m.record)["sample"] == 21


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    if importlib.util.find_spec("mlflow") is None:
        pytest.skip("mlflow is not installed")
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment("counts")  # another test's may be chosen, which is in another store
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()


def history(mlflow, run, name):
    found = mlflow.MlflowClient().get_metric_history(run.info.run_id, name)
    return [(one.step, one.value) for one in found]


def test_the_trainers_energy_is_on_mlflows_step_axis(machine, trainer, mlflow):
    with mlflow.start_run() as run, measure():
        counter = trainer_counter()
        trainer(counter, lambda: machine.work(1.0, own=4.0), logging_steps=4).train()
    points = dict(history(mlflow, run, "greenlab_energy_j"))
    assert points == pytest.approx({4: 40, 8: 80, 12: 120}, rel=0.02)
    each = dict(history(mlflow, run, "greenlab_j_per_sample"))
    assert each == pytest.approx({4: 40 / 7, 8: 80 / 14, 12: 120 / 21}, rel=0.02)
    low = dict(history(mlflow, run, "greenlab_energy_low_j"))
    high = dict(history(mlflow, run, "greenlab_energy_high_j"))
    assert all(low[step] <= value <= high[step] for step, value in points.items())


def test_without_a_run_or_a_wish_nothing_is_logged(machine, trainer, mlflow):
    trainer(trainer_counter()).train()
    assert mlflow.active_run() is None
    assert mlflow.search_runs(output_format="list", search_all_experiments=True) == []
    with mlflow.start_run() as run:
        trainer(trainer_counter(log=False)).train()
    assert history(mlflow, run, "greenlab_energy_j") == []


@pytest.fixture
def wandb(tmp_path, monkeypatch):
    if importlib.util.find_spec("wandb") is None:
        pytest.skip("wandb is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    import wandb

    yield wandb
    wandb.finish()


class Tracker:
    """As much of W&B as is used: steps are counted by rows that are committed, and metrics of
    a row are merged until then."""

    def __init__(self):
        self.run, self.rows, self.axes, self._row = self, [], {}, {}

    def define_metric(self, name, step_metric):
        self.axes[name] = step_metric

    def log(self, data, commit=True):
        self._row |= data
        if commit:
            self.rows.append(self._row)
            self._row = {}


def test_on_wandb_the_users_own_steps_stay(machine, trainer, monkeypatch):
    tracker = Tracker()
    monkeypatch.setitem(__import__("sys").modules, "wandb", tracker)
    transformers = pytest.importorskip("transformers")

    class User(transformers.TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            tracker.log({"mine": state.global_step})

    with measure():
        made = trainer(trainer_counter(), lambda: machine.work(1.0, own=4.0), logging_steps=4)
        made.add_callback(User())
        made.train()
    assert [row["mine"] for row in tracker.rows] == list(range(1, 13))
    seen = [row for row in tracker.rows if "greenlab_energy_j" in row]
    assert [row["greenlab_step"] for row in seen] == [4, 8]
    assert seen[0]["greenlab_energy_j"] == pytest.approx(40, rel=0.02)
    assert set(tracker.axes.values()) == {"greenlab_step"}


def test_wandb_itself_takes_it_offline(machine, wandb):
    from greenlab.work_counters.step_log import log_step

    with wandb.init(project="test") as run:
        for step in (10, 20):
            assert log_step({"greenlab_energy_j": float(step)}, step) == ("wandb",)
            run.log({"loss": 1.0})
        assert run.step == 2
        assert run.summary["greenlab_energy_j"] == 20
        assert run.summary["greenlab_step"] == 20
    assert log_step({"greenlab_energy_j": 1.0}, 30) == ()


def test_keras_counts_steps_and_epochs_and_samples_that_it_is_told(machine, keras, mlflow):
    counter = keras_counter(samples=7)
    step = lambda: machine.work(1.0, own=4.0)
    with measure() as m, mlflow.start_run() as run:
        fit_keras(keras, counter, 7, 3, step)
    assert units(m.record) == {"step": 12, "epoch": 3, "sample": 21}
    assert counter.energy_per("epoch").value == pytest.approx(40, rel=0.02)
    points = dict(history(mlflow, run, "greenlab_energy_j"))
    assert points == pytest.approx({4: 40, 8: 80, 12: 120}, rel=0.02)
    counter = keras_counter()
    fit_keras(keras, counter, 7, 3, step)
    assert counter.counts == {"step": 12, "epoch": 3}


train = partial(fit_lightning, rows=ROWS, max_epochs=3)


def test_lightning_counts_the_rows_of_its_batches(machine, lightning, tmp_path, mlflow):
    counter = lightning_counter()
    step = lambda: machine.work(1.0, own=4.0)
    with measure() as m, mlflow.start_run() as run:
        train(lightning, counter, tmp_path, step=step, log_every_n_steps=3)
    assert units(m.record) == {"sample": 21, "step": 12, "epoch": 3}
    points = dict(history(mlflow, run, "greenlab_energy_j"))
    assert points == pytest.approx({n: 10 * n for n in (3, 4, 6, 8, 9, 12)}, rel=0.02)
    assert not session.current().meter._open


def test_lightning_accumulates_steps_and_counts_tokens(machine, lightning, tmp_path):
    rows = [
        one | {"input_ids": torch.ones(4, dtype=torch.long),
               "attention_mask": torch.tensor([1] * (n % 4 + 1) + [0] * (3 - n % 4))}
        for n, one in enumerate(ROWS)
    ]  # fmt: skip
    counter = lightning_counter()
    with measure() as m:
        train(lightning, counter, tmp_path, rows=rows, accumulate_grad_batches=2)
    tokens = 3 * sum(n % 4 + 1 for n in range(7))
    assert units(m.record) == {"sample": 21, "step": 6, "epoch": 3, "token": tokens}


def test_lightning_logs_to_its_own_logger(machine, lightning, tmp_path, mlflow):
    logger = lightning.loggers.MLFlowLogger(tracking_uri=mlflow.get_tracking_uri())
    train(
        lightning, lightning_counter(), tmp_path, step=lambda: machine.work(1.0, own=4.0),
        logger=logger, log_every_n_steps=100,
    )  # fmt: skip
    found = logger.experiment.get_metric_history(logger.run_id, "greenlab_energy_j")
    assert [one.step for one in found] == [4, 8, 12]


def test_lightning_that_fails_ends_its_count(machine, lightning, tmp_path):
    def fail():
        raise ZeroDivisionError

    counter = lightning_counter()
    with pytest.raises(ZeroDivisionError):
        train(lightning, counter, tmp_path, step=fail)
    assert not session.current().meter._open
