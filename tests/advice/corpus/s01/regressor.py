# rule: S01
# state: smell
# note: the old regressor, made and fitted in one line
# needs: sklearn
# max_drop: 0.01
# %% setup
import sklearn.ensemble as en
from sklearn.datasets import make_friedman1

X, y = make_friedman1(14_000, 8, noise=0.5, random_state=0)
train, test = slice(0, 11_000), slice(11_000, None)
X_train, y_train = X[train], y[train]
# %% cell
model = en.GradientBoostingRegressor(n_estimators=15, random_state=0).fit(X_train, y_train)
# %% metric
model.score(X[test], y[test])
