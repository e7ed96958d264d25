# rule: S04
# state: fix-hurts
# note: a kernel machine, which the extension makes with more CPU time on an AMD processor
# needs: sklearn, sklearnex
# max_drop: 0.02
# %% setup
from sklearn.datasets import make_classification
from sklearn.svm import SVC

X, y = make_classification(3000, 20, n_informative=10, random_state=0)
# %% cell
model = SVC().fit(X, y)
# %% change
from sklearnex.svm import SVC

model = SVC().fit(X, y)
# %% metric
model.score(X, y)
