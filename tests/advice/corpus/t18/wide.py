# rule: T18
# state: look-alike
# note: large products of wide layers: a frozen graph of torch's own (jit) gains nothing
# needs: torch
# also: T01, T05, T15
# signals: duration_s=900.0, cpu_s=900.0
# %% setup
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 4)).eval()
x = torch.randn(6_000, 1024)
# %% cell
with torch.no_grad():
    found = torch.cat([net(rows).softmax(1) for rows in x.split(500)])
# %% change
traced = torch.jit.freeze(torch.jit.trace(net, x[:500]))
with torch.no_grad():
    found = torch.cat([traced(rows).softmax(1) for rows in x.split(500)])
# %% metric
round(found.mean().item(), 4)
