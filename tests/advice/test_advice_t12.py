"""T12: a loop over epochs, a Trainer and Keras, judged by the curve that the run left."""

import math
import random
import types

import pytest
from advice_cells import HEAVY, change, found, rules, run

from greenlab.advice.analysis.validation_curves import ValidationCurve, falling

LOOP = """\
val_losses = []
for epoch in range(40):
    model = (model + 1) % 100
    # the figure of this epoch
    val_losses.append(curve[epoch])  # kept
    done = epoch
"""
FLAT = [1 / (1 + n) if n < 12 else 0.5 + n / 100 for n in range(40)]


def after(source, curve, **names):
    namespace = {"model": 0, "curve": curve, **names}
    run(source, namespace)
    return found(source, namespace), namespace


def test_the_loop_ends_at_the_best_epoch_and_the_patience():
    advice, _ = after(LOOP, FLAT)
    assert rules(advice) == ["T12"]
    (one,) = advice
    assert "val_losses was best after epoch 12; 40 epochs were run." in one.because
    assert one.saving.high == pytest.approx((40 - 12 - 4) / 40)
    text = change(advice)
    assert "# kept" in text
    assert "# greenlab:T12" in text
    again, namespace = after(text, FLAT)
    assert again == ()
    assert namespace["done"] == 14  # 12 epochs and a patience of 4; the break ends the last
    assert min(namespace["val_losses"]) == min(FLAT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("val_losses", "valid_err"),
        ("val_losses = []", "val_losses: list[float] = []"),
        ("val_losses", "history['val_loss']"),
    ],
)
def test_names_and_tables(old, new):
    source = LOOP.replace(old, new)
    if "history" in new:
        source = source.replace("history['val_loss'] = []", "history = {'val_loss': []}")
    advice, _ = after(source, FLAT)
    assert rules(advice) == ["T12"]
    assert after(change(advice), FLAT)[1]["done"] == 14


def test_a_figure_that_rises():
    source = LOOP.replace("val_losses", "test_accs")
    advice, _ = after(source, [-value for value in FLAT])
    assert "max(test_accs)" in change(advice)


@pytest.mark.parametrize(
    "curve",
    [
        [1 / (1 + n) for n in range(40)],  # still getting better
        [1 / (1 + n) if n < 12 or n > 35 else 0.5 for n in range(40)],  # a second descent
        [1 / (1 + min(n, 31)) for n in range(40)],  # flat for a few epochs only
        [float("nan")] * 40,
    ],
)
def test_it_stays_silent_where_the_epochs_were_of_use(curve):
    assert after(LOOP, curve)[0] == ()


@pytest.mark.parametrize(
    "source",
    [
        LOOP.replace("val_losses", "losses"),
        LOOP.replace("    done = epoch", "    if epoch > 38: break"),
        LOOP.replace("range(40)", "range(9)"),
        f"patience = 100\n{LOOP}",
    ],
)
def test_training_curves_unknown_figures_and_loops_that_end_by_themselves(source):
    assert after(source, FLAT)[0] == ()


def test_a_schedule_makes_it_a_listed_thought():
    advice, _ = after(f"scheduler = None\n{LOOP}", FLAT)
    assert [one.status for one in advice] == ["candidate"]


def test_a_curve_that_began_in_another_cell_is_changed_by_hand():
    source = LOOP.partition("\n")[2]
    advice, _ = after(source, FLAT, val_losses=[])
    (one,) = advice
    assert one.change is None
    assert "end the loop with" in one.because[-1]


def test_a_real_torch_loop():
    torch = pytest.importorskip("torch")
    source = """\
val_loss = []
for epoch in range(40):
    for x, y in batches:
        optimizer.zero_grad()
        loss_fn(net(x), y).backward()
        optimizer.step()
    with torch.no_grad():
        val_loss.append(loss_fn(net(x_val), y_val).item())
"""
    torch.manual_seed(0)
    x, x_val = torch.randn(64, 20), torch.randn(400, 20)
    y, y_val = (part[:, :1] + 4 * torch.randn(len(part), 1) for part in (x, x_val))
    net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    namespace = {
        "torch": torch, "net": net, "batches": [(x, y)], "x_val": x_val, "y_val": y_val,
        "optimizer": torch.optim.Adam(net.parameters(), lr=0.03),
        "loss_fn": torch.nn.MSELoss(),
    }  # fmt: skip
    run(source, namespace)
    advice = [one for one in found(source, namespace) if one.rule == "T12"]
    run(change(advice), namespace)
    assert len(namespace["val_loss"]) < 40


def trainer(curve):
    Trainer = type("Trainer", (), {"__module__": "transformers.trainer"})
    made = Trainer()
    made.state = types.SimpleNamespace(log_history=[{"loss": 1.0}])
    made.state.log_history += [
        {"eval_loss": value, "epoch": n} for n, value in enumerate(curve)
    ]
    return made


def test_a_trainers_own_log_is_read():
    (one,) = found("trainer.train()", {"trainer": trainer(FLAT)}, HEAVY)
    assert one.rule == "T12"
    assert "early_stopping_patience=4" in one.because[-1]
    assert found("trainer.train()", {"trainer": trainer(FLAT[:12])}, HEAVY) == ()


def test_a_real_trainer_is_found_by_its_path():
    transformers = pytest.importorskip("transformers")
    assert transformers.Trainer.__module__ == "transformers.trainer"
    assert "log_history" in transformers.TrainerState.__dataclass_fields__


def test_keras_history_is_read_and_fit_gets_a_callback():
    # Keras is not installed here: its names and the shape of its history are recorded.
    Model = type("Model", (), {"__module__": "keras.src.models.model"})
    History = type("History", (), {"__module__": "keras.src.callbacks.history"})
    history = History()
    history.history = {"loss": FLAT, "val_loss": FLAT}
    source = "history = model.fit(x, y, epochs=40, validation_split=0.1)\n"
    (one,) = found(source, {"model": Model(), "history": history})
    assert one.change.text == (
        "import keras  # greenlab:T12\n"
        "history = model.fit(x, y, epochs=40, validation_split=0.1, callbacks=["
        "keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)])"
        "  # greenlab:T12\n"
    )


def test_the_replay_is_what_early_stopping_would_have_seen():
    assert ValidationCurve.of("val_loss", FLAT).best == 12
    assert ValidationCurve.of("val_loss", FLAT[:8]) is None
    assert ValidationCurve.of("train_loss", FLAT) is None
    assert ValidationCurve.of("train_loss", FLAT, judges=True) is None


@pytest.mark.parametrize("name", ["val_things", "valid", "val_loss_score", "v7_"])
def test_where_the_name_does_not_say_the_values_say_which_way_is_better(name):
    for values, falls in ((FLAT, True), ([-value for value in FLAT], False)):
        curve = ValidationCurve.of(name, values, judges=True)
        assert (curve.falls, curve.best) == (falls, 12)


def test_the_way_a_curve_goes_is_told_from_noise():
    rng = random.Random(0)

    def noise(size):
        return rng.gauss(0, size)

    for epochs in (12, 30, 100):
        for _ in range(50):
            falls = [2 * math.exp(-n / 4) + 0.3 + noise(0.02) for n in range(epochs)]
            assert falling(falls) is True
            assert falling([1 - value for value in falls]) is False
            grows_again = [value + n / epochs for n, value in enumerate(falls)]
            assert falling(grows_again) is True
    random_walks = [falling([noise(1) for _ in range(30)]) for _ in range(200)]
    assert random_walks.count(None) >= 190
    assert falling([1.0] * 30) is None


VALIDATED = """\
kept = []
for k in range(40):
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
    {}
"""


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("with torch.no_grad():\n        kept.append(loss_fn(net(x_val), y_val).item())", True),
        (
            "with torch.no_grad():\n        v = loss_fn(net(x_val), y_val)\n    kept.append(v.item())",
            True,
        ),
        ("kept.append(judge(net))", True),  # made in another cell
        ("kept.append(loss.item())", False),  # what is trained on
        ("w = loss.item()\n    kept.append(w)", False),
        ("kept.append(optimizer.param_groups[0]['lr'] / (k + 1))", False),
    ],
)
def test_a_figure_that_judges_is_told_by_how_it_is_computed(how, told):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    x, x_val = torch.randn(64, 20), torch.randn(400, 20)
    y, y_val = (part[:, :1] + 4 * torch.randn(len(part), 1) for part in (x, x_val))
    net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    names = {
        "torch": torch, "net": net, "batches": [(x, y)], "x_val": x_val, "y_val": y_val,
        "optimizer": torch.optim.Adam(net.parameters(), lr=0.03),
        "loss_fn": torch.nn.MSELoss(),
    }  # fmt: skip
    judge = "@torch.no_grad()\ndef judge(net):\n    return loss_fn(net(x_val), y_val).item()"
    run(judge, names)
    source = VALIDATED.format(how)
    run(source, names)
    names["kept"] = FLAT  # the same curve for all
    assert ("T12" in rules(found(source, names))) is told
    names["s"] = torch.optim.lr_scheduler.LambdaLR(names["optimizer"], lambda _: 1.0)
    (scheduled,) = [one for one in found(f"{source}s", names) if one.rule == "T12"] or [None]
    assert (scheduled and scheduled.status) == ("candidate" if told else None)


def test_a_loop_on_one_line_is_changed_by_hand():
    source = "val_losses = []\nfor epoch in range(40): val_losses.append(curve[epoch])\n"
    advice, _ = after(source, FLAT)
    (one,) = advice
    assert one.change is None
    assert "end the loop with" in one.because[-1]


def loop(head, *body, begin="kept = []"):
    """A training loop over 40 epochs that keeps figures by these lines."""
    rows = "".join(f"    {line}\n" for line in body)
    return f"{begin}\n{head}\n{rows}"


EPOCHS = "for epoch in range(40):"
KEPT = {
    "numbers of numpy": loop(
        EPOCHS, "kept_val.append(np.float64(curve[epoch]))", begin="kept_val = []"
    ),
    "tensors": loop(
        EPOCHS,
        "val_loss = torch.tensor(curve[epoch])",
        "val_hist.append(val_loss)",
        begin="val_hist = []",
    ),
    "records": loop(EPOCHS, "kept.append({'epoch': epoch, 'val_loss': curve[epoch]})"),
    "tuples": loop(EPOCHS, "val_loss = curve[epoch]", "kept.append((epoch, 0.1, val_loss))"),
    "named by the range": loop(
        "for e in range(1, n_epochs + 1):",
        "val_losses.append(curve[e - 1])",
        begin="val_losses = []",
    ),
    "phases": loop(
        EPOCHS,
        "for phase in ['train', 'val']:",
        "    if phase == 'val':",
        "        val_losses.append(curve[epoch])",
        begin="val_losses = []",
    ),
    "a word with early in it": loop(
        EPOCHS, "yearly_val_loss.append(curve[epoch])", begin="yearly_val_loss = []"
    ),
}


@pytest.mark.parametrize("form", KEPT)
def test_however_the_figures_are_kept(form):
    torch, np = pytest.importorskip("torch"), pytest.importorskip("numpy")
    (one,), _ = after(KEPT[form], FLAT, torch=torch, np=np, n_epochs=40)
    assert (one.rule, one.status) == ("T12", "shown")
    if form in ("records", "tuples", "phases"):
        assert one.change is None  # a break there would leave another loop, or none


LEFT = {
    "records of training": loop(
        EPOCHS, "kept.append({'epoch': epoch, 'train_loss': curve[epoch]})"
    ),
    "stops": loop(
        EPOCHS, "val_losses.append(curve[epoch])", begin="val_losses = []; EARLY_STOP = 3"
    ),
    "stopper": loop(
        EPOCHS, "val_losses.append(curve[epoch])", begin="val_losses = []; EarlyStopping = 3"
    ),
    "mixed records": loop(
        EPOCHS, "kept.append({'val_loss': curve[epoch]})", begin="kept = [None]"
    ),
    "no numbers": loop(EPOCHS, "val_losses.append(str(curve[epoch]))", begin="val_losses = []"),
}


@pytest.mark.parametrize("form", LEFT)
def test_figures_that_say_nothing_of_a_stop(form):
    assert after(LEFT[form], FLAT)[0] == ()
