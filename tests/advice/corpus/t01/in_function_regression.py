# rule: T01
# state: fix-hurts
# note: the same in a function, of which nothing is left to look at: bfloat16 has three digits, the signal is in the fourth
# needs: torch, bfloat16
# max_drop: 0.02
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.Linear(16, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 1))
X = torch.randn(640, 16)
y = 300 + torch.sin(X[:, :1]) + 0.5 * X[:, 1:2]
batches = list(zip(X.split(64), y.split(64)))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.MSELoss()

with torch.no_grad():
    net[-1].bias.fill_(300.0)
# %% cell
def train(model, optimizer):
    for epoch in range(3):
        for xb, yb in batches:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()


train(net, opt)
# %% change
def train(model, optimizer):
    for epoch in range(3):
        for xb, yb in batches:
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()


train(net, opt)
# %% metric
1 - ((net(X) - y) ** 2).sum().item() / ((y - y.mean()) ** 2).sum().item()
