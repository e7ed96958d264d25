# rule: T03
# state: look-alike
# note: no weight takes gradients, so there is nothing to keep
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(4) for layer in (nn.Linear(256, 256), nn.ReLU())])
net.eval().requires_grad_(False)
x = torch.randn(8_000, 256)
# %% cell
found = torch.cat([net(xb).argmax(1) for xb in x.split(64)])
# %% change
with torch.no_grad():
    found = torch.cat([net(xb).argmax(1) for xb in x.split(64)])
# %% metric
found.float().mean().item()
