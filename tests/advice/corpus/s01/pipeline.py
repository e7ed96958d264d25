# rule: S01
# state: smell
# note: the old classifier at the end of a pipeline on a table
# needs: sklearn, pandas
# max_drop: 0.01
# %% setup
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = make_classification(14_000, 5, n_informative=5, n_redundant=0, random_state=1)
table = pd.DataFrame(X, columns=list("abcde"))
X_test, y_test = table[11_000:], y[11_000:]
table, y = table[:11_000], y[:11_000]
# %% cell
model = make_pipeline(
    StandardScaler(),
    GradientBoostingClassifier(
        n_estimators=12,  # a few
        random_state=0,
    ),
)
model.fit(table[["a", "b", "c", "d", "e"]], y)
# %% metric
model.score(X_test, y_test)
