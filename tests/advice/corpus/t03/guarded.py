# rule: T03
# state: fixed
# note: the same loop under torch.no_grad
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(32, 32), nn.ReLU())])
net.eval()
x = torch.randn(24_000, 32)
# %% cell
found = []
with torch.no_grad():
    for xb in x.split(8):
        found.append(net(xb).argmax(1))
