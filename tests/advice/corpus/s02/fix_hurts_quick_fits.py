# rule: S02
# state: fix-hurts
# note: logistic regressions so quick that their fixed cost decides
# needs: sklearn
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.linear_model import LogisticRegression

X, y = make_classification(3000, 20, n_informative=10, random_state=1)
X_test, y_test = X[:1000], y[:1000]
# %% cell
search = GridSearchCV(
    LogisticRegression(max_iter=300), {"C": [10.0**k for k in range(-5, 16)]}, cv=3
)
search.fit(X, y)
# %% change
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import HalvingGridSearchCV

search = HalvingGridSearchCV(
    LogisticRegression(max_iter=300),
    {"C": [10.0**k for k in range(-5, 16)]},
    cv=3,
    random_state=0,
)
search.fit(X, y)
# %% metric
search.best_score_
