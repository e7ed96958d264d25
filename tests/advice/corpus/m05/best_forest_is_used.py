# rule: M05
# state: smell
# note: forests that score alike differ tenfold in size; the largest of them is put to use
# known-failure: listed only, as one run does not tell whether the search was long enough
# needs: optuna, sklearn
# max_drop: 0.02
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
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=4))
study.optimize(objective, n_trials=20)
model = fitted(study.best_params["trees"])
for _ in range(60):
    model.predict(X)
# %% change
study = optuna.create_study(
    directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=4)
)
study.optimize(both, n_trials=20)
top = max(trial.values[0] for trial in study.trials)
alike = [trial for trial in study.trials if trial.values[0] >= 0.99 * top]
model = fitted(min(alike, key=lambda trial: trial.values[1]).params["trees"])
for _ in range(60):
    model.predict(X)
# %% metric
model.score(X[300:], y[300:])
