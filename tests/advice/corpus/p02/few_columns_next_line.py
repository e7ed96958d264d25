# rule: P02
# state: smell
# note: the columns are picked in the next statement
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
frame = pd.read_csv(path, sep=",")
frame = frame[["key", "c3", "c4"]]
top = frame["c3"].max()
# %% metric
float(top) + len(frame)
