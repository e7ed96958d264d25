# rule: T01
# state: look-alike
# note: a perceptron so narrow that the casts cost more than the products save
# needs: torch, bfloat16
# max_drop: 0.01
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(
    nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4)
)
X = torch.randn(12800, 32)
y = X[:, :4].argmax(1)
batches = list(zip(X.split(128), y.split(128)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
for epoch in range(2):
    for xb, yb in batches:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% change
for epoch in range(2):
    for xb, yb in batches:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
# %% metric
(net(X).argmax(1) == y).float().mean().item()
