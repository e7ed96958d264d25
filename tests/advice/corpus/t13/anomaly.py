# rule: T13
# state: smell
# note: anomaly detection was switched on for debugging and stayed on
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(32, 32), nn.ReLU())])
x = torch.randn(6_400, 32)
y = x.argmax(1)
# %% cell
torch.autograd.set_detect_anomaly(True)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for xb, yb in zip(x.split(32), y.split(32)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(xb), yb)
    loss.backward()
    optimizer.step()
# %% metric
-loss.item()
