# rule: S02
# state: smell
# note: 25 decision trees are tried on all rows
# needs: sklearn
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

X, y = make_classification(5000, 20, n_informative=10, random_state=1)
X_test, y_test = X[:1000], y[:1000]
# %% cell
grid = {"max_depth": [2, 4, 6, 8, 10], "min_samples_leaf": [1, 3, 5, 10, 20]}
search = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=2)
search.fit(X, y)
# %% metric
search.best_score_
