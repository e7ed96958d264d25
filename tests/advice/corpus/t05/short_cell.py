# rule: T05
# state: look-alike
# note: a few hundred steps do not pay for compiling
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(64, 64), nn.GELU())])
x = torch.randn(9_600, 64)
# %% cell
with torch.no_grad():
    out = torch.cat([net(batch) for batch in x.split(32)])
# %% change
fast = torch.compile(net, backend="aot_eager")
with torch.no_grad():
    out = torch.cat([fast(batch) for batch in x.split(32)])
# %% metric
round(out.mean().item(), 5)
