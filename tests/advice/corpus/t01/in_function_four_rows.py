# rule: T01
# state: look-alike
# note: batches of four rows in a function, of which nothing is left to look at
# needs: torch, bfloat16
# max_drop: 0.05
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(
    nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 4)
)
X = torch.randn(400, 32)
y = X[:, :4].argmax(1)
batches = list(zip(X.split(4), y.split(4)))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
# %% cell
def train(model, optimizer):
    for xb, yb in batches:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()


train(net, opt)
# %% change
def train(model, optimizer):
    for xb, yb in batches:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()


train(net, opt)
# %% metric
(net(X).argmax(1) == y).float().mean().item()
