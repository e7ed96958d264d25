# rule: S03
# state: smell
# note: 300 trees where a hundred score the same
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(3000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
forest = RandomForestClassifier(n_estimators=300, random_state=0)
forest.fit(X_train, y_train)
# %% metric
forest.score(X_test, y_test)
