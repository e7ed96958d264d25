# rule: P03
# state: smell
# note: a look at the first rows of a file that is read whole
# needs: numpy, pandas, polars
# %% setup
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

rng = np.random.default_rng(0)
n = 20_000
table = pd.DataFrame({f"c{k}": rng.random(n).round(6) for k in range(12)})
table["key"] = rng.choice(list("abcdef"), n)
folder = tempfile.TemporaryDirectory()
path = str(Path(folder.name) / "table.csv")
head, _, rows = table.to_csv(index=False).partition("\n")
Path(path).write_text(head + "\n" + rows * 15)
# %% cell
pl.read_csv(path).head(20)
