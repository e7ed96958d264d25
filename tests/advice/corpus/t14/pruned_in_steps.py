# rule: T14
# state: fix-hurts
# note: pruned further and further: the masks are wanted until it is done
# needs: torch
# also: T01
# %% setup
import torch
from torch.nn.utils import prune

layers = [layer for _ in range(3) for layer in (torch.nn.Linear(384, 384), torch.nn.ReLU())]
net = torch.nn.Sequential(*layers, torch.nn.Linear(384, 8)).eval()
linear = [layer for layer in net if isinstance(layer, torch.nn.Linear)]
x = torch.randn(1_000, 384)
# %% cell
for amount in (0.2, 0.2, 0.2):
    for layer in linear:
        prune.l1_unstructured(layer, "weight", amount)
    with torch.no_grad():
        for batch in x.split(16):
            answer = net(batch)
# %% change
for amount in (0.2, 0.2, 0.2):
    for layer in linear:
        prune.l1_unstructured(layer, "weight", amount)
    with torch.no_grad():
        for batch in x.split(16):
            answer = net(batch)
    for layer in linear:
        prune.remove(layer, "weight")
# %% metric
float(all(prune.is_pruned(layer) for layer in linear))
