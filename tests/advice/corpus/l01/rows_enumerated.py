# rule: L01
# state: smell
# note: a linear model asked row by row, with a count
# needs: sklearn, numpy
# %% setup
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

X, y = load_digits(return_X_y=True)
clf = LogisticRegression(max_iter=20).fit(X / 16, y)
X = X / 16
# %% cell
found = np.empty(len(X), dtype=int)
for number, row in enumerate(X):
    found[number] = clf.predict([row])[0]
# %% metric
(found == y).mean()
