# rule: T15
# state: fix-hurts
# note: a regression on inputs with outliers that int8 cannot hold
# needs: torch
# also: T01
# max_drop: 0.01
# %% setup
import torch

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(1024, 1024), torch.nn.Linear(1024, 1)).eval()
x = torch.randn(4_000, 1024)
x[:, 0] *= 3_000
with torch.no_grad():
    net[0].weight[:, 0] = 0
    exact = net(x)
# %% cell
with torch.no_grad():
    found = torch.cat([net(rows) for rows in x.split(64)])
# %% change
int8 = torch.ao.quantization.quantize_dynamic(net, {torch.nn.Linear}, dtype=torch.qint8)
with torch.no_grad():
    found = torch.cat([int8(rows) for rows in x.split(64)])
# %% metric
1 - ((found - exact).var() / exact.var()).item()
