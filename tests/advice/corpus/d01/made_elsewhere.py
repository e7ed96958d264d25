# rule: D01
# state: smell
# note: one pass over a part of the rows; the loader is made in another cell
# needs: torch
# %% setup
import torch
from torch.utils.data import DataLoader, TensorDataset, random_split

def tqdm(things):
    return things

torch.manual_seed(0)
data = TensorDataset(torch.randn(8000, 16), torch.randn(8000, 1))
part, rest = random_split(data, [6000, 2000])
loader = DataLoader(part, batch_size=8, num_workers=1)
# %% cell
total = 0.0
for inputs, targets in tqdm(loader):
    total += float(((inputs - targets) ** 2).mean())
# %% change
loader = DataLoader(part, batch_size=8)
total = 0.0
for inputs, targets in tqdm(loader):
    total += float(((inputs - targets) ** 2).mean())
