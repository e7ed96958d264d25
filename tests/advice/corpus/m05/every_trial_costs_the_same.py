# rule: M05
# state: look-alike
# note: the parameter changes the score but not the cost
# needs: optuna, sklearn
# %% setup
import time

import optuna
from sklearn.datasets import make_classification
from sklearn.svm import SVC

optuna.logging.set_verbosity(optuna.logging.WARNING)
X, y = make_classification(900, 10, n_informative=6, random_state=0)


def objective(trial):
    model = SVC(C=trial.suggest_float("C", 0.9, 1.1)).fit(X[:600], y[:600])
    return model.score(X[600:], y[600:])


def both(trial):
    start = time.process_time()
    score = objective(trial)
    return score, time.process_time() - start


# %% cell
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
study.optimize(objective, n_trials=25)
# %% change
study = optuna.create_study(
    directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=1)
)
study.optimize(both, n_trials=25)
