# rule: D01
# state: look-alike
# note: each item is computed: the same work in another process
# needs: torch
# %% setup
import math

import torch
from torch.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self):
        return 120

    def __getitem__(self, at):
        return torch.tensor([math.fsum(math.sin(at + k) for k in range(120000))])

data = Slow()
# %% cell
total = 0.0
loader = DataLoader(data, batch_size=40, num_workers=1)
for values in loader:
    total += float(values.sum())
# %% change
total = 0.0
loader = DataLoader(data, batch_size=40)
for values in loader:
    total += float(values.sum())
