# rule: T13
# state: look-alike
# note: losses kept with their graphs cost memory, hardly any energy: listed, not shown
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(32, 32), nn.ReLU())])
x = torch.randn(6_400, 32)
y = x.argmax(1)
# %% cell
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for xb, yb in zip(x.split(32), y.split(32)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
    optimizer.step()
    losses.append(loss)
# %% change
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
losses = []
for xb, yb in zip(x.split(32), y.split(32)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
    optimizer.step()
    losses.append(loss.detach())
# %% metric
-losses[-1].item()
