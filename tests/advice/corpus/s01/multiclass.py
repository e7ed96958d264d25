# rule: S01
# state: smell
# note: five classes, many features
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier

X, y = make_classification(
    13_000, 10, n_informative=8, n_redundant=0, n_classes=5, random_state=0
)
X, y, X_test, y_test = X[:10_000], y[:10_000], X[10_000:], y[10_000:]
# %% cell
model = GradientBoostingClassifier(n_estimators=2, max_depth=3, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
