# rule: P01
# state: fixed
# note: parts are collected in a list and joined once
# needs: numpy, pandas
# %% setup
import pandas as pd

readings = [{"step": k, "loss": 1 / (k + 1)} for k in range(1_000)]
# %% cell
parts = []
for reading in readings:
    parts.append(pd.DataFrame([reading]))
history = pd.concat(parts, ignore_index=True)
