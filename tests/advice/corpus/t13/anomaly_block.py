# rule: T13
# state: smell
# note: each training step stands in a block that looks for anomalies, in a function
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(3) for layer in (nn.Linear(32, 32), nn.ReLU())])
x = torch.randn(6_400, 32)
y = x.argmax(1)
# %% cell
def train(model, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    with torch.autograd.detect_anomaly(check_nan=True):
        for xb, yb in zip(x.split(64), y.split(64)):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
    return loss.item()


last = train(net, 0.1)
# %% metric
-last
