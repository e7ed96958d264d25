# rule: S05
# state: fix-hurts
# note: a curved border: a linear machine is quick and wrong
# needs: sklearn
# max_drop: 0.01
# %% setup
from sklearn.datasets import make_moons
from sklearn.svm import SVC, LinearSVC

X, y = make_moons(6_000, noise=0.25, random_state=0)
X_train, y_train, X_test, y_test = X[:5_000], y[:5_000], X[5_000:], y[5_000:]
# %% cell
model = SVC(C=10).fit(X_train, y_train)
# %% change
model = LinearSVC(C=10).fit(X_train, y_train)
# %% metric
model.score(X_test, y_test)
