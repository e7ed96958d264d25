# rule: N02
# state: look-alike
# note: one minute: a restart and a cold start cost more
# needs: torch, numpy
# signals: duration_s=60.0, gpu_busy=0.0
# label: cited
# %% setup
import numpy as np
import torch

# The GPU is simulated: torch is only said to work on one.
torch.cuda._initialized = True
rng = np.random.default_rng(0)
table = rng.normal(size=(2000, 20))
# %% cell
means = [float(row.mean()) for row in table]
# %% change
torch.cuda.empty_cache()
means = [float(row.mean()) for row in table]
