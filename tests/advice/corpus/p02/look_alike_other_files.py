# rule: P02
# state: look-alike
# note: a loop over files parses each of them once
# needs: numpy, pandas
# %% setup
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 20_000
table = pd.DataFrame({f"c{k}": rng.random(n).round(6) for k in range(12)})
table["key"] = rng.choice(list("abcdef"), n)
folder = tempfile.TemporaryDirectory()
path = str(Path(folder.name) / "table.csv")
head, _, rows = table.to_csv(index=False).partition("\n")
Path(path).write_text(head + "\n" + rows * 3)

paths = []
for number in range(5):
    paths.append(str(Path(folder.name) / f"{number}.csv"))
    Path(paths[-1]).write_text(Path(path).read_text())
# %% cell
results = []
for path in paths:
    frame = pd.read_csv(path)
    results.append(frame["c0"].sum())
# %% change
results = [pd.read_csv(path)["c0"].sum() for path in paths]
# %% metric
round(sum(results), 6)
