# rule: S01
# state: look-alike
# note: another ensemble: extremely randomised trees, which boosting does not make cheaper
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

X, y = make_classification(14_000, 6, n_informative=5, n_redundant=0, random_state=0)
X, y, X_test, y_test = X[:11_000], y[:11_000], X[11_000:], y[11_000:]
# %% cell
model = ExtraTreesClassifier(n_estimators=10, max_depth=12, random_state=0)
model.fit(X, y)
# %% change
model = HistGradientBoostingClassifier(max_iter=100, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
