# rule: P01
# state: smell
# note: a table grows by concat, one row a round
# needs: numpy, pandas
# %% setup
import pandas as pd

readings = [{"step": k, "loss": 1 / (k + 1), "name": f"run {k % 7}"} for k in range(1_000)]
# %% cell
history = pd.DataFrame()
for reading in readings:
    history = pd.concat([history, pd.DataFrame([reading])], ignore_index=True)
# %% metric
len(history) + history["loss"].sum()
