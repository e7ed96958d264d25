import threading

import pytest

from greenlab import session
from greenlab.training import energy_objective
from tests.simulated import Machine

optuna = pytest.importorskip("optuna")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def study():
    return optuna.create_study(directions=["maximize", "minimize"])


def test_a_trial_has_its_energy_as_second_value(machine):
    def objective(trial):
        seconds = trial.suggest_float("seconds", 1.0, 9.0)
        machine.work(seconds, own=4.0)
        return seconds / 10

    made = study()
    made.optimize(energy_objective(objective), n_trials=4)
    for trial in made.trials:
        score, energy_j = trial.values
        assert energy_j == pytest.approx(100 * score, rel=0.01)
        attrs = trial.user_attrs
        assert attrs["energy_low_j"] <= energy_j <= attrs["energy_high_j"]
        assert attrs["energy_tier"] == "measured"
        assert attrs["energy_lacks"] == []
    assert len(made.best_trials) == 4  # more of both: none is better in both


def test_an_objective_with_several_scores_keeps_them(machine):
    made = optuna.create_study(directions=["maximize", "maximize", "minimize"])

    def objective(_trial):
        machine.work(1.0)
        return 1.0, 2.0

    made.optimize(energy_objective(objective), n_trials=1)
    assert made.trials[0].values[:2] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("directions", "scores", "write"),
    [
        (["maximize"], 1.0, '["maximize", "minimize"]'),
        (["minimize"], 1.0, '["minimize", "minimize"]'),
        (["maximize", "maximize"], 1.0, '["maximize", "minimize"]'),
        (["minimize", "minimize"], (1.0, 2.0), '["minimize", "minimize", "minimize"]'),
        (["minimize", "maximize", "minimize"], 1.0, '["minimize", "minimize"]'),
    ],
)
def test_directions_that_do_not_fit_say_what_to_write(machine, directions, scores, write):
    made = optuna.create_study(directions=directions)
    with pytest.raises(ValueError) as told:
        made.optimize(energy_objective(lambda _trial: scores), n_trials=1)
    assert str(told.value).endswith(f"optuna.create_study(directions={write})")


def test_a_trial_made_by_hand_is_weighed(machine):
    weighed = energy_objective(lambda _trial: machine.work(1.0) or 1.0)
    score, energy_j = weighed(optuna.trial.FixedTrial({}))
    assert (score, energy_j > 0) == (1.0, True)


def test_the_objective_itself_is_asked_for():
    with pytest.raises(TypeError, match=r"energy_objective\(objective\)"):
        energy_objective(0.5)


def test_pruning_and_errors_pass_through(machine):
    def pruned(_trial):
        raise optuna.TrialPruned

    made = study()
    made.optimize(energy_objective(pruned), n_trials=1)
    assert made.trials[0].state == optuna.trial.TrialState.PRUNED

    def broken(_trial):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        study().optimize(energy_objective(broken), n_trials=1)


def test_trials_at_once_in_one_process_are_refused(machine):
    meet = threading.Barrier(2)

    def objective(_trial):
        meet.wait(120)
        return 1.0

    weighed = energy_objective(objective)
    made = study()
    first = threading.Thread(target=lambda: made.optimize(weighed, n_trials=1))
    first.start()
    while meet.n_waiting == 0:
        pass
    with pytest.raises(RuntimeError, match="n_jobs=1"):
        made.optimize(weighed, n_trials=1)
    meet.wait(120)
    first.join()


def test_no_energy_is_an_error_and_never_a_number(simulate):
    simulate(Machine())
    weighing = session.current().meter._weighing
    weighing._models = []
    with pytest.raises(RuntimeError, match="no energy figure"):
        study().optimize(energy_objective(lambda _trial: 1.0), n_trials=1)
