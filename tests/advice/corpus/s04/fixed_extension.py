# rule: S04
# state: fixed
# note: the forest of the extension
# needs: sklearn, sklearnex
# %% setup
from sklearn.datasets import make_classification
from sklearnex.ensemble import RandomForestClassifier

X, y = make_classification(10000, 20, n_informative=10, random_state=0)
# %% cell
forest = RandomForestClassifier(15, random_state=0).fit(X, y)
