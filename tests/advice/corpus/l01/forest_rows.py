# rule: L01
# state: smell
# note: a forest asked row by row for probabilities
# needs: sklearn, numpy
# %% setup
import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

X, y = load_digits(return_X_y=True)
forest = RandomForestClassifier(20, random_state=0).fit(X, y)
rows = X[:150]
# %% cell
sure = [forest.predict_proba(row.reshape(1, -1)).max() for row in rows]
