# rule: L01
# state: smell
# note: the loop is over parts of thirty rows; the change is by hand
# needs: sklearn, numpy
# known-failure: a part of a few rows is not told from a part of many
# %% setup
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

X, y = load_digits(return_X_y=True)
clf = LogisticRegression(max_iter=20).fit(X / 16, y)
X = X / 16

big = np.concatenate([X] * 10)
parts = np.array_split(big, 600)
# %% cell
found = []
for part in parts:
    found.append(clf.predict(part))
found = np.concatenate(found)
# %% change
found = clf.predict(big)
