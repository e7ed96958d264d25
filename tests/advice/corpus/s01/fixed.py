# rule: S01
# state: fixed
# note: histogram boosting already
# needs: sklearn
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier

X, y = make_classification(12_000, 6, n_informative=5, n_redundant=0, random_state=0)
# %% cell
model = HistGradientBoostingClassifier(max_iter=20, random_state=0)
model.fit(X, y)
