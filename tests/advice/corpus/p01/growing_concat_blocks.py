# rule: P01
# state: smell
# note: blocks of rows are put to the end of an ever larger table
# known-failure: a table that begins with its first block is not seen
# needs: numpy, pandas
# %% setup
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
blocks = [pd.DataFrame(rng.random((500, 10))) for _ in range(200)]
# %% cell
whole = blocks[0]
for block in blocks[1:]:
    whole = pd.concat([whole, block * 2])
# %% change
parts = [blocks[0]]
for block in blocks[1:]:
    parts.append(block * 2)
whole = pd.concat(parts)
# %% metric
len(whole)
