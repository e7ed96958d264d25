# rule: T03
# state: fix-hurts
# note: the gradient of the answer is what is asked for; without it there is none
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(4) for layer in (nn.Linear(32, 32), nn.ReLU())])
net.eval()
x = torch.randn(400, 32)
importance = torch.zeros(32)
# %% cell
importance = torch.zeros(32)
for row in x:
    row = row.clone().requires_grad_()
    best = net(row).max()
    best.item()
    if best.requires_grad:
        best.backward()
        importance += row.grad.abs()
# %% change
importance = torch.zeros(32)
for row in x:
    row = row.clone().requires_grad_()
    with torch.no_grad():
        best = net(row).max()
    best.item()
    if best.requires_grad:
        best.backward()
        importance += row.grad.abs()
# %% metric
float(importance.sum() > 0)
