# rule: T14
# state: look-alike
# note: a convolution uses each weight at every pixel, so its mask costs nothing beside it
# needs: torch
# also: T01, T04
# %% setup
import torch
from torch.nn.utils import prune

conv = lambda a, b: torch.nn.Conv2d(a, b, 3, padding=1)
net = torch.nn.Sequential(
    conv(3, 64), torch.nn.ReLU(), conv(64, 64), torch.nn.ReLU(), conv(64, 8)
)
for layer in net:
    if isinstance(layer, torch.nn.Conv2d):
        prune.ln_structured(layer, "weight", 0.5, n=2, dim=0)
net.eval()
images = torch.randn(96, 3, 24, 24)
# %% cell
with torch.no_grad():
    for batch in images.split(8):
        answer = net(batch).mean()
# %% change
for layer in net:
    if isinstance(layer, torch.nn.Conv2d):
        prune.remove(layer, "weight")
with torch.no_grad():
    for batch in images.split(8):
        answer = net(batch).mean()
# %% metric
round(answer.item(), 4)
