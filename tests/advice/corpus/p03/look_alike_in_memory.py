# rule: P03
# state: look-alike
# note: a table in memory: a lazy query has nothing left to spare
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
frame = pl.read_csv(path)
# %% cell
for _ in range(20):
    means = frame.group_by("key").agg(pl.col("c1").mean())
# %% change
for _ in range(20):
    means = frame.lazy().group_by("key").agg(pl.col("c1").mean()).collect()
# %% metric
means.height
