# rule: S01
# state: smell
# note: the cell uses what the new model lacks, so the change is by hand
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier

X, y = make_classification(15_000, 6, n_informative=5, n_redundant=0, random_state=0)
X, y, X_test, y_test = X[:12_000], y[:12_000], X[12_000:], y[12_000:]
# %% cell
model = GradientBoostingClassifier(n_estimators=10, random_state=0)
model.fit(X, y)
weights = model.feature_importances_
# %% change
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance

model = HistGradientBoostingClassifier(max_iter=10, random_state=0)
model.fit(X, y)
weights = permutation_importance(
    model, X_test[:500], y_test[:500], n_repeats=2, random_state=0
).importances_mean
# %% metric
model.score(X_test, y_test)
