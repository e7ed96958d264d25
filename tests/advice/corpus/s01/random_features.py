# rule: S01
# state: fix-hurts
# note: few rounds, each of which looks at one of forty columns
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier

X, y = make_classification(12_000, 40, n_informative=20, random_state=0)
X, y, X_test, y_test = X[:10_000], y[:10_000], X[10_000:], y[10_000:]
# %% cell
model = GradientBoostingClassifier(n_estimators=25, max_features=1, random_state=0)
model.fit(X, y)
# %% change
from sklearn.ensemble import HistGradientBoostingClassifier
model = HistGradientBoostingClassifier(max_iter=25, random_state=0)
model.fit(X, y)
# %% metric
model.score(X_test, y_test)
