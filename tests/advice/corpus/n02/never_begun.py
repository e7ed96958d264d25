# rule: N02
# state: fixed
# note: the same in a kernel that never began with CUDA
# needs: torch, numpy
# signals: duration_s=1200.0, gpu_busy=0.01
# label: cited
# %% setup
import numpy as np
import torch

# The GPU is simulated: torch is only said to work on one.
torch.cuda._initialized = False
rng = np.random.default_rng(0)
table = rng.normal(size=(2000, 20))
# %% cell
means = [float(row.mean()) for row in table]
