"""M05: smell, fixed, look-alikes; the change in words runs."""

import time

import pytest
from advice_cells import found, rules, run

from greenlab.advice import read

optuna = pytest.importorskip("optuna")
optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(trial):
    """The score hardly grows with the size; the time does."""
    size = trial.suggest_int("size", 1, 16)
    time.sleep(size * 0.001)
    return 0.9 + 0.0001 * size


def both(trial):
    size = trial.suggest_int("size", 1, 16)
    return 0.9 + 0.0001 * size, size


def steep(trial):
    size = trial.suggest_int("size", 1, 16)
    time.sleep(size * 0.001)
    return float(size)


@pytest.fixture
def namespace():
    sampler = optuna.samplers.RandomSampler(seed=0)
    return {
        "optuna": optuna,
        "sampler": sampler,
        "objective": objective,
        "both": both,
        "steep": steep,
        "study": optuna.create_study(direction="maximize", sampler=sampler),
    }


@pytest.mark.parametrize(
    "source",
    [
        "study.optimize(objective, n_trials=25)",
        "study = optuna.create_study(direction='maximize', sampler=sampler)\n"
        "study.optimize(objective, n_trials=25)\nprint(study.best_params)",
        "search = optuna.create_study(sampler=sampler)  # the smallest\n"
        "search.optimize(lambda trial: -objective(trial), n_trials=25, show_progress_bar=False)",
    ],
)
def test_a_cheaper_trial_that_scores_alike_is_listed_and_its_parameters_are_there(
    source, namespace
):
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert (advice.rule, advice.status, advice.change) == ("M05", "candidate", None)
    assert any("The best of 25 trials" in fact for fact in advice.because)
    study = namespace.get("search", namespace["study"])
    number = int(advice.because[-1].partition("study.trials[")[2].partition("]")[0])
    assert study.trials[number].params["size"] < study.best_params["size"]
    assert 'directions=["maximize", "minimize"]' in advice.because[-1]


@pytest.mark.parametrize(
    "source",
    [
        "study = optuna.create_study(directions=['maximize', 'minimize'], sampler=sampler)\n"
        "study.optimize(both, n_trials=25)",  # fixed
        "study.optimize(objective, n_trials=9)",  # few trials
        "study.optimize(steep, n_trials=25)",  # the score is worth its price
        "class study:\n    optimize = staticmethod(lambda *a, **w: None)\n"
        "study.optimize(objective, n_trials=25)",  # somebody else's
    ],
)
def test_silence(source, namespace):
    run(source, namespace)
    assert found(source, namespace) == ()


def test_a_study_in_a_database_is_not_fetched(namespace, tmp_path):
    storage = f"sqlite:///{tmp_path}/study.db"
    source = "study.optimize(objective, n_trials=20)"
    namespace["study"] = optuna.create_study(direction="maximize", storage=storage)
    run(source, namespace)
    assert found(source, namespace) == ()


def test_the_search_in_words_runs_and_shows_a_choice(namespace):
    source = (
        "study = optuna.create_study(directions=['maximize', 'minimize'], sampler=sampler)\n"
        "study.optimize(both, n_trials=25)"
    )
    run(source, namespace)
    assert len(namespace["study"].best_trials) > 1


def test_renaming_changes_nothing_and_reading_alone_lists_nothing(namespace):
    source = "s.optimize(o, n_trials=25)"
    ns = {"s": namespace["study"], "o": objective}
    run(source, ns)
    assert rules(found(source, ns)) == ["M05"]
    assert read([(None, "import optuna\ns = optuna.create_study()\ns.optimize(o)")]) == ()
