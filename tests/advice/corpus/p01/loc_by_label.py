# rule: P01
# state: smell
# note: a column is filled cell by cell through its label
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 10_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
sales["large"] = 0
for i in range(len(sales)):
    if sales.loc[i, "price"] > 50 and sales.loc[i, "count"] > 2:
        sales.loc[i, "large"] = 1
# %% metric
int(sales["large"].sum())
