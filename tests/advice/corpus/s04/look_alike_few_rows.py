# rule: S04
# state: look-alike
# note: k-means on few rows: the way into the extension is most of the cost
# known-failure: below 10,000 rows the rule keeps silent: a fit is too light there for a few per cent
# needs: sklearn, sklearnex
# max_drop: 0.05
# %% setup
from sklearn.datasets import make_classification
from sklearn.cluster import KMeans

X, y = make_classification(400, 20, n_informative=10, random_state=0)
# %% cell
for seed in range(30):
    clusters = KMeans(3, n_init=1, random_state=seed).fit(X)
# %% change
from sklearnex.cluster import KMeans

for seed in range(30):
    clusters = KMeans(3, n_init=1, random_state=seed).fit(X)
# %% metric
-clusters.inertia_ / 1e6
