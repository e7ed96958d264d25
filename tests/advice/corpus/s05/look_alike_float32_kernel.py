# rule: S05
# state: look-alike
# note: a kernel machine makes 64-bit numbers of what it gets
# needs: sklearn
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.svm import SVC

X, y = make_classification(14000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
model = SVC().fit(X_train, y_train)
# %% change
model = SVC().fit(X_train.astype("float32"), y_train)
# %% metric
model.score(X_test, y_test)
