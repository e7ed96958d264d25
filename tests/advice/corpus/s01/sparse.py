# rule: S01
# state: fix-hurts
# note: a sparse matrix, which the new one refuses: made dense it costs more
# needs: sklearn, scipy
# %% setup
import scipy.sparse as sp
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

S = sp.random(10_500, 1_500, density=0.002, format="csr", random_state=0)
y = (S[:, :300].sum(axis=1) > S[:, 300:600].sum(axis=1)).A1.astype(int)
# %% cell
model = GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0)
model.fit(S, y)
# %% change
model = HistGradientBoostingClassifier(max_iter=3, max_depth=2, random_state=0)
model.fit(S.toarray(), y)
