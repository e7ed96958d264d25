# rule: T04
# state: look-alike
# note: convolutions over sequences have no such layout
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv1d(16, 64, 5, padding=2), nn.ReLU(), nn.Conv1d(64, 64, 5, padding=2), nn.ReLU(),
)
net.eval()
waves = torch.randn(64, 16, 400)
# %% cell
with torch.no_grad():
    out = torch.cat([net(batch) for batch in waves.split(8)])
# %% change
with torch.no_grad():
    out = torch.cat([net(batch.transpose(1, 2).contiguous().transpose(1, 2)) for batch in waves.split(8)])
# %% metric
round(out.mean().item(), 5)
