# rule: P01
# state: fix-hurts
# note: text cut out of each value: the accessor for text is no quicker than a plain comprehension
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 300_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
first = [name.split(" ")[-1] for name in sales["name"]]
sales["last"] = first
# %% change
sales["last"] = sales["name"].str.split(" ").str[-1]
# %% metric
int((sales["last"] == "Day").sum())
