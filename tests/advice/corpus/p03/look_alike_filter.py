# rule: P03
# state: look-alike
# note: a filter keeps all columns: every value has to be parsed to know the rows
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
most = pl.read_csv(path).filter(pl.col("c1") > 0.05)
# %% change
most = pl.scan_csv(path).filter(pl.col("c1") > 0.05).collect()
# %% metric
most.height
