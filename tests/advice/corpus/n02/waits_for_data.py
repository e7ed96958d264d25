# rule: N02
# state: look-alike
# note: the GPU works now and then: it is fed slowly, not parked
# needs: torch, numpy
# signals: duration_s=1200.0, gpu_busy=0.2
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
