"""A tiny model of torch, and how transformers, Keras and Lightning train one."""

import pytest

torch = pytest.importorskip("torch")


class Line(torch.nn.Module):
    """Learns nothing at a rate of 0: its validation is flat. `step` is called in training."""

    def __init__(self, step=lambda: None):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.step = step

    def forward(self, x, labels=None):
        if self.training:
            self.step()
        out = self.layer(x)
        return {"loss": ((out - labels) ** 2).mean(), "logits": out}


def rows_of(count):
    return [{"x": torch.ones(2), "labels": torch.zeros(1)} for _ in range(count)]


def make_trainer(
    folder, callback, rows, step=lambda: None, *, model=None, check=None, **options
):
    """A Trainer of transformers, in steps of two rows; `check`: those that it validates on."""
    transformers = pytest.importorskip("transformers")
    options = {"report_to": [], "save_strategy": "no", "learning_rate": 0.0} | options
    args = transformers.TrainingArguments(
        output_dir=str(folder), per_device_train_batch_size=2, disable_tqdm=True, use_cpu=True,
        **options,
    )  # fmt: skip
    return transformers.Trainer(
        model or Line(step), args, train_dataset=rows, eval_dataset=check, callbacks=[callback]
    )


def fit_keras(keras, callback, count, epochs, step=lambda: None, *, validates=False):
    """Trains on so many rows, in steps of two; the history."""

    class Stepping(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            step()

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
    x, y = torch.ones((count, 2)).numpy(), torch.zeros((count, 1)).numpy()
    return model.fit(
        x, y, batch_size=2, epochs=epochs, validation_data=(x, y) if validates else None,
        verbose=0, callbacks=[Stepping(), callback],
    )  # fmt: skip


def fit_lightning(
    lightning, callback, folder, rows, step=lambda: None, *, validates=False, **options
):
    """Trains in steps of two rows; the trainer."""

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = Line(step)

        def training_step(self, batch, _index):
            loss = self.line(batch["x"], batch["labels"])["loss"]
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch, _index):
            self.log("val_loss", self.line(batch["x"], batch["labels"])["loss"])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.0)

    loader = torch.utils.data.DataLoader(rows, batch_size=2)
    trainer = lightning.Trainer(
        accelerator="cpu", devices=1, callbacks=[callback], default_root_dir=folder,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        **{"logger": False, **options},
    )  # fmt: skip
    trainer.fit(Module(), loader, loader if validates else None)
    return trainer
