# rule: T14
# state: fix-hurts
# note: the popular advice: masks added so that the model gets faster make it slower
# needs: torch
# also: T01
# %% setup
import torch
from torch.nn.utils import prune

layers = [layer for _ in range(3) for layer in (torch.nn.Linear(256, 256), torch.nn.ReLU())]
net = torch.nn.Sequential(*layers, torch.nn.Linear(256, 8)).eval()
x = torch.randn(16_000, 256)
# %% cell
with torch.no_grad():
    found = torch.cat([net(batch).argmax(1) for batch in x.split(16)])
# %% change
for layer in net:
    if isinstance(layer, torch.nn.Linear):
        prune.l1_unstructured(layer, "weight", 0.8)
with torch.no_grad():
    found = torch.cat([net(batch).argmax(1) for batch in x.split(16)])
