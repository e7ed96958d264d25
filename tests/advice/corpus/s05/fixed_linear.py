# rule: S05
# state: fixed
# note: the linear machine itself
# needs: sklearn
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.svm import LinearSVC

X, y = make_classification(200000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
model = LinearSVC(C=0.5).fit(X_train, y_train)
