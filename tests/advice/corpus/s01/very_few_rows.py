# rule: S01
# state: smell
# note: 150 rows: it saves there as well, but so short a fit is never heavy
# needs: sklearn
# max_drop: 0.01
# known-failure: below 1,000 rows the rule keeps silent for the sake of the scores
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

X, y = make_classification(2_150, 6, n_informative=5, n_redundant=0, random_state=0)
X_test, y_test = X[150:], y[150:]
X, y = X[:150], y[:150]
# %% cell
model = GradientBoostingClassifier(n_estimators=100, random_state=0)
model.fit(X, y)
# %% change
model = HistGradientBoostingClassifier(max_iter=100, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
