# rule: T03
# state: smell
# note: a small classifier scored batch by batch
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(32, 32), nn.ReLU())])
net.eval()
x = torch.randn(24_000, 32)
y = x[:, :32].argmax(1)
# %% cell
right = 0
for xb, yb in zip(x.split(8), y.split(8)):
    scores = net(xb)  # 32 classes
    right += (scores.argmax(1) == yb).sum().item()
# %% metric
right
