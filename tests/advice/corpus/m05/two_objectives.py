# rule: M05
# state: fixed
# note: score and time are both searched for
# needs: optuna, sklearn
# %% setup
import time

import optuna
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

optuna.logging.set_verbosity(optuna.logging.WARNING)
X, y = make_classification(600, 10, n_informative=6, class_sep=1.4, flip_y=0.0, random_state=0)


def fitted(trees):
    return RandomForestClassifier(trees, random_state=0).fit(X[:300], y[:300])


def objective(trial):
    return fitted(trial.suggest_int("trees", 5, 100)).score(X[300:], y[300:])


def both(trial):
    start = time.process_time()
    score = objective(trial)
    return score, time.process_time() - start


# %% cell
study = optuna.create_study(
    directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=1)
)
study.optimize(both, n_trials=20)
