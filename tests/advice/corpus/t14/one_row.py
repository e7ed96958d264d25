# rule: T14
# state: smell
# note: a pruned perceptron asked for one row at a time, its masks still in it
# needs: torch
# also: T01
# %% setup
import torch
from torch.nn.utils import prune

layers = [layer for _ in range(4) for layer in (torch.nn.Linear(384, 384), torch.nn.ReLU())]
net = torch.nn.Sequential(*layers, torch.nn.Linear(384, 8))
for layer in net:
    if isinstance(layer, torch.nn.Linear):
        prune.l1_unstructured(layer, "weight", 0.8)
net.eval()
x = torch.randn(4_000, 384)
# %% cell
right = 0
with torch.no_grad():
    for row in x[:400].split(1):
        right += int(net(row).argmax(1))  # the class
# %% metric
right
