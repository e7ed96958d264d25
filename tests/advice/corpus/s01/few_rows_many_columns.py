# rule: S01
# state: look-alike
# note: 150 rows of 2,000 columns: a histogram for each column costs more than sorting 150 values
# needs: sklearn
# max_drop: 0.05
# %% setup
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

X, y = make_classification(150, 2_000, n_informative=20, random_state=0)
# %% cell
model = GradientBoostingClassifier(n_estimators=8, max_features="sqrt", random_state=0)
model.fit(X, y)
# %% change
model = HistGradientBoostingClassifier(max_iter=8, random_state=0)
model.fit(X, y)
# %% metric
model.score(X, y)
