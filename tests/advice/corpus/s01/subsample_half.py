# rule: S01
# state: smell
# note: each tree on half of the rows
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier

X, y = make_classification(14_000, 6, n_informative=5, n_redundant=0, random_state=0)
X, y, X_test, y_test = X[:10_000], y[:10_000], X[10_000:], y[10_000:]
# %% cell
model = GradientBoostingClassifier(n_estimators=12, subsample=0.5, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
