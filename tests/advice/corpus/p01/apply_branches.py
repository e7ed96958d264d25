# rule: P01
# state: smell
# note: a function with branches is applied to each row
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
def discount(row):
    if row["count"] >= 6:
        return row["price"] * 0.8
    if row["region"] == "north":
        return row["price"] * 0.95
    return row["price"]


sales["paid"] = sales.apply(discount, axis=1)
# %% metric
float(sales["paid"].sum())
