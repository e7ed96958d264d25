# rule: S05
# state: fixed
# note: k-means on 32-bit numbers
# needs: sklearn
# %% setup
from sklearn.datasets import make_classification, make_regression
from sklearn.cluster import KMeans

X, y = make_classification(40000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
X = X.astype("float32")
# %% cell
clusters = KMeans(20, n_init=1, random_state=0).fit(X)
