# rule: T01
# state: look-alike
# note: steps of one row: every weight is cast for one product each
# needs: torch, bfloat16
# max_drop: 0.05
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(
    nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 4)
)
X = torch.randn(60, 32)
y = X[:, :4].argmax(1)
batches = list(zip(X.split(1), y.split(1)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(1):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% change
for epoch in range(1):
    for xb, yb in batches:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% metric
(net(X).argmax(1) == y).float().mean().item()
