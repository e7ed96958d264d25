# rule: S03
# state: look-alike
# note: the cell looks at importances, which settle only with many trees
# needs: sklearn
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(3000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
forest = RandomForestClassifier(n_estimators=300, random_state=0).fit(X_train, y_train)
order = forest.feature_importances_
# %% change
forest = RandomForestClassifier(n_estimators=300, n_jobs=1, random_state=0).fit(
    X_train, y_train
)
order = forest.feature_importances_
# %% metric
forest.score(X_test, y_test)
