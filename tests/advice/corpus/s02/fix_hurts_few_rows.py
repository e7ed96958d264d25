# rule: S02
# state: fix-hurts
# note: forests on 800 rows: many small fits cost as much as the few large ones they spare
# needs: sklearn
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(800, 20, n_informative=10, random_state=1)
X_test, y_test = X[:1000], y[:1000]
# %% cell
grid = {"max_depth": [2, 4, 6, 8, None], "min_samples_leaf": [1, 3, 5, 10]}
search = GridSearchCV(RandomForestClassifier(8, random_state=0), grid, cv=2)
search.fit(X, y)
# %% change
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import HalvingGridSearchCV

grid = {"max_depth": [2, 4, 6, 8, None], "min_samples_leaf": [1, 3, 5, 10]}
search = HalvingGridSearchCV(
    RandomForestClassifier(8, random_state=0), grid, cv=2, random_state=0
)
search.fit(X, y)
# %% metric
search.best_score_
