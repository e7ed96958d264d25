# rule: S05
# state: smell
# note: the same within a pipeline with a scaler
# needs: sklearn
# max_drop: 0.015
# %% setup
from sklearn.datasets import make_classification, make_regression
import sklearn.svm as svm
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = make_classification(14000, 20, n_informative=10, random_state=1)
half = len(X) // 2
X_train, y_train, X_test, y_test = X[:half], y[:half], X[half:], y[half:]
# %% cell
model = make_pipeline(StandardScaler(), svm.SVC(kernel="linear", class_weight="balanced"))
model.fit(X_train, y_train)
# %% metric
model.score(X_test, y_test)
