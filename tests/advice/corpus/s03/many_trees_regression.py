# rule: S03
# state: smell
# note: 400 extremely random trees, given by place
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import ExtraTreesRegressor

X, y = make_regression(3000, 10, noise=5, random_state=0)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
forest = ExtraTreesRegressor(400, min_samples_leaf=3, random_state=0).fit(X_train, y_train)
# %% metric
forest.score(X_test, y_test)
