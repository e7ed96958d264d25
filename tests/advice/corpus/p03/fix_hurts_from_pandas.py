# rule: P03
# state: fix-hurts
# note: a pandas table is turned into a polars one for a single sum per group
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
frame = pd.read_csv(path)
# %% cell
for _ in range(8):
    sums = frame.groupby("key")["c1"].sum()
# %% change
for _ in range(8):
    sums = (
        pl.from_pandas(frame.astype({"key": "object"}))
        .group_by("key")
        .agg(pl.col("c1").sum())
        .sort("key")
    )
# %% metric
len(sums)
