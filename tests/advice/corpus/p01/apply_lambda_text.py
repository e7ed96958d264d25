# rule: P01
# state: smell
# note: text of each row is cleaned by apply over rows
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 60_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
sales["who"] = sales.apply(lambda r: r["name"].strip().lower() + "@" + r["region"], axis=1)
# %% metric
int((sales["who"] == "ada@north").sum())
