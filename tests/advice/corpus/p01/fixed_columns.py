# rule: P01
# state: fixed
# note: the same product over whole columns
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 2_000_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
totals = (sales["price"] * sales["count"]).tolist()
sales["total"] = totals
