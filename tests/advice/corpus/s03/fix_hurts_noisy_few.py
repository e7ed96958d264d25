# rule: S03
# state: fix-hurts
# note: three hundred rows, many weak features: each further tree still helps
# needs: sklearn, numpy
# max_drop: 0.01
# %% setup
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

rng = np.random.default_rng(4)
X = rng.normal(size=(2_300, 200))
y = (X @ rng.normal(size=200) + 8 * rng.normal(size=2_300) > 0).astype(int)
X_train, y_train, X_test, y_test = X[:300], y[:300], X[300:], y[300:]
# %% cell
forest = ExtraTreesClassifier(n_estimators=800, random_state=0).fit(X_train, y_train)
# %% change
forest = ExtraTreesClassifier(n_estimators=100, random_state=0).fit(X_train, y_train)
# %% metric
forest.score(X_test, y_test)
