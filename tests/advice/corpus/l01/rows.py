# rule: L01
# state: smell
# note: a linear model asked row by row
# needs: sklearn, numpy
# %% setup
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

X, y = load_digits(return_X_y=True)
clf = LogisticRegression(max_iter=20).fit(X / 16, y)
X = X / 16
# %% cell
right = 0
for row, label in zip(X, y):
    right += int(clf.predict(row.reshape(1, -1))[0] == label)
# %% change
right = int((clf.predict(X) == y).sum())
# %% metric
right / len(y)
