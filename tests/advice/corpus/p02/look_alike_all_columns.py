# rule: P02
# state: look-alike
# note: the columns that are picked are all there are
# needs: numpy, pandas
# %% setup
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 20_000
table = pd.DataFrame({f"c{k}": rng.random(n).round(6) for k in range(3)})
table["key"] = rng.choice(list("abcdef"), n)
folder = tempfile.TemporaryDirectory()
path = str(Path(folder.name) / "table.csv")
head, _, rows = table.to_csv(index=False).partition("\n")
Path(path).write_text(head + "\n" + rows * 30)
# %% cell
frame = pd.read_csv(path)[["key", "c2", "c1", "c0"]]
# %% change
frame = pd.read_csv(path, usecols=["key", "c2", "c1", "c0"])[["key", "c2", "c1", "c0"]]
# %% metric
len(frame)
