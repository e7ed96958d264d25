# rule: P01
# state: look-alike
# note: a few tables joined in a loop: concat costs little beside making them
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd


def day(number):
    rng = np.random.default_rng(number)
    values = pd.Series(rng.random(30_000))
    return pd.DataFrame({"x": values.rolling(301).median(), "rank": values.rank()})


# %% cell
year = pd.DataFrame()
for number in range(8):
    year = pd.concat([year, day(number)])
# %% change
parts = [pd.DataFrame()]
for number in range(8):
    parts.append(day(number))
year = pd.concat(parts)
# %% metric
len(year)
