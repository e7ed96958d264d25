# rule: S05
# state: smell
# note: a linear kernel in a kernel machine
# needs: sklearn
# max_drop: 0.015
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.svm import SVC

X, y = make_classification(14000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
model = SVC(kernel="linear", C=0.5)
model.fit(X_train, y_train)
# %% metric
model.score(X_test, y_test)
