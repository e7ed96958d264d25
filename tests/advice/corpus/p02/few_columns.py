# rule: P02
# state: smell
# note: a whole file is parsed and two of its columns are kept
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
Path(path).write_text(head + "\n" + rows * 15)
# %% cell
frame = pd.read_csv(path)[["c1", "key"]]
means = frame.groupby("key")["c1"].mean()
# %% metric
round(float(means.sum()), 6)
