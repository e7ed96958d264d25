# rule: P01
# state: smell
# note: a list comprehension over rows with a condition
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
dear = [row["price"] * 2 for _, row in sales.iterrows() if row["price"] > 90]
# %% metric
round(sum(dear), 4)
