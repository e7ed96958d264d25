# rule: P01
# state: look-alike
# note: the time goes into a root search for each row; np.vectorize is a loop as well
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


def yield_of(price, count):
    low, high = 0.0, 10.0
    for _ in range(800):
        middle = (low + high) / 2
        if count * middle**3 + middle < price:
            low = middle
        else:
            high = middle
    return low


# %% cell
found = []
for price, count in zip(sales["price"], sales["count"]):
    found.append(yield_of(price, count))
# %% change
found = np.vectorize(yield_of)(sales["price"], sales["count"]).tolist()
# %% metric
round(sum(found), 6)
