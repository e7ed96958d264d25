# rule: P02
# state: look-alike
# note: a small file is parsed in each round, but the work is in what comes after
# needs: numpy, pandas, sklearn
# %% setup
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

rng = np.random.default_rng(0)
n = 20_000
table = pd.DataFrame({f"c{k}": rng.random(n).round(6) for k in range(12)})
table["key"] = rng.choice(list("abcdef"), n)
folder = tempfile.TemporaryDirectory()
path = str(Path(folder.name) / "table.csv")
head, _, rows = table.to_csv(index=False).partition("\n")
Path(path).write_text(head + "\n" + rows[:20_000])
# %% cell
scores = []
for column in ["c1", "c2", "c3"]:
    frame = pd.read_csv(path)
    forest = RandomForestRegressor(40, random_state=0)
    forest.fit(frame[["c0", "c5"]], frame[column])
    scores.append(forest.score(frame[["c0", "c5"]], frame[column]))
# %% change
scores = []
parsed = pd.read_csv(path)
for column in ["c1", "c2", "c3"]:
    frame = parsed.copy()
    forest = RandomForestRegressor(40, random_state=0)
    forest.fit(frame[["c0", "c5"]], frame[column])
    scores.append(forest.score(frame[["c0", "c5"]], frame[column]))
# %% metric
sum(scores)
