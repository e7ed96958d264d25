# rule: P02
# state: smell
# note: the same file is parsed in every round
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
Path(path).write_text(head + "\n" + rows * 5)
# %% cell
results = []
for factor in [1, 2, 3, 4, 5]:
    frame = pd.read_csv(path)
    frame["c0"] = frame["c0"] * factor
    results.append(frame["c0"].sum())
# %% metric
round(sum(results), 6)
