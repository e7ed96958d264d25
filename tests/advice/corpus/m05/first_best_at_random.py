# rule: M05
# state: smell
# note: a random search keeps the first of many equals, whatever it costs
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
search = optuna.create_study(
    direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0)
)
search.optimize(objective, n_trials=20)
model = fitted(search.best_params["trees"])
for _ in range(100):
    model.predict(X)
# %% change
search = optuna.create_study(
    direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0)
)
search.optimize(objective, n_trials=20)
top = search.best_value
alike = [trial for trial in search.trials if trial.value >= 0.99 * top]
model = fitted(min(trial.params["trees"] for trial in alike))
for _ in range(100):
    model.predict(X)
# %% metric
model.score(X[300:], y[300:])
