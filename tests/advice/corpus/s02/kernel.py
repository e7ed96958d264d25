# rule: S02
# state: smell
# note: 20 kernel machines are tried on all rows
# needs: sklearn
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

X, y = make_classification(2000, 20, n_informative=10, random_state=1)
X_test, y_test = X[:1000], y[:1000]
# %% cell
search = GridSearchCV(
    SVC(),
    {"C": [0.1, 1, 10, 100], "gamma": [0.001, 0.003, 0.01, 0.03, 0.1]},
    cv=2,
    scoring="accuracy",
).fit(X, y)
# %% metric
search.best_score_
