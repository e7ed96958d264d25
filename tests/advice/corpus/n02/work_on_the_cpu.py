# rule: N02
# state: smell
# note: a long cell on the CPU while the kernel holds a GPU
# needs: torch, numpy
# signals: duration_s=1200.0, gpu_busy=0.01, gpu_power_w=75.0
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
