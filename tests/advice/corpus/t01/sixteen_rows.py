# rule: T01
# state: smell
# note: steps of sixteen rows, but of a million weights
# needs: torch, bfloat16
# max_drop: 0.05
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(
    nn.Linear(32, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 4)
)
X = torch.randn(480, 32)
y = X[:, :4].argmax(1)
batches = list(zip(X.split(16), y.split(16)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(1):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% metric
(net(X).argmax(1) == y).float().mean().item()
