# rule: T02
# state: fixed
# note: the cell says how matrices are multiplied
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1024))
x = torch.randn(256, 1024)
# %% cell
torch.set_float32_matmul_precision("high")
with torch.no_grad():
    for batch in x.split(64):
        out = net(batch)
