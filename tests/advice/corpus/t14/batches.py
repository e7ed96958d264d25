# rule: T14
# state: smell
# note: batches of 32 rows in a decorated function
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
@torch.inference_mode()
def classes(model, rows):
    return torch.cat([model(batch).argmax(1) for batch in rows.split(32)])


batch = x[:32]
found = classes(net, x)
# %% metric
found.float().mean().item()
