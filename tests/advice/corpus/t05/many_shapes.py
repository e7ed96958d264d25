# rule: T05
# state: fix-hurts
# note: batches of several shapes and sizes; each makes the compiler start anew
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(64, 64), nn.GELU())])
parts = [torch.randn(*[2] * (n % 5), 4 + n, 64) for n in range(60)]
# %% cell
sums = []
with torch.no_grad():
    for part in parts:
        sums.append(net(part).mean().item())
# %% change
sums = []
net.compile(backend="aot_eager", dynamic=False)
with torch.no_grad():
    for part in parts:
        sums.append(net(part).mean().item())
# %% metric
round(sum(sums), 4)
