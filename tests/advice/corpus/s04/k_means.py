# rule: S04
# state: smell
# note: k-means on many rows
# needs: sklearn, sklearnex
# max_drop: 0.05
# %% setup
from sklearn.datasets import make_classification
from sklearn.cluster import KMeans

X, y = make_classification(40000, 20, n_informative=10, random_state=0)
X = X.astype("float32")
# %% cell
clusters = KMeans(20, n_init=1, random_state=0).fit(X)
# %% change
from sklearnex.cluster import KMeans

clusters = KMeans(20, n_init=1, random_state=0).fit(X)
# %% metric
-clusters.inertia_ / 1e6
