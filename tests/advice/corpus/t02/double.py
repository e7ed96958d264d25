# rule: T02
# state: look-alike
# note: products in double precision are not touched by the setting
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1024)).double()
x = torch.randn(512, 1024, dtype=torch.float64)
# %% cell
with torch.no_grad():
    for batch in x.split(64):
        out = net(batch)
# %% change
torch.set_float32_matmul_precision("high")
with torch.no_grad():
    for batch in x.split(64):
        out = net(batch)
# %% metric
round(out.mean().item(), 5)
