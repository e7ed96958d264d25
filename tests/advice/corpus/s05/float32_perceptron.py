# rule: S05
# state: smell
# note: a perceptron on 64-bit numbers
# needs: sklearn
# max_drop: 0.015
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.neural_network import MLPClassifier

X, y = make_classification(12000, 40, n_informative=20, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
model = MLPClassifier((256, 256), max_iter=4, random_state=0)
model.fit(X_train, y_train)
# %% metric
model.score(X_test, y_test)
