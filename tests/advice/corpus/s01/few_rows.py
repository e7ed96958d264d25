# rule: S01
# state: smell
# note: 100 rounds on 1,500 rows
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier

X, y = make_classification(3_500, 6, n_informative=5, n_redundant=0, random_state=0)
X, y, X_test, y_test = X[:1_500], y[:1_500], X[1_500:], y[1_500:]
# %% cell
model = GradientBoostingClassifier(n_estimators=60, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
