# rule: T14
# state: look-alike
# note: masks are nothing beside the products of two thousand rows
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
with torch.no_grad():
    for batch in [x[:2000]] * 3:
        found = net(batch).argmax(1)
# %% change
for layer in net:
    if isinstance(layer, torch.nn.Linear):
        prune.remove(layer, "weight")
with torch.no_grad():
    for batch in [x[:2000]] * 3:
        found = net(batch).argmax(1)
# %% metric
found.float().mean().item()
