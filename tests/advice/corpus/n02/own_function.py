# rule: N02
# state: smell
# note: a function of the user's own, for half an hour
# needs: torch, numpy
# signals: duration_s=1800.0, gpu_busy=0.0
# label: cited
# %% setup
import numpy as np
import torch

# The GPU is simulated: torch is only said to work on one.
torch.cuda._initialized = True
rng = np.random.default_rng(0)
table = rng.normal(size=(2000, 20))
# %% cell
def spread(row):
    return float(row.max() - row.min())


spreads = sorted(spread(row) for row in table)
