# rule: L01
# state: look-alike
# note: the loop is over parts of thousands of rows
# needs: sklearn, numpy
# %% setup
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

X, y = load_digits(return_X_y=True)
clf = LogisticRegression(max_iter=20).fit(X / 16, y)
X = X / 16

big = np.concatenate([X] * 40)
parts = np.array_split(big, 16)
# %% cell
found = []
for part in parts:
    found.append(clf.predict_proba(part))
found = np.concatenate(found)
# %% change
found = clf.predict_proba(big)
