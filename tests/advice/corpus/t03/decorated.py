# rule: T03
# state: look-alike
# note: the function is decorated, so nothing is kept already
# needs: torch
# %% setup
import torch
from torch import nn

net = nn.Sequential(*[layer for _ in range(6) for layer in (nn.Linear(32, 32), nn.ReLU())])
net.eval()
x = torch.randn(24_000, 32)
# %% cell
@torch.inference_mode()
def predict(model):
    return torch.cat([model(xb).argmax(1) for xb in x.split(8)])


found = predict(net)
# %% change
@torch.inference_mode()
def predict(model):
    with torch.no_grad():
        return torch.cat([model(xb).argmax(1) for xb in x.split(8)])


found = predict(net)
# %% metric
found.float().mean().item()
