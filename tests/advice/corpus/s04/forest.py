# rule: S04
# state: smell
# note: a forest on many rows, which the extension grows with less CPU time
# needs: sklearn, sklearnex
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(10000, 20, n_informative=10, random_state=0)
# %% cell
forest = RandomForestClassifier(15, random_state=0, n_jobs=1).fit(X, y)
# %% change
from sklearnex.ensemble import RandomForestClassifier

forest = RandomForestClassifier(15, random_state=0, n_jobs=1).fit(X, y)
# %% metric
forest.score(X, y)
