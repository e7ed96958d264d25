# rule: P02
# state: smell
# note: the file is parsed for each column, and nothing of it kept
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
means = {}
for column in ["c1", "c2", "c3", "c4"]:
    means[column] = pd.read_csv(path)[column].mean()
# %% metric
-abs(means['c1'] - 0.5) > -0.1
