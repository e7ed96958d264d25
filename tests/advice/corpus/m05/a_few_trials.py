# rule: M05
# state: fix-hurts
# note: nine trials are too few to learn what a second objective would say
# needs: optuna, sklearn
# %% setup
import time

import optuna
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

optuna.logging.set_verbosity(optuna.logging.WARNING)
X, y = make_classification(600, 10, n_informative=6, class_sep=2.0, flip_y=0.0, random_state=0)


def fitted(trees):
    return RandomForestClassifier(trees, random_state=0).fit(X[:300], y[:300])


def objective(trial):
    return fitted(trial.suggest_int("trees", 2, 40)).score(X[300:], y[300:])


def both(trial):
    start = time.process_time()
    score = objective(trial)
    return score, time.process_time() - start


# %% cell
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=2))
study.optimize(objective, n_trials=9)
# %% change
study = optuna.create_study(
    directions=["maximize", "minimize"], sampler=optuna.samplers.RandomSampler(seed=2)
)
study.optimize(both, n_trials=9)
