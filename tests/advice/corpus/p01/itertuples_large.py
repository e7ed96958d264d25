# rule: P01
# state: smell
# note: itertuples over a large table, for what columns do at once
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 200_000
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
for row in sales.itertuples():
    totals.append(row.price * 1.19)
# %% metric
round(sum(totals), 3)
