# rule: P01
# state: look-alike
# note: a loop over three groups, not over rows
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n = 1_000_000
sales = pd.DataFrame(
    {
        "price": rng.uniform(1, 100, n),
        "count": rng.integers(1, 9, n),
        "region": rng.choice(["north", "south", "west"], n),
        "name": rng.choice([" Ada ", "Bob", "Cleo Day"], n),
    }
)
# %% cell
middles = []
for region, group in sales.groupby("region"):
    middles.append(group["price"].median())
# %% change
middles = [
    sales[sales["region"] == region]["price"].median() for region in sales["region"].unique()
]
# %% metric
round(sum(middles), 6)
