# rule: S01
# state: smell
# note: the old classifier in cross-validation
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import cross_val_score

X, y = make_classification(15_000, 6, n_informative=5, n_redundant=0, random_state=0)
X, y, X_test, y_test = X[:12_000], y[:12_000], X[12_000:], y[12_000:]
# %% cell
scores = cross_val_score(GradientBoostingClassifier(n_estimators=4, random_state=0), X, y, cv=3)
# %% metric
scores.mean()
