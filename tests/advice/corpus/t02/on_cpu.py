# rule: T02
# state: look-alike
# note: full-precision products on a CPU, which has no TF32
# also: T01
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 1024))
x = torch.randn(512, 1024)
# %% cell
with torch.no_grad():
    for batch in x.split(64):
        out = net(batch)
# %% change
torch.backends.cuda.matmul.fp32_precision = "tf32"
with torch.no_grad():
    for batch in x.split(64):
        out = net(batch)
# %% metric
round(out.mean().item(), 5)
