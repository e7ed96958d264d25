# rule: T05
# state: fixed
# note: the model is compiled already
# needs: torch
# signals: duration_s=900.0
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(64, 64), nn.GELU())])
net.compile(backend="eager")
x = torch.randn(3_200, 64)
# %% cell
with torch.no_grad():
    for batch in x.split(32):
        out = net(batch)
