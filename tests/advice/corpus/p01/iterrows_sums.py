# rule: P01
# state: smell
# note: two sums are kept in a loop over rows
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
revenue = 0.0
south = 0
for _, row in sales.iterrows():
    revenue += row["price"] * row["count"]
    if row["region"] == "south":
        south += 1
# %% metric
round(revenue + south, 3)
