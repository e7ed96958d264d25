# rule: P02
# state: smell
# note: the file is parsed in each round of a comprehension
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
highest = [pd.read_csv(path, sep=",")[column].max() for column in ["c1", "c2", "c3", "c4"]]
# %% metric
round(sum(highest), 6)
