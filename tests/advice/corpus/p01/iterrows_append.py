# rule: P01
# state: smell
# note: a list is filled with one product for each row
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 20_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
totals = []
for index, row in sales.iterrows():
    totals.append(row["price"] * row["count"])
sales["total"] = totals
# %% metric
-abs(sales["total"].sum() - (sales["price"] * sales["count"]).sum())
